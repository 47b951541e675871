/* decision.h - a stored event meets what is known of a person, and becomes jobs:
 * who hears of it, on which device, now or later.
 *
 * Main thread, within a transaction of the outbox. The rules themselves are
 * core/rules.
 */
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "core/event.h"
#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "decide/release.h"
#include "decide/resolution.h"
#include "io/outbox.h"
#include "io/people.h"
#include "tell/post.h"

#include <stdbool.h>
#include <stdint.h>

struct decision {
	const struct instant *at; /* the turn's */
	struct outbox *outbox;
	struct registry *registry;
	struct people *people;
	struct resolution *resolution;
	struct release *release;
	struct post *post;
	const struct settings *settings;
	int64_t complain_ms; /* monotonic: of a limit, not again before */
};

/* What is decided about. Everything is borrowed. */
struct decision_case {
	const struct outbox_event *stored;
	const char *user;
	const struct event *event;
	struct resolution_course *course; /* if it takes several */
};

/* Decide about an event, once: what has come before is a duplicate.
 * Returns: false if it is not done yet, which another transaction goes on with. */
bool decision_make(struct decision *decision,
    const struct decision_case *subject);

#endif
