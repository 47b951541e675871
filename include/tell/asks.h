/* asks.h - what waits for an answer, as nudge/<user>/state lists it.
 *
 * Main thread.
 * Source:  docs/schema/state.schema.json, "asks".
 */
#ifndef TELL_ASKS_H
#define TELL_ASKS_H

#include "base/buf.h"
#include "core/event.h"
#include "io/people.h"

#include <stddef.h>
#include <stdint.h>

#define ASKS_MAX 50       /* the newest are listed */
#define ASKS_ONE_MAX 4096 /* bytes of the ask of each */

/* Write down that an event waits for an answer.
 * In:      numbers  seq, thread and request as in the outbox */
void asks_put(struct people *people, const char *user,
    const struct event *event, const struct people_ask *numbers);

/* Append those that wait as a JSON list, the newest first. Where all of it would
 * be longer than max, the longest asks are cut further.
 * In:      max  bytes, 100000 at least: so much fits whatever they are */
void asks_write(struct people *people, const char *user, int64_t now_ms,
    size_t max, struct buf *json);

#endif
