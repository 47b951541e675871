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
retry_last_ms(int64_t expires_ms, int64_t now_ms)
{
	int64_t left_ms = expires_ms - now_ms;

	if (left_ms <= RETRY_LAST_MS)
		return RETRY_NEVER;
	return expires_ms -
	    (left_ms / 2 < RETRY_LAST_MS ? left_ms / 2 : RETRY_LAST_MS);
}

/* A herd is spread over half the wait, but over no more than what is left. */
static int64_t
spread(int64_t due_ms, int64_t wait_ms, int64_t last_ms, double jitter)
{
	int64_t room_ms = last_ms - due_ms;

	if (room_ms > wait_ms / 2)
		room_ms = wait_ms / 2;
	return room_ms > 0 ? due_ms + (int64_t)(jitter * (double)room_ms)
	                   : due_ms;
}

int64_t
retry_next(const struct retry_policy *policy,
    const struct retry_history *history, int64_t now_ms, double jitter)
{
	int64_t wait_ms = backoff(policy, history->failures) * INT64_C(1000);
	int64_t asked_ms = history->asked_s * INT64_C(1000);
	int64_t last_ms = retry_last_ms(history->expires_ms, now_ms);
	int64_t due_ms;

	/* The server knows better than our guess, but only towards later. */
	if (wait_ms < asked_ms)
		wait_ms = asked_ms;
	due_ms = now_ms + wait_ms;
	/* Close to the end there was a last attempt. */
	if (last_ms == RETRY_NEVER)
		return due_ms < history->expires_ms ? due_ms : RETRY_NEVER;
	/* What it asks for is obeyed to the last moment that helps. */
	if (due_ms > last_ms &&
	    (wait_ms > asked_ms || due_ms >= history->expires_ms))
		return last_ms;
	return spread(due_ms, wait_ms, last_ms, jitter);
}
