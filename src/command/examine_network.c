/* examine_network.c - whom a broker lets in without a login, and from where.
 *
 * What a listener was told is not what it does: mosquitto 2.0.11 gives a WebSocket
 * listener every address whatever its own is. So each is tried.
 */
#include "command/command.h"
#include "command/examine.h"
#include "command/probe.h"
#include "io/interfaces.h"
#include "io/knock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX 32
#define URL_MAX 128
#define FIRST_FAILURE 0x80   /* MQTT 5.0 2.4 */
#define ENTER_WITHIN_MS 3000 /* what speaks no MQTT says nothing */

/* Where a broker may listen, and how. */
struct door {
	const char *scheme;
	int port;
	bool is_right; /* a broker answered there in this way */
};

struct doors {
	struct door list[PORTS_MAX];
	size_t count;
};

static const struct door usual[] = {
	{ "mqtt", 1883, false },
	{ "mqtts", 8883, false },
	{ "ws", 9001, false },
	{ "wss", 9001, false },
	{ "ws", 8083, false },
	{ "wss", 8084, false },
	{ "ws", 9883, false },
	{ "wss", 9883, false },
};

static bool
is_websocket(const struct door *door)
{
	return door->scheme[0] == 'w';
}

static void
add_door(struct doors *doors, const char *scheme, int port)
{
	for (size_t i = 0; i < doors->count; i++) {
		if (doors->list[i].port == port &&
		    strcmp(doors->list[i].scheme, scheme) == 0)
			return;
	}
	if (port > 0 && doors->count < PORTS_MAX)
		doors->list[doors->count++] =
		    (struct door){ scheme, port, false };
}

/* The host of [mqtt] url, without brackets. */
static const char *
find_host(const char *url, size_t *len)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	if (*host == '[') {
		host++;
		*len = strcspn(host, "]");
	} else {
		*len = strcspn(host, ":/");
	}
	return host;
}

/* The door of [mqtt] url, wherever that is. */
static void
add_own_door(struct doors *doors, const char *url)
{
	static const struct door defaults[] = { { "mqtts", 8883, false },
		{ "mqtt", 1883, false }, { "wss", 443, false },
		{ "ws", 80, false } };
	size_t len;
	const char *host = find_host(url, &len);
	const char *rest = host + len + (host[len] == ']' ? 1 : 0);

	for (size_t i = 0; i < COUNT_OF(defaults); i++) {
		size_t scheme_len = strlen(defaults[i].scheme);

		if (strncmp(url, defaults[i].scheme, scheme_len) == 0 &&
		    url[scheme_len] == ':')
			add_door(doors, defaults[i].scheme,
			    *rest == ':' ? (int)strtol(rest + 1, NULL, 10)
			                 : defaults[i].port);
	}
}

static void
find_doors(const struct examination *examination, struct doors *doors)
{
	const struct brokerconf *broker = examination->broker;

	doors->count = 0;
	add_own_door(doors, examination->settings->mqtt.url);
	for (size_t i = 0; broker != NULL && i < broker->listener_count; i++) {
		const struct brokerconf_listener *listener =
		    &broker->listeners[i];
		const char *plain = listener->is_websocket ? "ws" : "mqtt";
		const char *sealed = listener->is_websocket ? "wss" : "mqtts";

		add_door(doors, listener->is_tls ? sealed : plain,
		    listener->port);
	}
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		add_door(doors, usual[i].scheme, usual[i].port);
}

/* Whether a broker lets anybody in there.
 * Out:     is_right  set if there is one: nobody else tells why not */
static bool
is_open(const struct examination *examination, const char *url, bool *is_right)
{
	struct probe probe = { .take = NULL };
	bool is_in = probe_open(&probe, examination->settings,
	                 &(struct probe_login){
	                     .url = url,
	                     .username = "",
	                 }) &&
	    probe_enter(&probe, ENTER_WITHIN_MS);

	if (is_in || probe.reason >= FIRST_FAILURE)
		*is_right = true;
	probe_close(&probe);
	return is_in;
}

/* Whether a broker answered at this port in another way: it does not speak two.
 */
static bool
is_settled(const struct doors *doors, const struct door *door)
{
	for (size_t i = 0; i < doors->count; i++) {
		if (doors->list[i].port == door->port &&
		    doors->list[i].is_right && &doors->list[i] != door)
			return true;
	}
	return false;
}

