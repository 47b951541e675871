/* discovery.h - how Home Assistant learns of a person and of a bridge.
 *
 * Layer:   core. Pure.
 * Source:  home-assistant.io, "MQTT", discovery messages: a device with all its
 *          entities in one (since 2024.12), or one message for each entity.
 * A person is a device, and so is a bridge; both forms describe the same
 * entities. Entity ids follow the names: slug of the device's and the entity's
 * name, wherever they are made.
 */
#ifndef CORE_DISCOVERY_H
#define CORE_DISCOVERY_H

#include "base/buf.h"
#include "core/settings.h"

#include <stdbool.h>
#include <stddef.h>

#define DISCOVERY_TOPIC_MAX 1024    /* bytes; names may double */
#define DISCOVERY_PAYLOAD_MAX 65536 /* bytes; the longest names take a third */

struct discovery {
	const char *prefix; /* of Home Assistant's topics */
	const char *root;   /* of ours */
	const char *bridge; /* its id */
	const char *user;   /* NULL = the bridge itself */
	const char *version;
	enum discovery_form form;
};

/* How many messages it takes: 0 for no form. */
size_t discovery_count(const struct discovery *discovery);

/* Append one of them.
 * In:      number   0 .. discovery_count() - 1
 *          payload  NULL = only the topic */
void discovery_write(const struct discovery *discovery, size_t number,
    struct buf *topic, struct buf *payload);

/* Whether one of them has this topic. */
bool discovery_has(const struct discovery *discovery, const char *topic);

#endif
