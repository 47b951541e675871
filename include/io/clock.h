/* clock.h - the time and the dice: the effects that pure code gets as values.
 *
 * Layer:   io. Any thread.
 */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include "core/instant.h"

#include <stddef.h>
#include <stdint.h>

#define CLOCK_STEP_MS 1000 /* the clock is corrected by less all the time */

int64_t clock_now_ms(void);               /* Unix milliseconds */
int64_t clock_monotonic_ms(void);         /* never steps; since some start */
int64_t clock_monotonic_us(void);         /* the same, to measure by */
void clock_read(struct instant *instant); /* both */
/* By how much the clock on the wall was set; 0 = it was not.
 * In:      offset_ms  of it over the monotonic one, as it was */
int64_t clock_step_ms(const struct instant *instant, int64_t offset_ms);
/* Both, as if nobody had set the clock on the wall meanwhile: for whoever cannot shift
 * by as much what waits. */
void clock_read_on(struct instant *instant, int64_t offset_ms);
double clock_jitter(void);                  /* uniform in [0, 1) */
void clock_random(void *bytes, size_t len); /* fit for keys */

#endif
