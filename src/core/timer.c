#include "core/timer.h"

#include <stddef.h>

void
timer_add(struct timers *timers, struct timer *timer)
{
	timer->next = timers->first;
	timers->first = timer;
}

void
timer_set(struct timer *timer, int64_t due_ms)
{
	timer->due_ms = due_ms;
}

void
timer_set_in(struct timer *timer, int64_t in_ms)
{
	timer->due_ms = in_ms == INT64_MAX ? TIMER_OFF : *timer->now_ms + in_ms;
}

void
timer_hasten(struct timer *timer, int64_t due_ms)
{
	if (due_ms < timer->due_ms)
		timer->due_ms = due_ms;
}

bool
timer_is_due(const struct timer *timer)
{
	return timer->due_ms <= *timer->now_ms;
}

void
timer_run(const struct timers *timers)
{
	for (struct timer *timer = timers->first; timer != NULL;
	     timer = timer->next) {
		if (timer->run == NULL || !timer_is_due(timer))
			continue;
		timer->due_ms = TIMER_OFF;
		timer->run(timer->part);
	}
}

int
timer_wait_ms(const struct timers *timers, int limit_ms)
{
	for (const struct timer *timer = timers->first; timer != NULL;
	     timer = timer->next) {
		if (timer_is_due(timer))
			return 0;
		if (timer->due_ms - *timer->now_ms < limit_ms)
			limit_ms = (int)(timer->due_ms - *timer->now_ms);
	}
	return limit_ms;
}
