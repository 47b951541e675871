/* probe.h - one connection to a broker, to see what it lets us do.
 */
#ifndef COMMAND_PROBE_H
#define COMMAND_PROBE_H

#include "core/settings.h"
#include "io/mqtt.h"

#include <stdbool.h>
#include <stddef.h>

#define PROBE_ID_MAX 40    /* bytes of a client id with the NUL */
#define PROBE_TEXT_MAX 256 /* bytes of a reason with the NUL */
#define PROBE_WITHIN_MS 10000
#define PROBE_BAD_LOGIN 0x86 /* MQTT 5.0 3.2.2.2 */
#define PROBE_NOT_AUTHORIZED 0x87

struct probe {
	/* Sees each message; may be NULL. Fill in these two before. */
	void (*take)(void *context, const struct mqtt_message *message);
	void *context;
	struct mqtt *mqtt;
	char id[PROBE_ID_MAX];     /* of this client, and random */
	struct mqtt_limits limits; /* once it is connected */
	enum mqtt_news_kind came;  /* last */
	int reason;                /* of the last failure */
	char text[PROBE_TEXT_MAX]; /* the same in words */
};

/* Who goes where. Borrowed for the life of the probe. */
struct probe_login {
	const char *url;      /* NULL = [mqtt] url */
	const char *username; /* "" = nobody */
	const char *password; /* may be NULL */
};

/* Make the client; it is not connected yet. To another url no certificate is
 * asked for: nothing secret is told there.
 * Returns: false with text set. */
bool probe_open(struct probe *probe, const struct settings *settings,
    const struct probe_login *login);
void probe_close(struct probe *probe);

/* Each waits for the broker's answer, and says in reason and text what was
 * wrong. */
bool probe_enter(struct probe *probe, int within_ms);
bool probe_subscribe(struct probe *probe, const struct mqtt_filter *filters,
    size_t count);
bool probe_publish(struct probe *probe, const char *topic, const char *payload);

/* Until news of that kind comes, the connection is lost, or for so long; messages
 * are taken.
 * Returns: whether it came, and was good. */
bool probe_wait(struct probe *probe, enum mqtt_news_kind kind, int within_ms);

/* Until *is_there, which take() sets, for so long. */
bool probe_wait_until(struct probe *probe, const bool *is_there, int within_ms);

#endif
