#include "core/restraint.h"

bool
restraint_is_off(const struct restraint *restraint)
{
	return restraint->breaker.failures == 0 && !restraint->throttle.is_on;
}

int32_t
restraint_room(const struct restraint *restraint, int32_t in_flight,
    int32_t most, int64_t now_ms)
{
	int32_t unbroken =
	    breaker_room(&restraint->breaker, in_flight, most, now_ms);
	int32_t unthrottled =
	    throttle_room(&restraint->throttle, in_flight, most, now_ms);

	return unbroken < unthrottled ? unbroken : unthrottled;
}

int64_t
restraint_until_ms(const struct restraint *restraint)
{
	int64_t until_ms = 0;

	if (breaker_is_open(&restraint->breaker))
		until_ms = restraint->breaker.until_ms;
	if (restraint->throttle.is_on &&
	    until_ms < restraint->throttle.until_ms)
		until_ms = restraint->throttle.until_ms;
	return until_ms;
}

void
restraint_hurry(struct restraint *restraint, int64_t at_ms)
{
	breaker_hurry(&restraint->breaker, at_ms);
	throttle_hurry(&restraint->throttle, at_ms);
}
