#include "core/brokerconf.h"

#include "base/attr.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535

/* One line: a key and the rest. */
struct entry {
	char key[64];
	char value[BROKERCONF_VALUE_MAX];
};

/* The options that we keep as they are. */
static const struct {
	const char *key;
	size_t offset;
} kept[] = {
	{ "password_file", offsetof(struct brokerconf, password_file) },
	{ "plugin_opt_password_file",
	    offsetof(struct brokerconf, password_file) },
	{ "acl_file", offsetof(struct brokerconf, acl_file) },
	{ "plugin_opt_acl_file", offsetof(struct brokerconf, acl_file) },
	{ "pid_file", offsetof(struct brokerconf, pid_file) },
	{ "user", offsetof(struct brokerconf, user) },
	{ "include_dir", offsetof(struct brokerconf, include_dir) },
	{ "allow_anonymous", offsetof(struct brokerconf, allow_anonymous) },
	{ "per_listener_settings",
	    offsetof(struct brokerconf, per_listener_settings) },
};

/* mosquitto takes a '#' for a comment at the start of a line alone.
 * Returns: false if the line says nothing, or too much for us */
static bool
read_entry(const char *line, struct entry *entry)
{
	size_t len = strcspn(line, "\r\n");
	size_t key_len;

	if (*line == '#')
		return false;
	while (len > 0 && *line == ' ') {
		line++;
		len--;
	}
	key_len = strcspn(line, " \r\n");
	if (key_len == 0 || key_len >= sizeof(entry->key))
		return false;
	memcpy(entry->key, line, key_len);
	entry->key[key_len] = '\0';
	line += key_len;
	len -= key_len;
	while (len > 0 && strchr(" \t", *line) != NULL) {
		line++;
		len--;
	}
	while (len > 0 && strchr(" \t", line[len - 1]) != NULL)
		len--;
	if (len >= sizeof(entry->value))
		return false;
	memcpy(entry->value, line, len);
	entry->value[len] = '\0';
	return true;
}

static bool
is_key(const struct entry *entry, const char *key)
{
	return strcmp(entry->key, key) == 0;
}

static void
keep(struct brokerconf *conf, const struct entry *entry)
{
	for (size_t i = 0; i < COUNT_OF(kept); i++) {
		char *place = (char *)conf + kept[i].offset;

		if (!is_key(entry, kept[i].key))
			continue;
		if (*place != '\0' && strcmp(place, entry->value) != 0 &&
		    (place == conf->password_file || place == conf->acl_file))
			conf->has_several = true;
		memcpy(place, entry->value, sizeof(entry->value));
	}
}

static bool
is_plugin(const struct entry *entry)
{
	return is_key(entry, "plugin") || is_key(entry, "auth_plugin") ||
	    is_key(entry, "global_plugin") || is_key(entry, "plugin_load");
}

/* "1883", "1883 127.0.0.1", "0 /run/mosquitto.sock" */
static struct brokerconf_listener *
add_listener(struct brokerconf *conf, const char *value)
{
	struct brokerconf_listener *listener;
	char *end;
	long port = strtol(value, &end, 10);

	if (conf->listener_count == BROKERCONF_LISTENERS_MAX || end == value ||
	    port < 0 || port > PORT_MAX)
		return NULL;
	listener = &conf->listeners[conf->listener_count++];
	*listener = (struct brokerconf_listener){ .port = (int)port };
	end += strspn(end, " \t");
	(void)snprintf(listener->address, sizeof(listener->address), "%s", end);
	return listener;
}

/* An option of the listener above it. */
static void
describe(struct brokerconf_listener *listener, const struct entry *entry)
{
	if (is_key(entry, "protocol"))
		listener->is_websocket =
		    strcmp(entry->value, "websockets") == 0;
	else if (is_key(entry, "certfile"))
		listener->is_tls = true;
	else if (is_key(entry, "socket_domain"))
		listener->has_family = true;
	else if (is_key(entry, "bind_interface"))
		listener->is_elsewhere = strcmp(entry->value, "lo") != 0;
	else if (is_key(entry, "bind_address"))
		(void)snprintf(listener->address, sizeof(listener->address),
		    "%s", entry->value);
}

void
brokerconf_add(struct brokerconf *conf, const char *text)
{
	struct brokerconf_listener nowhere = { .port = 0 };
	struct brokerconf_listener *listener = &nowhere;
	struct entry entry;

	for (; *text != '\0'; text += strspn(text, "\n")) {
		bool says = read_entry(text, &entry);

		text += strcspn(text, "\n");
		if (!says)
			continue;
		if (is_key(&entry, "listener") || is_key(&entry, "port")) {
			listener = add_listener(conf, entry.value);
			if (listener == NULL)
				listener = &nowhere;
		} else if (is_plugin(&entry)) {
			if (strstr(entry.value, "mosquitto_dynamic_security") !=
			    NULL)
				conf->is_dynamic = true;
		} else {
			keep(conf, &entry);
			describe(listener, &entry);
		}
	}
}
