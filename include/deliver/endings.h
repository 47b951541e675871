/* endings.h - what ends with a job, and is more than one transaction takes: the
 * members of a digest are told what became of it; the jobs of a device that is
 * gone are settled.
 *
 * Main thread.
 */
#ifndef DELIVER_ENDINGS_H
#define DELIVER_ENDINGS_H

#include "io/outbox.h"
#include "io/shelf.h"
#include "tell/post.h"

#include <stdint.h>

struct ending;

struct endings {
	struct outbox *outbox;
	struct shelf *shelf;
	struct post *post;
	struct ending *first; /* owned */
	struct ending **last;
};

/* Begin with the digests that a kill left behind. */
void endings_find(struct endings *endings, int64_t now_ms);
/* Free the list; a later life finds them again. */
void endings_drop(struct endings *endings);

/* The members of a digest get its receipt, within a transaction: a slice now,
 * the others later. */
void endings_of_digest(struct endings *endings, int64_t digest,
    const struct receipt *receipt);
/* The same for the jobs of a device, of the events that there are now. */
void endings_of_device(struct endings *endings, const char *user,
    const char *device);

/* The next slice, in a transaction of its own. */
void endings_run(struct endings *endings);

#endif
