/* restraint.h - how far we hold back from pushing to a service.
 *
 * Layer:   core. Pure.
 * A service that fails is left alone (breaker.h), one that asks for less gets it
 * slowly (throttle.h): all who push there, or one of them (blame.h).
 */
#ifndef CORE_RESTRAINT_H
#define CORE_RESTRAINT_H

#include "core/breaker.h"
#include "core/throttle.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it holds nothing back. */
struct restraint {
	struct breaker breaker;
	struct throttle throttle;
};

/* Nothing is held back, and nothing failed lately. */
bool restraint_is_off(const struct restraint *restraint);
/* How many exchanges may begin now.
 * In:      in_flight  under way already
 *          most       when nothing is held back
 *          now_ms     monotonic */
int32_t restraint_room(const struct restraint *restraint, int32_t in_flight,
    int32_t most, int64_t now_ms);
/* Monotonic: nothing begins before; 0 = something may. */
int64_t restraint_until_ms(const struct restraint *restraint);
/* The pauses that we chose end at at_ms if they would last longer: what waits would
 * be lost. */
void restraint_hurry(struct restraint *restraint, int64_t at_ms);

#endif
