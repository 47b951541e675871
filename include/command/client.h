/* client.h - what a command does as a client of the broker.
 *
 * Each call that fails says why in one line on stderr.
 */
#ifndef COMMAND_CLIENT_H
#define COMMAND_CLIENT_H

#include "base/buf.h"
#include "command/configuration.h"
#include "core/json.h"
#include "core/settings.h"
#include "io/mqtt.h"
#include "io/secret.h"

#include <stdbool.h>

#define CLIENT_TOPIC_MAX 640 /* bytes */
#define CLIENT_GO_ON (-1)    /* else the exit status */

struct client {
	const char *command; /* its name, for messages */
	const struct settings *settings;
	/* Sees each message; true = that was the last one of interest. */
	bool (*take)(void *context, const struct mqtt_message *message);
	void *context;
	size_t payload_max; /* as in io/mqtt.h */
	struct mqtt *mqtt;
	struct configuration configuration; /* as client_run() found it */
	struct secret password;
	char id[40]; /* of this client, and random */
};

/* Fill in the members up to payload_max before. */
int client_open(struct client *client);
void client_close(struct client *client);

/* Find the settings, open the client with them, and let it work; the end of both.
 * In:      client  with take, context and payload_max
 *          work    with that context; returns the exit status
 * Returns: the exit status. */
int client_run(struct client *client, const struct configuration_wish *wish,
    int (*work)(void *context));

/* Connect, and subscribe to all of the filters. */
int client_connect(struct client *client, const struct mqtt_filter *filters,
    size_t count);

/* Publish with QoS 1, and wait for the broker's answer. */
int client_publish(struct client *client, const char *topic,
    const char *payload, size_t len);

/* Wait until take() says that it is done.
 * In:      within_ms  0 = for ever
 * Returns: CLIENT_GO_ON, EXIT_UNAVAILABLE if the connection is lost,
 *          EXIT_FAILED when the time is over. */
int client_wait(struct client *client, int64_t within_ms);

/* What the running bridge is asked: explain, digest. Its answers go to take().
 * Connect, and hear them. */
int client_meet_bridge(struct client *client, const char *verb);
/* Ask, and wait for the answer.
 * In:      members  of the request, each behind a comma */
int client_ask_bridge(struct client *client, const char *verb,
    const struct buf *members);
/* Whether a message is the answer to us.
 * Out:     root    json_free() it if it is
 *          answer  within it */
bool client_is_answer(const struct client *client,
    const struct mqtt_message *message, struct cJSON **root,
    struct json_object *answer);

int client_complain(const struct client *client, const char *what, int result);

#endif
