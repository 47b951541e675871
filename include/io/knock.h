/* knock.h - one short conversation with whoever listens at a broker's port.
 *
 * Layer:   io. Any thread.
 * Source:  MQTT 5.0 3.1 and 3.2; MQTT 3.1.1 3.1 and 3.2; RFC 6455 4.1.
 * Each step waits at most KNOCK_WAIT_MS.
 */
#ifndef IO_KNOCK_H
#define IO_KNOCK_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define KNOCK_WAIT_MS 1500
#define KNOCK_HOST_MAX 256 /* bytes with the NUL */
#define KNOCK_WHY_MAX 200  /* bytes with the NUL */

/* What a [mqtt] url says. */
struct knock_door {
	char host[KNOCK_HOST_MAX]; /* without brackets */
	char port[8];
	bool is_tls;
	bool is_websocket;
};

/* Returns: STATUS_BAD_INPUT if it is no such url. */
enum status knock_read_url(const char *url, struct knock_door *door);

/* Who is there. */
enum knock_answer {
	KNOCK_NOBODY, /* the connection ends, or nothing comes */
	KNOCK_MQTT5,
	KNOCK_MQTT3, /* MQTT, but not 5 */
	KNOCK_HTTP,
	KNOCK_WEBSOCKET,
	KNOCK_TLS, /* an alert: something else was expected */
	KNOCK_OTHER,
};

/* Connect.
 * Out:     why  set if it fails
 * Returns: a descriptor, the caller's to close; -1 = it fails. */
int knock_open(const struct knock_door *door, char why[KNOCK_WHY_MAX]);

enum knock_word {
	KNOCK_SAY_MQTT5,
	KNOCK_SAY_MQTT3,
	KNOCK_SAY_UPGRADE, /* to a WebSocket */
};

/* The bytes to say. Returns: how many. */
size_t knock_word(enum knock_word word, const struct knock_door *door,
    char bytes[512]);
/* What the answer of len bytes means. */
enum knock_answer knock_understand(const char *bytes, size_t len);

/* Whether MQTT without a login is welcome there, over a connection of its own
 * without TLS. */
bool knock_enters(const struct knock_door *door);

/* Say it over a connection of its own, without TLS. */
enum knock_answer knock_try(const struct knock_door *door,
    enum knock_word word);

#endif
