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

#define DEVICE_TOKEN_MAX 512  /* bytes; APNs says not to assume a length */
#define DEVICE_NAME_MAX 64    /* bytes */
#define DEVICE_SERVERS_MAX 16 /* hosts a device knows under its own address */

struct preferences;

/* Where one host is found from this device. */
struct device_server {
	char *host; /* owned */
	char *url;  /* owned */
};

/* Texts are owned, single lines, NULL where absent. */
struct device {
	char *service;     /* "apns", "log", …: the registration's platform */
	char *name;        /* for people; may be NULL */
	char *token;       /* hex for APNs */
	char *topic;       /* the app's bundle id; NULL = the settings' */
	char *environment; /* "production", "sandbox"; NULL = it did not say */
	char *reached_at;  /* the origin that took a push, where it was not the
	                    * first that was tried */
	struct device_server *servers; /* owned, server_count long */
	size_t server_count;
	struct preferences *preferences; /* owned; NULL = the user's own hold */
	char *prefs_json;                /* owned; what they were made from */
	int64_t registered_ms;           /* when it reached us */
};

/* Read a registration (DESIGN.md section 5).
 * Out:     device  device_finish() it; zeroed unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY.
 */
enum status device_parse(const char *bytes, size_t len, struct device *device,
    struct fault *fault);
void device_finish(struct device *device); /* a zeroed device is fine */

/* Read a presence message: "foreground", "background" or JSON (section 6).
 * In:      expiry_s  the message's own expiry, 0 = none
 * Out:     ttl_s     how long a foreground counts, 0 = background
 * Returns: STATUS_BAD_INPUT with the fault set.
 */
enum status device_parse_presence(const char *bytes, size_t len,
    int64_t expiry_s, int64_t *ttl_s, struct fault *fault);

#endif
