/* ask.h - what is asked, as structure: of a permission the tool, its input and
 * what "always" would cover, or the questions with their options.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/common.schema.json.
 */
#ifndef CORE_ASK_H
#define CORE_ASK_H

#include "base/buf.h"
#include "core/json.h"

#include <stdbool.h>
#include <stddef.h>

#define ASK_MAX 16384 /* bytes as JSON; a longer one counts as cut */
#define ASK_LEAST 16  /* bytes as JSON that any ask can be cut to */

struct ask {
	const struct cJSON *node; /* borrowed; NULL = none */
	bool is_cut;              /* not all of what is asked is there */
};

/* Read the member "ask" of an event. What is no part of an ask is ignored.
 * In:   event  its fault is set if a member has the wrong type
 * Out:  ask    points into the event */
void ask_read(const struct json_object *event, struct ask *ask);

/* Append the ask as JSON. Where it is longer than max, its longest texts and
 * lists are cut, an input that is no text becomes one, and "cut" is true.
 * In:      ask  not none
 *          max  bytes, ASK_LEAST at least
 * Returns: the status of json. */
enum status ask_write(const struct ask *ask, size_t max, struct buf *json);

/* Append the same for a person to read: the tool and its input, and what
 * patterns it names beside it; or each question with its options. Nothing if
 * there is none.
 * In:   text  what does not fit is left out */
void ask_add_text(const struct ask *ask, struct buf *text);

/* Whether a line of a person's own words answers it: there is one question, and
 * it allows them. True if there is none. */
bool ask_takes_words(const struct ask *ask);

#endif
