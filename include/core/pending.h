/* pending.h - a request that waits for an answer, and what answers it.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/state.schema.json, "asks"; docs/schema/reply.schema.json.
 */
#ifndef CORE_PENDING_H
#define CORE_PENDING_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "core/ask.h"
#include "core/json.h"
#include "core/reply.h"

#include <stdbool.h>
#include <stddef.h>

#define PENDING_TEXT_MAX 131072 /* bytes of what is asked, marked */

/* Points into the state document. */
struct pending {
	bool is_question;
	const char *request; /* its id */
	const char *nonce;   /* NULL = it cannot be answered */
	const char *session; /* its title; these three: NULL = not known */
	const char *project;
	const char *host;
	struct json_object ask;
	struct ask what; /* the same, read */
	bool is_whole;   /* all of what is asked is there */
};

/* Find the request among those that wait.
 * In:      state    the document, its fault too
 * Out:     pending  undefined unless true
 * Returns: false if it is not there, or malformed */
bool pending_find(const struct json_object *state, const char *request,
    struct pending *pending);

/* The ids of those that wait, with commas between; "" = none. */
void pending_names(const struct json_object *state, struct buf *text);

/* Append what is asked, for a terminal: marked, each line behind "  | ", and so
 * that none of it can be taken for a line of ours. */
void pending_describe(const struct pending *pending, struct buf *text);

/* Make the answer, if it fits: for a permission once, always or reject; for
 * questions one word each, a label or an own one, or a JSON list of labels; or
 * reject alone.
 * In:      words    ends with NULL
 *          answers  empty; holds what the reply points to
 * Out:     reply    all but its message
 * Returns: STATUS_BAD_INPUT with the fault set: why it does not fit. */
enum status pending_answer(const struct pending *pending, char *const *words,
    struct buf *answers, struct reply *reply, struct fault *fault);

#endif
