/* release.h - what waits is pushed when its time comes: held events one by one,
 * deferred ones as a digest.
 *
 * Main thread. What waits is in the outbox, so it survives whatever happens.
 */
#ifndef RELEASE_H
#define RELEASE_H

#include "core/registry.h"
#include "core/settings.h"
#include "io/shelf.h"
#include "post.h"

#include <stdbool.h>
#include <stdint.h>

struct release {
	struct outbox *outbox;
	struct shelf *shelf;
	struct registry *registry;
	struct post *post;
	const struct settings *settings;
	int64_t next_due_ms; /* Unix; 0 = look */
};

/* Something waits until due_ms; 0 = perhaps something is due by now. */
void release_notice(struct release *release, int64_t due_ms);

/* Release what is due.
 * Returns: whether there may be new jobs. */
bool release_run(struct release *release);

/* Milliseconds until something is due, at most limit_ms. */
int release_wait_ms(const struct release *release, int limit_ms);

#endif
