/* purge.h - now and then, and then bit by bit, what nobody needs is forgotten.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_PURGE_H
#define IO_PURGE_H

#include "core/instant.h"
#include "core/timer.h"
#include "io/outbox.h"
#include "io/people.h"

struct purge {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct outbox *outbox;
	struct people *people;
	struct timer next;
	bool has_asks;    /* this time they are looked through already */
	bool has_buckets; /* the same */
};

void purge_init(struct purge *purge);
/* Begin now, if somebody has reason to. */
void purge_check(struct purge *purge);

/* Forget events that no job needs, ids older than a day, and what can no longer
 * be withdrawn: a slice of it, in a transaction of its own.
 * Returns: whether there is more to look through. */
bool purge_slice(struct outbox *outbox, int64_t now_ms);

#endif
