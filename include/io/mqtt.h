/* mqtt.h - the broker, MQTT 5.
 *
 * Layer:   io. The one owner of Paho MQTT C.
 * Source:  OASIS MQTT 5.0.
 * Paho calls us on its own thread. It offers each message to the store hook,
 * which may keep it before the broker is answered; everything else becomes
 * news, which mqtt_next() hands to the caller's thread in order.
 */
#ifndef IO_MQTT_H
#define IO_MQTT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MQTT_CORRELATION_MAX 256 /* bytes; longer ones are not sent back */
#define MQTT_PAYLOAD_MAX 65536 /* bytes; one more is kept to show the excess */

/* Borrowed for the call. */
struct mqtt_message {
	const char *topic; /* NUL-terminated */
	const char *payload;
	size_t len;
	bool is_retained;  /* told again by the broker, not said just now */
	uint32_t expiry_s; /* 0 = none */
	const char *response_topic; /* NULL = none */
	const char *correlation;    /* correlation_len bytes */
	size_t correlation_len;
};

/* What the broker announces at connecting: MQTT 5.0 3.2.2.3. */
struct mqtt_limits {
	int64_t packet_max; /* bytes of a packet; 0 = any */
	int qos_max;
	bool has_retain;
};

enum mqtt_news_kind {
	MQTT_CONNECTED,
	MQTT_LOST, /* or the attempt to connect failed: text says why */
	MQTT_SUBSCRIBED,
	MQTT_NOT_SUBSCRIBED, /* text names a filter that was refused */
	MQTT_SETTLED,        /* the broker answered a publish that had a tag */
	MQTT_MESSAGE,
};

struct mqtt_news {
	enum mqtt_news_kind kind;
	/* Which connection told it: 1, 2 and so on. What an ended one still
	 * delivers has its number. 0: none, the attempt to connect failed. */
	uint32_t connection;
	bool session_present;      /* CONNECTED */
	struct mqtt_limits limits; /* CONNECTED */
	bool
	    is_too_slow; /* CONNECTED: the broker wants signs of life more often
	                   * than Paho sends them; the next connection does */
	bool is_optional; /* SUBSCRIBED, NOT_SUBSCRIBED: mqtt_try_subscribe */
	int reason;       /* SETTLED: MQTT 5 reason code, or < 0 */
	uint64_t tag;     /* SETTLED */
	const char *text; /* never NULL */
	int64_t mark;     /* MESSAGE: what mark() said when it came */
	bool is_shared;   /* MESSAGE: nobody's may take all the room there is */
	struct mqtt_message message; /* MESSAGE */
	void *letter;                /* owned: mqtt_news_finish() */
};

/* Everything is borrowed for the life of the client; "" = not set. */
struct mqtt_options {
	const char *url;
	const char *client_id;
	const char *username;
	const char *password;
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
	const char *will_topic; /* gets a retained "offline" */
	size_t payload_max;     /* bytes; 0 = MQTT_PAYLOAD_MAX */
	bool is_persistent;     /* the broker keeps our session for ever */
	bool trusts_anybody;    /* whatever certificate the broker shows */
	bool asks_no_why; /* of an attempt to connect that fails: it is quick */
	/* Paho's thread: true = kept, and durable after the next commit(); only
	 * then is the broker answered. Both or none. */
	bool (*store)(void *context, const struct mqtt_message *message);
	void (*commit)(void *context);
	/* Paho's thread: a number that places each message among those that
	 * store() kept. NULL = 0 */
	int64_t (*mark)(void *context);
	/* Paho's thread: there is news, or store() kept something. NULL = none */
	void (*wake)(void *context);
	void *context;
};

struct mqtt_filter {
	const char *filter;
	int qos;
};

struct mqtt_outgoing {
	const char *topic;
	const char *payload; /* len bytes */
	size_t len;
	int qos;
	bool is_retained;
	const char *correlation; /* correlation_len bytes; 0 = none */
	size_t correlation_len;
	uint64_t tag; /* MQTT_SETTLED will name it; 0 = nobody asks */
};

struct mqtt;

enum status mqtt_create(const struct mqtt_options *options, struct mqtt **mqtt,
    struct fault *fault);
/* Disconnects, if connected, after what was published has left; where the broker
 * does not take it in time, it tells our will. */
void mqtt_destroy(struct mqtt *mqtt);

/* Begin to connect; MQTT_CONNECTED or MQTT_LOST will come. */
enum status mqtt_connect(struct mqtt *mqtt);
/* Give the connection up, and let the broker tell our will; the caller connects
 * again when it wants to. No news of the end comes; older news still may. */
void mqtt_disconnect(struct mqtt *mqtt);
/* As the news will tell. It takes no lock of Paho's, and so may be asked while
 * the outbox is locked; the rest of this file may not. */
bool mqtt_is_connected(struct mqtt *mqtt);

/* At most MQTT_FILTERS_MAX at a time. */
#define MQTT_FILTERS_MAX 64
enum status mqtt_subscribe(struct mqtt *mqtt, const struct mqtt_filter *filters,
    size_t count);
/* The same for one filter that a broker may well refuse. */
enum status mqtt_try_subscribe(struct mqtt *mqtt, const char *filter);
/* No news comes of it. At most MQTT_FILTERS_MAX at a time. */
enum status mqtt_unsubscribe(struct mqtt *mqtt, const char *const *filters,
    size_t count);
/* Returns: STATUS_IO while not connected, STATUS_TOO_LARGE. */
enum status mqtt_publish(struct mqtt *mqtt,
    const struct mqtt_outgoing *outgoing);

/* Several messages of QoS 0 in one write: packets of io/packet.h. Each by itself
 * costs two threads a lock, a wake-up and a write.
 * Returns: STATUS_IO while not connected. */
enum status mqtt_publish_packets(struct mqtt *mqtt, const struct buf *packets);
/* Whether it can be done: with the Paho that this was made for, once something was
 * published. */
bool mqtt_takes_packets(const struct mqtt *mqtt);
/* What is slower with this Paho than with that one, for the log; NULL = nothing. */
const char *mqtt_shortcoming(const struct mqtt *mqtt);

/* What is about to be published comes back to us, and takes no other's place before
 * that was looked at: who wrote it had not seen ours. NULL is fine.
 * In:      payload  len bytes */
void mqtt_note_own(struct mqtt *mqtt, const char *payload, size_t len);

/* The next news for the caller's thread, or false. */
bool mqtt_next(struct mqtt *mqtt, struct mqtt_news *news);
void mqtt_news_finish(struct mqtt_news *news);
/* Wait until there is news, at most timeout_ms. */
void mqtt_wait(struct mqtt *mqtt, int timeout_ms);
/* News was dropped because nobody read it: what is known may be wrong. */
bool mqtt_overflowed(struct mqtt *mqtt);
/* The same of messages of one person, who sent more than the others leave room
 * for. */
bool mqtt_crowded(struct mqtt *mqtt);
/* The same of retained messages that the broker told again: what is known is
 * right, but not all; and of requests. */
bool mqtt_skipped(struct mqtt *mqtt);

/* Whether the broker takes a message so large.
 * In:      size  bytes of topic and payload */
bool mqtt_fits(const struct mqtt *mqtt, size_t size);
/* Why such a broker cannot be used; NULL = it can. */
const char *mqtt_objection(const struct mqtt_limits *limits);

/* A reason code in words that say what to do. */
const char *mqtt_reason_str(int reason);

#endif
