/* events.h - the events of the outbox: what arrived, as it came.
 *
 * Layer:   io. Main thread, but for events_store(); between outbox_begin() and
 *          outbox_commit(), as all that the outbox has.
 */
#ifndef IO_EVENTS_H
#define IO_EVENTS_H

#include "io/outbox.h"

/* Any thread. The events are committed when it returns, as durable as [state]
 * durability says. Of a person's for whom there is no room, io/room.h, nothing is stored
 * but that each was refused; if too many of those wait, not even that.
 * In:      events  stamp_ms in the place of arrived_ms; expires_ms by the same
 *                  clock
 *          count   >= 1
 * Returns: the last one's number; later events have larger ones. */
int64_t events_store(struct outbox *outbox, const struct outbox_event *events,
    size_t count);

/* The next event after seq.
 * Returns: whether there is one. */
bool events_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event);
/* The event of that number; events_end() lets it go.
 * Returns: whether it is there. */
bool events_find(struct outbox *outbox, int64_t seq,
    struct outbox_event *event);
void events_end(struct outbox *outbox);

/* Whether the event is the first of its user with this id within a day. */
bool events_claim(struct outbox *outbox, const struct outbox_event *event,
    const char *user, const char *id);
/* Nobody is to be told of a user's event that was just read; its texts may be gone. */
void events_discard(struct outbox *outbox, const struct outbox_event *event,
    const char *user);

#endif
