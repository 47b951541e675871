/* bridges.h - the bridges of a broker, and whom each serves.
 *
 * Source:  docs/schema/info.schema.json.
 */
#ifndef COMMAND_BRIDGES_H
#define COMMAND_BRIDGES_H

#include "base/text.h"
#include "core/settings.h"
#include "io/mqtt.h"

#include <stdbool.h>
#include <stddef.h>

#define BRIDGES_MAX 16 /* further ones are passed over */

struct bridges_one {
	char id[TEXT_ID_MAX + 1];
	bool is_online;
	char users[SETTING_MAX]; /* as its setting; "" = it does not say */
};

struct bridges {
	struct bridges_one list[BRIDGES_MAX];
	size_t count;
};

/* The filters of what bridges_take() reads, below root. */
#define BRIDGES_STATE "bridge/+/state"
#define BRIDGES_INFO "bridge/+/info"
#define BRIDGES_USERS "bridge/+/users" /* no person's login reads it */

/* Take a message in.
 * Returns: whether it was of a bridge. */
bool bridges_take(struct bridges *bridges, const char *root,
    const struct mqtt_message *message);

/* The nth of those that are online and serve a user; NULL = there is none. */
const struct bridges_one *bridges_serving(const struct bridges *bridges,
    const char *user, size_t number);
/* Whether one is online; whether each of those says whom it serves. */
bool bridges_are_online(const struct bridges *bridges);
bool bridges_say_users(const struct bridges *bridges);

#endif
