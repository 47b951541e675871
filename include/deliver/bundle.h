/* bundle.h - the words of a digest: what it stands for.
 *
 * Main thread.
 */
#ifndef DELIVER_BUNDLE_H
#define DELIVER_BUNDLE_H

#include "base/buf.h"
#include "core/event.h"
#include "core/look.h"
#include "deliver/delivery.h"

struct bundle {
	struct buf title;
	struct buf names;
};

/* Read a stored event again.
 * Out:     event  event_finish() it */
enum status bundle_read(const struct outbox_event *stored, const char *id,
    struct event *event);

/* What the job says besides its own event, if it is the digest of several.
 * In:      event   its own, the newest
 * In/Out:  look    points into the bundle, then
 * Out:     bundle  bundle_finish() it */
void bundle_write(struct delivery *delivery, const struct outbox_job *job,
    const struct event *event, struct look *look, struct bundle *bundle);
void bundle_finish(struct bundle *bundle);

#endif
