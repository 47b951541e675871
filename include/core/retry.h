/* retry.h - when a failed push is tried again, and when it is given up.
 *
 * Layer:   core. Pure: no clock, no randomness, no I/O, no allocation.
 * Source:  RFC 9110 10.2.3 (Retry-After).
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdint.h>

#define RETRY_NEVER INT64_MAX
#define RETRY_LAST_MS \
	INT64_C(5000) /* so long before the end comes the last attempt */

/* The shape of one service's schedule, in seconds. */
struct retry_policy {
	int32_t first_s;   /* wait after the first failure, >= 1 */
	int32_t ceiling_s; /* longest wait we choose ourselves, >= first_s */
};

/* What happened so far to one job. */
struct retry_history {
	int32_t failures;   /* failed attempts, >= 1 */
	int32_t asked_s;    /* the server's Retry-After, 0 = it did not ask */
	int64_t expires_ms; /* worthless from then on, Unix */
};

/* The instant of the next attempt. One that would come too late comes shortly
 * before the end instead, once; chance never makes one come too late.
 *
 * In:      now_ms   Unix milliseconds
 *          jitter   uniform in [0, 1), drawn by the caller; spreads a herd
 * Returns: Unix milliseconds > now_ms, or RETRY_NEVER past the last attempt.
 */
int64_t retry_next(const struct retry_policy *policy,
    const struct retry_history *history, int64_t now_ms, double jitter);

/* When the last attempt should be at the latest: RETRY_LAST_MS before the end,
 * or halfway there; RETRY_NEVER if the end is closer than that. */
int64_t retry_last_ms(int64_t expires_ms, int64_t now_ms);

#endif
