/* prefs.h - a person's preferences: taken, counted, published again in their
 * one form, changed by a patch, given back to a broker that forgot.
 *
 * Main thread.
 * Source:  docs/schema/preferences.schema.json, preferences-patch.schema.json.
 */
#ifndef PREFS_H
#define PREFS_H

#include "state.h"

#include <stdbool.h>
#include <stddef.h>

/* A document on its topic. */
struct prefs_document {
	const char *topic;
	const char *user;
	const char *payload;
	size_t len;       /* 0 = it is taken away */
	bool is_retained; /* told again by the broker, not said just now */
};

/* Take a document, unless it is our own or nothing new.
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status prefs_take(struct state *state,
    const struct prefs_document *document, struct fault *fault);
/* Take our own copy, after a restart. */
enum status prefs_load(struct state *state,
    const struct prefs_document *document, struct fault *fault);

/* Documents older than our copy were put aside until it is known whether the
 * broker lost its memory: then it gets our copy, else they are a change like any
 * other. */
void prefs_settle_doubts(struct state *state, bool broker_forgot);
/* Free what was put aside. */
void prefs_finish(struct state *state);

/* Merge a patch into a document's copy, and take the result.
 * In:      document  its payload is the patch */
enum status prefs_patch(struct state *state,
    const struct prefs_document *document, struct fault *fault);

#endif
