/* release.h - what waits is pushed when its time comes: held events one by one,
 * deferred ones as a digest.
 *
 * Main thread. What waits is in the outbox, so it survives whatever happens.
 */
#ifndef DECIDE_RELEASE_H
#define DECIDE_RELEASE_H

#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/shelf.h"
#include "tell/post.h"

#include <stdbool.h>
#include <stdint.h>

struct hurry;

/* What is deferred for a device and due becomes one digest: that may be more than one
 * transaction takes. */
struct release_digest {
	struct shelf_job
	    carrier; /* the newest that is told of; id 0 = none yet */
	struct shelf_slice slice; /* the newest first */
	size_t done;              /* how many of them are looked at */
	bool is_begun;
	bool is_resumed; /* in another transaction than it was begun in */
};

struct release {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct outbox *outbox;
	struct shelf *shelf;
	struct registry *registry;
	struct post *post;
	const struct settings *settings;
	struct timer next;     /* by the clock on the wall */
	struct hurry *hurries; /* owned */
	struct release_digest digest;
};

void release_init(struct release *release);
void release_finish(struct release *release);

/* Something waits until due_ms; 0 = perhaps something is due by now. */
void release_notice(struct release *release, int64_t due_ms);

/* What waits on a stage for a device waits no longer; what is held is judged
 * again (STAGE_DELAY), and waits on if it may.
 * In:      device  NULL = for all of the user's */
void release_hurry(struct release *release, enum stage stage, const char *user,
    const char *device);

/* Release what is due, at most so much as one transaction takes.
 * Returns: whether there may be new jobs. */
bool release_run(struct release *release);

#endif
