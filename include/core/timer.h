/* timer.h - when the loop has to turn again, as its parts say it.
 *
 * Layer:   core. Pure: the time is what the loop read for its turn.
 * Each part has its timers, adds them once and sets them as often as it likes;
 * the loop asks for the soonest, and needs to know none of them. A part that is
 * run in each turn only wants the turn; one with no other reason to run is called
 * (run). Who goes by the clock on the wall does so: when somebody sets it, what
 * is due by the other one stays due when it was.
 */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define TIMER_OFF INT64_MAX

/* In a part, for as long as the list is used. */
struct timer {
	const int64_t *now_ms;   /* borrowed: its clock, of a struct instant */
	int64_t due_ms;          /* by that clock; 0 = at once, TIMER_OFF */
	void (*run)(void *part); /* it is off then; NULL = a turn is enough */
	void *part;
	struct timer *next;
};

struct timers {
	struct timer *first;
};

/* One with now_ms set; as it is, it is due at once. */
void timer_add(struct timers *timers, struct timer *timer);

void timer_set(struct timer *timer, int64_t due_ms);
/* In:      in_ms  from now on; INT64_MAX = off */
void timer_set_in(struct timer *timer, int64_t in_ms);
/* No later than due_ms. */
void timer_hasten(struct timer *timer, int64_t due_ms);
bool timer_is_due(const struct timer *timer);

/* Call the parts whose timers are due, in no special order. */
void timer_run(const struct timers *timers);
/* Milliseconds until the first one is due, at most limit_ms; 0 = one is. */
int timer_wait_ms(const struct timers *timers, int limit_ms);

#endif
