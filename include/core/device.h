/* device.h - a registered device, and what its app says of presence.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_TOKEN_MAX 512 /* bytes; APNs says not to assume a length */
#define DEVICE_NAME_MAX 64   /* bytes */
#define DEVICE_URL_MAX 1000  /* bytes; UnifiedPush's own limit */
#define DEVICE_BODY_MAX 4096 /* bytes of a webhook's template */
#define DEVICE_AUTH_MAX 256  /* bytes of an ntfy login */
#define DEVICE_POINT_LEN 65  /* an uncompressed point on P-256 */
#define DEVICE_AUTH_LEN 16
#define DEVICE_SERVERS_MAX 16 /* hosts a device knows under its own address */
#define DEVICE_TURNS_MAX 16   /* running turns that it has tokens of */

struct preferences;

/* Where one host is found from this device. */
struct device_server {
	char *host; /* owned */
	char *url;  /* owned */
};

/* Where a turn that is shown is told of anew. */
struct device_turn {
	char *id;    /* owned: as the bridge named it */
	char *token; /* owned: hex */
};

/* How the device is told how a turn goes; it said so, or is not told at all. */
struct device_progress {
	char *start; /* owned: APNs, hex; NULL = nothing can be begun there */
	struct device_turn *turns; /* owned, turn_count long */
	size_t turn_count;
	bool is_set;
};

/* What only the device can read what is encrypted to: RFC 8291 2.1. */
struct device_keys {
	uint8_t point[DEVICE_POINT_LEN]; /* perhaps on the curve, perhaps not */
	uint8_t auth[DEVICE_AUTH_LEN];
};

/* Texts are owned, single lines. What is absent is NULL. */
struct device {
	char *service;  /* "apns", "log", …: the registration's platform */
	char *name;     /* for people; may be NULL */
	char *token;    /* hex for APNs */
	char *fid;      /* FCM: a Firebase installation in place of a token */
	char *endpoint; /* Web Push */
	char *url;      /* ntfy: of the topic; webhook: perhaps with {{id}} */
	char *method;   /* webhook */
	char *body;     /* webhook: a template */
	char *auth;     /* ntfy: a token, or user:password; a secret */
	char *topic;    /* the app's bundle id; NULL = the settings' */
	char *environment; /* "production", "sandbox"; NULL = it did not say */
	char *reached_at;  /* the origin that took a push, where it was not the
	                    * first that was tried */
	struct device_keys *keys;      /* owned; Web Push */
	struct device_keys *encrypt;   /* owned; end to end, where a service
	                                * would read */
	struct device_server *servers; /* owned, server_count long */
	size_t server_count;
	struct device_progress progress;
	bool takes_data; /* FCM: the app shows what comes as data alone */
	struct preferences *preferences; /* owned; NULL = the user's own hold */
	char *prefs_json;                /* owned; what they were made from */
	int64_t registered_ms;           /* when it reached us */
};

/* Read a registration (docs/schema/device.schema.json).
 * Out:     device  device_finish() it; zeroed unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY.
 */
enum status device_parse(const char *bytes, size_t len, struct device *device,
    struct fault *fault);
void device_finish(struct device *device); /* a zeroed device is fine */

/* The token of a turn that is shown, or NULL. */
const char *device_turn_token(const struct device *device, const char *id);

/* So long a foreground counts at most, unless the message expires by itself. */
#define DEVICE_PRESENCE_MAX_S 86400

/* Read a presence message: "foreground", "background" or JSON (section 6).
 * In:      expiry_s  the message's own expiry, 0 = none
 * Out:     ttl_s     how long a foreground counts, 0 = background
 * Returns: STATUS_BAD_INPUT with the fault set.
 */
enum status device_parse_presence(const char *bytes, size_t len,
    int64_t expiry_s, int64_t *ttl_s, struct fault *fault);

#endif
