/* aside.h - whoever sends more than there is time for waits behind the others: what
 * of his is judged takes a share of the time, and what is beyond it is judged between
 * theirs, in its own order.
 *
 * Main thread. Nothing is kept but how far each of them came: the events are in the
 * outbox, and the mark there stays before the first that waits.
 */
#ifndef ARRIVE_ASIDE_H
#define ARRIVE_ASIDE_H

#include "decide/resolution.h"

#include <stdbool.h>
#include <stdint.h>

#define ASIDE_ACCOUNTS 32 /* users whose share is known */
#define ASIDE_SHARE_US 20000
#define ASIDE_WINDOW_MS 250

struct aside_user {
	struct aside_user *next;
	char name[65];
	int64_t after; /* the event after which the first of his waits */
	int64_t last;  /* and the last of them */
	struct resolution_course course; /* of the first */
};

struct aside_account {
	char name[65];
	int64_t since_ms; /* monotonic */
	int64_t spent_us;
};

struct aside {
	struct aside_user *first; /* whose turn it is */
	struct aside_account accounts[ASIDE_ACCOUNTS];
};

/* Who waits already; NULL = he does not. */
struct aside_user *aside_find(const struct aside *aside, const char *name);
/* Whether he has used up his share of this while.
 * In:  now_ms  monotonic */
bool aside_is_spent(struct aside *aside, const char *name, int64_t now_ms);
void aside_charge(struct aside *aside, const char *name, int64_t now_ms,
    int64_t us);
/* An event waits, behind those of his that do.
 * Returns: NULL = without memory it has to be judged now. */
struct aside_user *aside_put(struct aside *aside, const char *name,
    int64_t seq);
/* The next one's turn; who has come to his end waits no longer. */
void aside_turn(struct aside *aside);
/* The first event that waits; INT64_MAX = none does. */
int64_t aside_first(const struct aside *aside);
void aside_finish(struct aside *aside);

#endif
