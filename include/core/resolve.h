/* resolve.h - what an event of the resolution class puts an end to.
 *
 * Layer:   core. Pure.
 * Source:  docs/rules.md, "What happens to what waits".
 */
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include "core/event.h"

#include <stdbool.h>
#include <stdint.h>

/* What waits, was shown, or puts an end to that. The names are given as numbers,
 * the same for the same name; 0 = none. */
struct pending {
	enum kind kind;
	int64_t thread; /* its session; of what waits, else its own id */
	int64_t request;
};

bool resolve_ends(const struct pending *resolution,
    const struct pending *pending);

#endif
