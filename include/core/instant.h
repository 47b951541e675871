/* instant.h - one reading of both clocks: the time as a value.
 *
 * Layer:   core. Pure.
 * The bridge reads it at each turn of its loop, and before each batch of events;
 * whoever decides has it from there.
 */
#ifndef CORE_INSTANT_H
#define CORE_INSTANT_H

#include <stdint.h>

struct instant {
	int64_t now_ms;       /* Unix */
	int64_t monotonic_ms; /* since some start; it never steps */
};

#endif
