#include "io/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Debian 12 for armhf has 32 bits unless asked. No time_t is given to a library
 * that may have been built so. */
_Static_assert(sizeof(time_t) == 8, "build with -D_TIME_BITS=64");

static int64_t
read_us(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t
read_ms(clockid_t clock)
{
	return read_us(clock) / 1000;
}

int64_t
clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int64_t
clock_monotonic_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

void
clock_read(struct instant *instant)
{
	instant->now_ms = clock_now_ms();
	instant->monotonic_ms = clock_monotonic_ms();
}

int64_t
clock_step_ms(const struct instant *instant, int64_t offset_ms)
{
	int64_t step_ms = instant->now_ms - instant->monotonic_ms - offset_ms;

	return step_ms < CLOCK_STEP_MS && step_ms > -CLOCK_STEP_MS ? 0
	                                                           : step_ms;
}

void
clock_read_on(struct instant *instant, int64_t offset_ms)
{
	clock_read(instant);
	instant->now_ms -= clock_step_ms(instant, offset_ms);
}

double
clock_jitter(void)
{
	uint32_t bits = 0;

	clock_random(&bits, sizeof(bits));
	return (double)bits / 4294967296.0;
}

void
clock_random(void *bytes, size_t len)
{
	uint8_t *out = bytes;

	while (len > 0) {
		ssize_t got = getrandom(out, len, 0);

		/* Without randomness nothing we sign or name is safe. */
		if (got <= 0)
			abort();
		out += got;
		len -= (size_t)got;
	}
}