static void
say_open(struct examination *examination, const struct door *door,
    const char *url, bool is_loopback)
{
	if (is_loopback)
		examine_say(examination, GRADE_FAIL, "anonymous",
		    "%s lets anybody in without a password, and so any web "
		    "page that is open in a browser of this machine: set "
		    "allow_anonymous false in mosquitto.conf",
		    url);
	else if (is_websocket(door))
		examine_say(examination, GRADE_FAIL, "network",
		    "%s lets in whoever reaches this machine, without a login: "
		    "set allow_anonymous false in mosquitto.conf, or put "
		    "'socket_domain ipv4' below 'listener %d 127.0.0.1' "
		    "(without it mosquitto 2.0 gives a WebSocket listener "
		    "every address)",
		    url, door->port);
	else
		examine_say(examination, GRADE_FAIL, "network",
		    "%s lets in whoever reaches this machine, without a login: "
		    "set allow_anonymous false in mosquitto.conf, or say "
		    "'listener %d 127.0.0.1' (for a bare 'port': bind_address)",
		    url, door->port);
}

/* The first address of that kind at which anybody gets in through this door. A
 * browser of this machine is an outsider even on the loopback.
 * Returns: whether there is one */
static bool
try_door(struct examination *examination, struct door *door,
    const struct interfaces_address *addresses, size_t count, bool is_loopback)
{
	char url[URL_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct interfaces_address *address = &addresses[i];

		if (address->is_loopback != is_loopback ||
		    !interfaces_listens(address, door->port))
			continue;
		(void)snprintf(url, sizeof(url), "%s://%s%s%s:%d", door->scheme,
		    address->is_ipv6 ? "[" : "", address->text,
		    address->is_ipv6 ? "]" : "", door->port);
		if (!is_open(examination, url, &door->is_right))
			continue;
		say_open(examination, door, url, is_loopback);
		return true;
	}
	return false;
}

/* At the addresses of a link, by MQTT as it is: Paho knows no zones.
 * Returns: whether anybody gets in at one of them */
static bool
try_near(struct examination *examination, const struct door *door)
{
	struct interfaces_address addresses[INTERFACES_MAX];
	size_t count = interfaces_list_near(addresses);
	struct knock_door place = { .is_tls = false };
	char url[URL_MAX];

	if (strcmp(door->scheme, "mqtt") != 0)
		return false;
	(void)snprintf(place.port, sizeof(place.port), "%d", door->port);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(place.host, sizeof(place.host), "%.*s",
		    INTERFACES_ADDRESS_LEN, addresses[i].text);
		(void)snprintf(url, sizeof(url), "mqtt://[%.*s]:%d",
		    INTERFACES_ADDRESS_LEN, addresses[i].text, door->port);
		if (!knock_enters(&place))
			continue;
		say_open(examination, door, url, false);
		return true;
	}
	return false;
}

void
examine_network(struct examination *examination)
{
	struct interfaces_address addresses[INTERFACES_MAX];
	size_t count = interfaces_list(addresses);
	struct doors doors;
	bool is_open_outside = false;
	int outside = 0;

	for (size_t i = 0; i < count; i++)
		outside += addresses[i].is_loopback ? 0 : 1;
	find_doors(examination, &doors);
	for (size_t i = 0; i < doors.count; i++) {
		struct door *door = &doors.list[i];

		if (is_settled(&doors, door))
			continue;
		if (try_door(examination, door, addresses, count, false) ||
		    try_near(examination, door))
			is_open_outside = true;
		else if (is_websocket(door))
			(void)try_door(examination, door, addresses, count,
			    true);
	}
	if (!is_open_outside)
		examine_say(examination, GRADE_OK, "network",
		    "no broker lets anybody in without a login at the %d "
		    "address%s of this machine in a network",
		    outside, outside == 1 ? "" : "es");
}

void
examine_anonymous(struct examination *examination, const char *password)
{
	const char *url = examination->settings->mqtt.url;
	struct probe probe = { .take = NULL };
	size_t len;
	const char *host = find_host(url, &len);

	if (!probe_open(&probe, examination->settings,
	        &(struct probe_login){ .username = "" }) ||
	    !probe_enter(&probe, PROBE_WITHIN_MS))
		examine_say(examination, GRADE_OK, "anonymous",
		    "the broker lets in only whom it knows");
	else if (examine_is_bounded(examination, password))
		examine_say(examination,
		    interfaces_is_loopback(host, len) ? GRADE_OK : GRADE_WARN,
		    "anonymous",
		    "the broker lets anybody in without a password, and its "
		    "ACL keeps from them what is asked, and the answers");
	else
		examine_say(examination,
		    interfaces_is_loopback(host, len) ? GRADE_WARN : GRADE_FAIL,
		    "anonymous",
		    "the broker lets anybody in, without a password: set "
		    "allow_anonymous false in mosquitto.conf");
	probe_close(&probe);
}
