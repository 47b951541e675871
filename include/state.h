/* state.h - what the retained messages tell: preferences, devices, presence.
 *
 * Main thread. A message that breaks a rule is refused with one log line and a
 * receipt, and changes nothing.
 */
#ifndef STATE_H
#define STATE_H

#include "core/registry.h"
#include "core/settings.h"
#include "io/mqtt.h"
#include "post.h"

struct state {
	struct registry *registry;
	struct post *post;
	const struct settings *settings;
};

void state_apply(struct state *state, const struct mqtt_message *message);

#endif
