#include "core/breaker.h"

#define ANSWERED_FIRST_S 60 /* the service is in trouble: be slow */
#define ANSWERED_LONGEST_S 900
#define SILENT_FIRST_S 5 /* the line is down: see soon that it is back */
#define SILENT_LONGEST_S 60

bool
breaker_is_open(const struct breaker *breaker)
{
	return breaker->pause_s > 0;
}

int32_t
breaker_room(const struct breaker *breaker, int32_t in_flight, int32_t most,
    int64_t now_ms)
{
	if (!breaker_is_open(breaker))
		return most - in_flight;
	return in_flight == 0 && now_ms >= breaker->until_ms ? 1 : 0;
}

void
breaker_note_success(struct breaker *breaker)
{
	breaker->failures = 0;
	breaker->pause_s = 0;
}

bool
breaker_note_failure(struct breaker *breaker, bool was_answered, int64_t now_ms)
{
	int32_t first_s = was_answered ? ANSWERED_FIRST_S : SILENT_FIRST_S;
	int32_t longest_s =
	    was_answered ? ANSWERED_LONGEST_S : SILENT_LONGEST_S;
	bool was_open = breaker_is_open(breaker);

	if (breaker->failures < BREAKER_FAILURES)
		breaker->failures++;
	if (breaker->failures < BREAKER_FAILURES)
		return false;
	/* What was under way when it opened fails too, and says nothing new. */
	if (was_open && now_ms < breaker->until_ms)
		return false;
	breaker->pause_s = was_open ? 2 * breaker->pause_s : first_s;
	if (breaker->pause_s > longest_s)
		breaker->pause_s = longest_s;
	breaker->until_ms = now_ms + (int64_t)breaker->pause_s * 1000;
	return !was_open;
}

void
breaker_hurry(struct breaker *breaker, int64_t at_ms)
{
	if (breaker->until_ms > at_ms)
		breaker->until_ms = at_ms;
}
