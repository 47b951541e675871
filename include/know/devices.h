/* devices.h - what a device says of itself: its registration, its presence, and
 * what the bridge found out about it.
 *
 * Main thread.
 * Source:  docs/schema/device.schema.json, presence.schema.json.
 */
#ifndef KNOW_DEVICES_H
#define KNOW_DEVICES_H

#include "base/fault.h"
#include "core/topic.h"
#include "know/retained.h"

#include <stdbool.h>
#include <stdint.h>

/* A retained message on its way into the registry. */
struct retained_message {
	const struct mqtt_message *message;
	struct topic topic;
	struct fault fault;
	bool is_own_copy; /* of ours: it is not kept again */
	bool is_too_much; /* for one user */
	int64_t since_ms; /* when its content was first seen */
};

/* Take a registration, or what takes it away; a presence.
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status devices_take(struct retained *retained,
    struct retained_message *reading);
enum status devices_take_presence(struct retained *retained,
    struct retained_message *reading);

/* The device was found at an origin that was not the first to be tried. */
void devices_note_reached(struct retained *retained, const char *user,
    const char *device, const char *origin);

/* Before the topic of a registration that we clear, in our own copy: a clear that
 * the broker did not show us yet. */
#define DEVICES_CLEARING "$clearing/"
#define DEVICES_CLEARING_MAX (RETAINED_TOPIC_MAX + sizeof(DEVICES_CLEARING))

/* One of those, from the life before this one. */
void devices_load_clearing(struct retained *retained, const char *kept);
/* What a clear of an ended connection took away is given back, if something was
 * registered after it: the broker told everything it has. */
void devices_settle_clearing(struct retained *retained);

/* A service says that the device is gone: its registration is cleared. */
void devices_forget(struct retained *retained, const char *user,
    const char *device);

#endif
