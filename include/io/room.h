/* room.h - nobody fills the disk: the events of one person take no more of it than is
 * left for all the others.
 *
 * Layer:   io. Main thread, within outbox_begin() and outbox_commit().
 * What is beyond it is refused when it is stored: io/events.h. Whose take half of it is
 * helped first: notes of theirs that were pushed and wait for nobody are forgotten, which
 * costs that they can no longer be withdrawn.
 */
#ifndef IO_ROOM_H
#define IO_ROOM_H

#include "base/fault.h"
#include "io/outbox.h"

#include <stdbool.h>

#define ROOM_MOST INT64_C(268435456) /* bytes, however large the disk is */

/* A user's event is judged: perhaps a purge is to help. */
void room_watch(struct outbox *outbox, const char *user);
/* Out:     fault  what of a user's takes how much, and may take how much */
void room_explain(struct outbox *outbox, const char *user, struct fault *fault);
/* Weigh a slice of what was there when we began, in a transaction of its own.
 * Returns: whether there may be more. */
bool room_weigh(struct outbox *outbox);
/* Whether somebody is to be helped by a purge, since the last call. */
bool room_wants_purge(struct outbox *outbox);

#endif
