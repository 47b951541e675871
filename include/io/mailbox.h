/* mailbox.h - hands pieces of memory from one thread to another, in order.
 *
 * Layer:   io. Any thread.
 * It never waits for room: Paho's thread holds a lock that the reader needs.
 * What does not fit is refused, and the refusal can be asked for.
 */
#ifndef IO_MAILBOX_H
#define IO_MAILBOX_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOX_MAX 33554432U    /* bytes waiting at a time: 32 MiB */
#define MAILBOX_RESERVE 8388608U /* bytes more, for what is not spare */
#define MAILBOX_SHARE 8388608U /* bytes of one owner's: others need room too */
#define MAILBOX_OWNERS 256     /* owners beyond share their shares */
#define MAILBOX_MANY 256 /* from so many on the newest of a name is enough */

/* The head of whatever travels; the sender allocates it with malloc. */
struct letter {
	struct letter *next;
	size_t size;    /* bytes of the whole allocation */
	uint32_t owner; /* by whom it is; 0 = nobody */
	bool is_spare;  /* it can be had again */
	bool is_stale;  /* a newer one says what is now; the mailbox's */
	/* Of what it says the state, within the allocation; NULL = of nothing. */
	const char *name;
};

struct mailbox;

enum status mailbox_create(struct mailbox **mailbox);
void mailbox_destroy(struct mailbox *mailbox); /* frees what waits */

/* Takes the letter over; one that does not fit is freed and noted. */
void mailbox_put(struct mailbox *mailbox, struct letter *letter);

/* The oldest letter, now the caller's to free; NULL = none. */
struct letter *mailbox_take(struct mailbox *mailbox);

/* Wait until there is one, at most timeout_ms. */
void mailbox_wait(struct mailbox *mailbox, int timeout_ms);

/* Whether letters were refused since the last call: one that was not spare, for
 * there was no room, or for its owner had no share left; one that was spare. */
bool mailbox_overflowed(struct mailbox *mailbox);
bool mailbox_crowded(struct mailbox *mailbox);
bool mailbox_skipped(struct mailbox *mailbox);

#endif
