/* resolve.h - what an event of the resolution class puts an end to.
 *
 * Layer:   core. Pure.
 * Source:  docs/rules.md, "What happens to what waits".
 */
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include "core/event.h"

#include <stdbool.h>

/* Something that waits, or was shown. */
struct pending {
	enum kind kind;
	const char *thread;  /* its session, or else its own id */
	const char *request; /* "" = none */
};

bool resolve_ends(const struct event *resolution,
    const struct pending *pending);

#endif
