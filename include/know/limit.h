/* limit.h - how much of the bridge one user may take, in what she retains.
 *
 * Main thread.
 * Source:  docs/topics.md, "Limits". What waits for her is decision's.
 */
#ifndef KNOW_LIMIT_H
#define KNOW_LIMIT_H

#include "base/fault.h"
#include "core/registry.h"
#include "core/settings.h"
#include "io/documents.h"
#include "io/mqtt.h"

#include <stdbool.h>

struct limit {
	const struct registry *registry;
	struct documents *documents;
	const struct settings *settings;
};

/* Whether a registration, preferences or a presence still fit; a fault says why
 * not. What takes something away always does.
 * In:      device  "" = preferences */
bool limit_allows_document(const struct limit *limit,
    const struct mqtt_message *message, const char *user, const char *device,
    struct fault *fault);
/* How many names of devices and hosts a user may have at a time: they cost little, so
 * twice as many as devices. */
int limit_names(const struct settings *settings);
/* The same for a presence, or for a host. */
bool limit_allows_name(const struct limit *limit, const char *user,
    const char *name, struct fault *fault);

#endif
