#include "core/rate.h"

#define MINUTE_US 60000000

bool
rate_take(const struct rate *rate, int64_t *full_us, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000;
	int64_t token_us = MINUTE_US / rate->per_minute;
	int64_t empty_us = rate->burst * token_us;
	int64_t fill_us = *full_us;

	if (fill_us < now_us)
		fill_us = now_us;
	/* A rate that was lowered, or a clock that was set back, must not make
	 * anybody wait for longer than an empty bucket does. */
	if (fill_us > now_us + empty_us)
		*full_us = fill_us = now_us + empty_us;
	if (fill_us + token_us > now_us + empty_us)
		return false;
	*full_us = fill_us + token_us;
	return true;
}
