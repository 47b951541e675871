/* shown.h - the jobs of the outbox that a service took: what is on a device, until
 * it is withdrawn, replaced, or comes again.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_SHOWN_H
#define IO_SHOWN_H

#include "io/outbox.h"

/* The service took a job. It can be withdrawn until until_ms, unless a later one
 * took its place on the device.
 * Returns: enum reason: it must be withdrawn at once; 0 = not. */
int shown_add(struct outbox *outbox, int64_t id, int64_t until_ms);
/* A request that is shown comes again, as a job that is held until due_ms.
 * In:      round  how often that will be, 1 = the first time
 * Returns: false if there are too many jobs of its event. */
bool shown_remind(struct outbox *outbox, int64_t id, int64_t due_ms,
    int32_t round);

#endif
