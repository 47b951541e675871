/* breaker.h - leaves a service alone that fails again and again.
 *
 * Layer:   core. Pure.
 * Source:  Apple asks senders to wait 15 minutes after repeated 5xx; an outage
 *          of our own line should be over much sooner than noticed so.
 * Closed, everything passes. After BREAKER_FAILURES in a row it opens; then one
 * probe at a time passes, after a pause that doubles with each that fails.
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5 /* in a row */

struct breaker {
	int32_t failures; /* in a row */
	int32_t pause_s;  /* the last one, 0 = closed */
	int64_t until_ms; /* monotonic: no probe before */
};

bool breaker_is_open(const struct breaker *breaker);

/* How many exchanges may begin now.
 * In:      in_flight  under way already
 *          most       when closed
 *          now_ms     monotonic */
int32_t breaker_room(const struct breaker *breaker, int32_t in_flight,
    int32_t most, int64_t now_ms);

void breaker_note_success(struct breaker *breaker);

/* In:      was_answered  the service itself said so; false = no answer came
 * Returns: true if this opened it. */
bool breaker_note_failure(struct breaker *breaker, bool was_answered,
    int64_t now_ms);

/* Let the next probe pass at at_ms if its turn were later: what waits would be
 * lost. */
void breaker_hurry(struct breaker *breaker, int64_t at_ms);

#endif
