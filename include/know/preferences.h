/* preferences.h - a person's preferences: taken, counted, published again in their
 * one form, changed by a patch, given back to a broker that forgot.
 *
 * Main thread.
 * Source:  docs/schema/preferences.schema.json, preferences-patch.schema.json.
 */
#ifndef KNOW_PREFERENCES_H
#define KNOW_PREFERENCES_H

#include "know/retained.h"

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
enum status preferences_take(struct retained *retained,
    const struct prefs_document *document, struct fault *fault);
/* Take our own copy, after a restart. */
enum status preferences_load(struct retained *retained,
    const struct prefs_document *document, struct fault *fault);

/* Documents older than our copy were put aside until it is known whether the
 * broker lost its memory: then it gets our copy, else they are a change like any
 * other. */
void preferences_settle_doubts(struct retained *retained, bool broker_forgot);
/* They will be told again. */
void preferences_drop_doubts(struct retained *retained);
/* Free what was put aside, and expect no echo of ours any more. */
void preferences_drop_copies(struct retained *retained);

/* Merge a patch into a document's copy, and take the result.
 * In:      document  its payload is the patch */
enum status preferences_patch(struct retained *retained,
    const struct prefs_document *document, struct fault *fault);

#endif
