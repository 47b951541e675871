#include "core/retry.h"

/* first_s quadrupled per further failure, without overflow, to ceiling_s. */
static int32_t
backoff(const struct retry_policy *policy, int32_t failures)
{
	int32_t wait_s = policy->first_s;

	while (--failures > 0) {
		if (wait_s > policy->ceiling_s / 4)
			return policy->ceiling_s;
		wait_s *= 4;
	}
	return wait_s;
}

int64_t
retry_next(const struct retry_policy *policy,
    const struct retry_history *history, int64_t now_ms, double jitter)
{
	int64_t wait_s = backoff(policy, history->failures);
	int64_t next_ms;

	/* The server knows better than our guess, but only towards later. */
	if (wait_s < history->asked_s)
		wait_s = history->asked_s;

	next_ms =
	    now_ms + wait_s * 1000 + (int64_t)(jitter * 500.0 * (double)wait_s);
	return next_ms < history->expires_ms ? next_ms : RETRY_NEVER;
}
