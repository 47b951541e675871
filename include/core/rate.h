/* rate.h - how many notifications a device may get at once, and in a minute.
 *
 * Layer:   core. Pure.
 * Source:  ITU-T I.371 A (the generic cell rate algorithm: a token bucket kept
 *          as one instant).
 */
#ifndef CORE_RATE_H
#define CORE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_MAX 1000000 /* tokens */

struct rate {
	int32_t burst;      /* tokens of a full bucket, 1 .. RATE_MAX */
	int32_t per_minute; /* tokens that come back, 1 .. RATE_MAX */
};

/* Take a token.
 * In/Out:  full_us  when the bucket is full again, Unix microseconds; 0 = it is.
 *                   Without a token it only changes if it was too far off.
 * Returns: whether there was one. */
bool rate_take(const struct rate *rate, int64_t *full_us, int64_t now_ms);

#endif
