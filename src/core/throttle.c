#include "core/throttle.h"

int32_t
throttle_room(const struct throttle *throttle, int32_t in_flight, int32_t most,
    int64_t now_ms)
{
	if (!throttle->is_on)
		return most - in_flight;
	return in_flight == 0 && now_ms >= throttle->until_ms ? 1 : 0;
}

void
throttle_note_success(struct throttle *throttle, int32_t most)
{
	throttle->pause_s = 0;
	throttle->passed++;
	if (throttle->passed >= most)
		throttle->is_on = false;
}

static int32_t
next_pause_s(const struct throttle *throttle,
    const struct throttle_policy *policy)
{
	if (throttle->pause_s == 0)
		return policy->first_s;
	return throttle->pause_s < policy->longest_s / 2 ? 2 * throttle->pause_s
	                                                 : policy->longest_s;
}

void
throttle_note_refusal(struct throttle *throttle,
    const struct throttle_policy *policy, int64_t now_ms)
{
	int64_t until_ms = now_ms + policy->asked_s * INT64_C(1000);

	/* What was under way when it began is refused too, and says nothing
	 * new, unless it asks for more. */
	if (policy->asked_s == 0 && throttle->is_on &&
	    now_ms < throttle->until_ms)
		return;
	if (policy->asked_s == 0) {
		throttle->pause_s = next_pause_s(throttle, policy);
		until_ms = now_ms + throttle->pause_s * INT64_C(1000);
	}
	if (!throttle->is_on || throttle->until_ms < until_ms) {
		throttle->until_ms = until_ms;
		throttle->is_asked = policy->asked_s > 0;
	}
	throttle->is_on = true;
	throttle->passed = 0;
}

void
throttle_hurry(struct throttle *throttle, int64_t at_ms)
{
	if (throttle->until_ms > at_ms && !throttle->is_asked)
		throttle->until_ms = at_ms;
}
