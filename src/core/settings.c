#include "core/settings.h"

#include "base/attr.h"
#include "base/text.h"
#include "core/contact.h"
#include "core/host.h"
#include "core/visit.h"

#include <assert.h>
#include <ctype.h>
#include <ini.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LONGEST 199  /* bytes; inih reads no longer line whole */
#define PATH_LONGEST 8192 /* bytes, before it is found to be too long */

enum type {
	TYPE_TEXT,
	TYPE_NAME,   /* one topic level */
	TYPE_APPLE,  /* as Apple names keys and teams */
	TYPE_BUNDLE, /* and apps */
	TYPE_LEVELS, /* one or more */
	TYPE_NONE,   /* it stays empty */
	TYPE_USERS,  /* "+" or names between commas */
	TYPE_BROKER, /* mqtt:// mqtts:// ws:// wss:// */
	TYPE_HTTPS,
	TYPE_PLACE,   /* where to listen */
	TYPE_SOCKET,  /* ws:// wss:// */
	TYPE_CONTACT, /* mailto: or https: */
	TYPE_HOSTS,   /* between commas, as core/host.h has them */
	TYPE_FILE,
	TYPE_SECRET, /* a file nobody else may read */
	TYPE_CHOICE,
	TYPE_NUMBER,
};

struct entry {
	const char *section;
	const char *key;
	enum type type;
	size_t offset;
	const char *preset;
	const char *const *choices; /* TYPE_CHOICE: NULL-terminated */
	int64_t min, max;           /* TYPE_NUMBER */
	const char *help;
	bool is_fixed; /* until a restart */
};

static const char *const durabilities[] = { "power", "process", NULL };
static const char *const environments[] = { "production", "sandbox", NULL };
static const char *const switches[] = { "no", "yes", NULL };
/* The first is what nobody chose. */
static const char *const discoveries[] = { "", "device", "component", "off",
	NULL };
static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct entry entries[] = {
	{ "mqtt", "url", TYPE_BROKER, AT(mqtt.url), "mqtt://localhost:1883", NULL, 0, 0, "the broker", true },
	{ "mqtt", "username", TYPE_TEXT, AT(mqtt.username), "", NULL, 0, 0, "the login at the broker", true },
	{ "mqtt", "password_file", TYPE_SECRET, AT(mqtt.password_file), "", NULL, 0, 0, "a file with its password", true },
	{ "mqtt", "ca_file", TYPE_FILE, AT(mqtt.ca_file), "", NULL, 0, 0, "who signed the broker's certificate", true },
	{ "mqtt", "cert_file", TYPE_FILE, AT(mqtt.cert_file), "", NULL, 0, 0, "our certificate", true },
	{ "mqtt", "key_file", TYPE_SECRET, AT(mqtt.key_file), "", NULL, 0, 0, "its private key", true },
	{ "mqtt", "client_id", TYPE_NAME, AT(mqtt.client_id), "nudge", NULL, 0, 0, "names this bridge's session", true },
	{ "mqtt", "root", TYPE_NAME, AT(mqtt.root), "nudge", NULL, 0, 0, "the first level of every topic", true },
	{ "mqtt", "users", TYPE_USERS, AT(mqtt.users), "+", NULL, 0, 0, "whom to serve: + or names between commas", true },
	{ "mqtt", "share", TYPE_NONE, AT(mqtt.share), "", NULL, 0, 0, "stays empty: users divides people between bridges", true },
	{ "state", "directory", TYPE_FILE, AT(state.directory), "/var/lib/nudge", NULL, 0, 0, "where the outbox is kept", true },
	{ "state", "durability", TYPE_CHOICE, AT(state.durability), "power", durabilities, 0, 0, "power: what is stored survives a power cut; process: SIGKILL alone", true },
	{ "state", "keep_decisions", TYPE_NUMBER, AT(state.keep_decisions), "1000", NULL, 0, 1000000, "how many of each person nudge explain and digest know", true },
	{ "apns", "key_file", TYPE_SECRET, AT(apns.key_file), "", NULL, 0, 0, "the AuthKey_….p8 from Apple", true },
	{ "apns", "key_id", TYPE_APPLE, AT(apns.key_id), "", NULL, 0, 0, "its ten characters", true },
	{ "apns", "team_id", TYPE_APPLE, AT(apns.team_id), "", NULL, 0, 0, "the developer team's ten characters", true },
	{ "apns", "topic", TYPE_BUNDLE, AT(apns.topic), "", NULL, 0, 0, "the app's bundle id, for devices that name none", false },
	{ "apns", "environment", TYPE_CHOICE, AT(apns.environment), "production", environments, 0, 0, "production or sandbox, for devices that name none", false },
	{ "apns", "production_url", TYPE_HTTPS, AT(apns.production_url), "https://api.push.apple.com", NULL, 0, 0, "a relay or test server instead", false },
	{ "apns", "sandbox_url", TYPE_HTTPS, AT(apns.sandbox_url), "https://api.sandbox.push.apple.com", NULL, 0, 0, "a relay or test server instead", false },
	{ "apns", "ca_file", TYPE_FILE, AT(apns.ca_file), "", NULL, 0, 0, "who signed that server's certificate", false },
	{ "fcm", "service_account_file", TYPE_SECRET, AT(fcm.service_account_file), "", NULL, 0, 0, "the JSON file from the Firebase console", true },
	{ "fcm", "url", TYPE_HTTPS, AT(fcm.url), "https://fcm.googleapis.com", NULL, 0, 0, "a relay or test server instead", false },
	{ "fcm", "ca_file", TYPE_FILE, AT(fcm.ca_file), "", NULL, 0, 0, "who signed that server's certificate", false },
	{ "webpush", "subject", TYPE_CONTACT, AT(webpush.subject), "", NULL, 0, 0, "mailto: or https: where you are reached; turns it on", true },
	{ "webpush", "key_file", TYPE_SECRET, AT(webpush.key_file), "", NULL, 0, 0, "our VAPID key, made on first run (webpush.pem in the state)", true },
	{ "webpush", "allow_hosts", TYPE_HOSTS, AT(webpush.allow_hosts), "", NULL, 0, 0, "hosts beside the known push services: host or host:port, between commas", false },
	{ "webpush", "allow_http", TYPE_CHOICE, AT(webpush.allow_http), "no", switches, 0, 0, "http:// too, for those hosts", false },
	{ "webpush", "ca_file", TYPE_FILE, AT(webpush.ca_file), "", NULL, 0, 0, "who signed their certificates", false },
	{ "ntfy", "allow_hosts", TYPE_HOSTS, AT(ntfy.allow_hosts), "", NULL, 0, 0, "hosts beside ntfy.sh: host or host:port, between commas", false },
	{ "ntfy", "allow_http", TYPE_CHOICE, AT(ntfy.allow_http), "no", switches, 0, 0, "http:// too, for those hosts", false },
	{ "ntfy", "ca_file", TYPE_FILE, AT(ntfy.ca_file), "", NULL, 0, 0, "who signed their certificates", false },
	{ "webhook", "allow_hosts", TYPE_HOSTS, AT(webhook.allow_hosts), "", NULL, 0, 0, "whom to call: host or host:port, between commas; turns it on", true },
	{ "webhook", "allow_http", TYPE_CHOICE, AT(webhook.allow_http), "no", switches, 0, 0, "http:// too, for those hosts", false },
	{ "webhook", "headers_file", TYPE_SECRET, AT(webhook.headers_file), "", NULL, 0, 0, "their headers, each below its https://host", true },
	{ "webhook", "ca_file", TYPE_FILE, AT(webhook.ca_file), "", NULL, 0, 0, "who signed their certificates", false },
	{ "onesignal", "app_id", TYPE_NAME, AT(onesignal.app_id), "", NULL, 0, 0, "the app's id at OneSignal", true },
	{ "onesignal", "key_file", TYPE_SECRET, AT(onesignal.key_file), "", NULL, 0, 0, "a file with the app's API key", true },
	{ "onesignal", "url", TYPE_HTTPS, AT(onesignal.url), "https://api.onesignal.com", NULL, 0, 0, "a relay or test server instead", false },
	{ "onesignal", "ca_file", TYPE_FILE, AT(onesignal.ca_file), "", NULL, 0, 0, "who signed that server's certificate", false },
	{ "pushwoosh", "application", TYPE_NAME, AT(pushwoosh.application), "", NULL, 0, 0, "the app's code at Pushwoosh, XXXXX-XXXXX", true },
	{ "pushwoosh", "key_file", TYPE_SECRET, AT(pushwoosh.key_file), "", NULL, 0, 0, "a file with the API access token", true },
	{ "pushwoosh", "url", TYPE_HTTPS, AT(pushwoosh.url), "https://api.pushwoosh.com", NULL, 0, 0, "a relay or test server instead", false },
	{ "pushwoosh", "ca_file", TYPE_FILE, AT(pushwoosh.ca_file), "", NULL, 0, 0, "who signed that server's certificate", false },
	{ "http", "listen", TYPE_PLACE, AT(http.listen), "", NULL, 0, 0, "where the page, /metrics and /health are served; turns it on", true },
	{ "http", "cert_file", TYPE_FILE, AT(http.cert_file), "", NULL, 0, 0, "its certificate and those behind it; without one it is http://", true },
	{ "http", "key_file", TYPE_SECRET, AT(http.key_file), "", NULL, 0, 0, "its private key", true },
	{ "http", "page", TYPE_FILE, AT(http.page), "/usr/share/nudge/web", NULL, 0, 0, "the page's folder; the plugin's archive is beside it", true },
	{ "http", "broker", TYPE_SOCKET, AT(http.broker), "", NULL, 0, 0, "the only ws:// or wss:// that the page may connect to", true },
	{ "homeassistant", "discovery", TYPE_CHOICE, AT(homeassistant.discovery), "", discoveries, 0, 0, "how it is told of us: device, component or off (device, once it was seen at the broker)", true },
	{ "homeassistant", "prefix", TYPE_LEVELS, AT(homeassistant.prefix), "homeassistant", NULL, 0, 0, "where its discovery topics begin", true },
	{ "limits", "devices", TYPE_NUMBER, AT(limits.devices), "64", NULL, 1, 255, "how many devices one user may register", false },
	{ "limits", "retained_kib", TYPE_NUMBER, AT(limits.retained_kib), "256", NULL, 1, 1048576, "how much of preferences and registrations", false },
	{ "limits", "waiting", TYPE_NUMBER, AT(limits.waiting), "4000", NULL, 1, 1000000, "how many of a user's events may wait", false },
	{ "log", "level", TYPE_CHOICE, AT(log.level), "info", levels, 0, 0, "what the log tells: error, warn, info or debug", false },
};
/* clang-format on */

static bool
begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void
set_text(const struct entry *entry, const char *value, struct settings *draft)
{
	memcpy((char *)draft + entry->offset, value, strlen(value) + 1);
}

static bool
is_broker(const char *value)
{
	return begins(value, "mqtt://") || begins(value, "mqtts://") ||
	    begins(value, "ws://") || begins(value, "wss://");
}

static bool
is_user_list(const char *value)
{
	char copy[SETTING_MAX];
	char *rest = copy;
	char *name;

	if (strcmp(value, "+") == 0)
		return true;
	memcpy(copy, value, strlen(value) + 1);
	while ((name = strsep(&rest, ",")) != NULL) {
		char *end = name + strlen(name);

		while (end > name && end[-1] == ' ')
			*--end = '\0';
		name += strspn(name, " ");
		if (!text_is_id(name) || strcmp(name, "bridge") == 0)
			return false;
	}
	return true;
}

static bool
is_levels(const char *value)
{
	char copy[SETTING_MAX];
	char *rest = copy;
	char *level;

	memcpy(copy, value, strlen(value) + 1);
	while ((level = strsep(&rest, "/")) != NULL) {
		if (!text_is_id(level))
			return false;
	}
	return true;
}

static void
set_choice(const struct entry *entry, const char *value, struct settings *draft,
    struct fault *fault)
{
	char list[FAULT_MAX / 2] = "";
	size_t len = 0;
	int number = 0;

	for (; entry->choices[number] != NULL; number++) {
		if (strcmp(entry->choices[number], value) == 0) {
			memcpy((char *)draft + entry->offset, &number,
			    sizeof(number));
			return;
		}
		if (*entry->choices[number] == '\0')
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    len > 0 ? ", %s" : "%s", entry->choices[number]);
	}
	fault_set(fault, "[%s] %s must be one of %s, not '%s'", entry->section,
	    entry->key, list, value);
}

static void
set_number(const struct entry *entry, const char *value, struct settings *draft,
    struct fault *fault)
{
	char *end = NULL;
	long long number = strtoll(value, &end, 10);
	int64_t kept = number;

	if (end == value || *end != '\0' || kept < entry->min ||
	    kept > entry->max)
		fault_set(fault,
		    "[%s] %s must be a whole number from %lld to %lld",
		    entry->section, entry->key, (long long)entry->min,
		    (long long)entry->max);
	else
		memcpy((char *)draft + entry->offset, &kept, sizeof(kept));
}

static bool
is_socket(const char *value)
{
	/* It becomes part of a header, in which some characters mean more. */
	return (begins(value, "ws://") || begins(value, "wss://")) &&
	    strpbrk(value, " ;,'\"") == NULL;
}

static bool
is_place(const char *value)
{
	struct visit_place place;

	return visit_read_place(value, &place);
}

/* Source: developer.apple.com, "Establishing a token-based connection to APNs";
 * "Bundle IDs", CFBundleIdentifier. */
#define APPLE_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define BUNDLE_CHARACTERS APPLE_CHARACTERS "abcdefghijklmnopqrstuvwxyz.-"

static bool
is_apple(const char *value)
{
	return strlen(value) == 10 && strspn(value, APPLE_CHARACTERS) == 10;
}

static bool
is_bundle(const char *value)
{
	return value[strspn(value, BUNDLE_CHARACTERS)] == '\0';
}

static bool
is_https(const char *value)
{
	return begins(value, "https://");
}

static bool
is_none(const char *value)
{
	return *value == '\0';
}

/* The types of text that have a form. */
static const struct {
	enum type type;
	bool (*is_good)(const char *value);
	const char *must;
} forms[] = {
	{ TYPE_NAME, text_is_id,
	    "must be 1 to 64 of the characters A-Z a-z 0-9 _ -" },
	{ TYPE_APPLE, is_apple,
	    "must be ten of the characters A-Z 0-9, as Apple shows it" },
	{ TYPE_BUNDLE, is_bundle,
	    "must be an app's bundle id, of the characters A-Z a-z 0-9 . -" },
	{ TYPE_LEVELS, is_levels,
	    "must be names of the characters A-Z a-z 0-9 _ - between slashes" },
	{ TYPE_NONE, is_none,
	    "must stay empty: members of a shared group do not see the answers "
	    "to what another pushed; divide the people with users" },
	{ TYPE_USERS, is_user_list, "must be + or user names between commas" },
	{ TYPE_BROKER, is_broker,
	    "must begin with mqtt://, mqtts://, ws:// or wss://" },
	{ TYPE_PLACE, is_place,
	    "must be an address and a port: 127.0.0.1:8090, [::1]:8090, or "
	    "*:8090 for all addresses" },
	{ TYPE_SOCKET, is_socket, "must begin with ws:// or wss://" },
	{ TYPE_HTTPS, is_https, "must begin with https://" },
	{ TYPE_CONTACT, contact_is_good,
	    "must be where you are reached: mailto:me@example.org, or "
	    "https:// and a host with a dot" },
};

/* Somebody's password may stand between the scheme and an "@", and with a slash
 * in it behind what looks like the host. In a contact's path an "@" is common. */
static bool
has_login(const struct entry *entry, const char *value)
{
	const char *rest = strstr(value, "://");

	if (rest == NULL)
		return false;
	rest += 3;
	switch ((int)entry->type) {
	case TYPE_BROKER:
	case TYPE_SOCKET:
	case TYPE_HTTPS:
		return strchr(rest, '@') != NULL;
	case TYPE_CONTACT:
		return memchr(rest, '@', strcspn(rest, "/?#")) != NULL;
	default:
		return false;
	}
}

/* Why an address leads nowhere, or NULL. MQTT has no paths, and our other addresses
 * no questions. */
static const char *
address_objection(const struct entry *entry, const char *value)
{
	const char *rest = strstr(value, "://");
	const char *bad;

	if (rest == NULL ||
	    (entry->type != TYPE_BROKER && entry->type != TYPE_SOCKET &&
	        entry->type != TYPE_HTTPS))
		return NULL;
	rest += 3;
	bad = host_url_objection(rest);
	if (bad != NULL)
		return bad;
	if (entry->type == TYPE_BROKER && *rest == '[' &&
	    memchr(rest, '%', strcspn(rest, "]")) != NULL)
		return "must name another address than one of a link (with %): "
		       "the MQTT library reaches none of those";
	rest += strcspn(rest, "/?#");
	if (begins(value, "mqtt") && *rest != '\0' && strcmp(rest, "/") != 0)
		return "must end after the host and its port";
	return strpbrk(rest, "?# ") != NULL ? "must have no '?', '#' or blank"
	                                    : NULL;
}

/* What a text must be, or NULL if it is good. */
static const char *
objection(const struct entry *entry, const char *value)
{
	if (strlen(value) >= SETTING_MAX)
		return "is too long: at most 255 bytes";
	if (!text_is_utf8(value, strlen(value)) || !text_is_line(value))
		return "must be one line of UTF-8";
	if (has_login(entry, value))
		return entry->type == TYPE_BROKER
		    ? "must not hold a login: set username, and put the "
		      "password alone into a file that password_file names"
		    : "must not hold a login";
	for (size_t i = 0; *value != '\0' && i < COUNT_OF(forms); i++) {
		if (forms[i].type == entry->type && !forms[i].is_good(value))
			return forms[i].must;
	}
	return address_objection(entry, value);
}

/* Nothing of the value is told: it may be a secret in the wrong place. */
static bool
is_refused(const struct entry *entry, const char *value, struct fault *fault)
{
	const char *bad = objection(entry, value);
	size_t number = 0;

	if (bad != NULL) {
		fault_set(fault, "[%s] %s %s", entry->section, entry->key, bad);
		return true;
	}
	if (entry->type == TYPE_HOSTS)
		bad = host_objection(value, &number);
	if (bad == NULL)
		return false;
	fault_set(fault, "[%s] %s: entry %zu can never match: it %s",
	    entry->section, entry->key, number, bad);
	return true;
}

/* An empty value means the default. */
static void
set(const struct entry *entry, const char *value, struct settings *draft,
    struct fault *fault)
{
	if (*value == '\0')
		value = entry->preset;
	if (is_refused(entry, value, fault))
		return;
	if (entry->type == TYPE_CHOICE)
		set_choice(entry, value, draft, fault);
	else if (entry->type == TYPE_NUMBER)
		set_number(entry, value, draft, fault);
	else
		set_text(entry, value, draft);
}

static const struct entry *
find(const char *section, const char *key)
{
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		if (strcmp(entries[i].section, section) == 0 &&
		    strcmp(entries[i].key, key) == 0)
			return &entries[i];
	}
	return NULL;
}

static bool
is_section(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		if (strcmp(entries[i].section, name) == 0)
			return true;
	}
	return false;
}

/* inih pulls lines from here and tells nobody their number, so we count. */
struct reading {
	const char *rest;
	int line;
	const struct settings_source *source;
	struct settings *draft;
	struct settings_fault *fault;
	int fault_line;             /* where it is */
	const struct entry *wanted; /* only note the line where this is set */
	int wanted_line;
	int lines[COUNT_OF(entries)]; /* where each is set; 0 = nowhere yet */
};

static void
blame_line(struct reading *reading)
{
	(void)snprintf(reading->fault->where, sizeof(reading->fault->where),
	    "%s:%d", reading->source->file, reading->line);
	reading->fault_line = reading->line;
}

static char *
next_line(char *out, int size, void *stream)
{
	struct reading *reading = stream;
	size_t len;

	/* To inih an indented line goes on with the value above it. */
	reading->rest += strspn(reading->rest, " \t");
	len = strcspn(reading->rest, "\n");
	if (*reading->rest == '\0' || size <= LINE_LONGEST)
		return NULL;
	reading->line++;
	if (len > LINE_LONGEST) {
		if (!fault_is_set(&reading->fault->what)) {
			blame_line(reading);
			fault_set(&reading->fault->what,
			    "the line is too long: at most %d bytes",
			    LINE_LONGEST);
		}
		return NULL;
	}
	memcpy(out, reading->rest, len);
	out[len] = '\0';
	reading->rest += len;
	if (*reading->rest == '\n')
		reading->rest++;
	return out;
}

/* A value of the file; a relative path in it begins where the bridge runs. */
static void
set_of_file(const struct reading *reading, const struct entry *entry,
    const char *value)
{
	const char *folder = reading->source->folder;
	bool is_path = entry->type == TYPE_FILE || entry->type == TYPE_SECRET;
	struct buf path;

	buf_init(&path, PATH_LONGEST);
	if (folder != NULL && is_path && *value != '\0' && *value != '/') {
		buf_addf(&path, "%s/%s", folder, value);
		value = buf_text(&path);
	}
	set(entry, value, reading->draft, &reading->fault->what);
	buf_finish(&path);
}

/* Which of two somebody meant, nobody knows. */
static void
set_once(struct reading *reading, const struct entry *entry, const char *value)
{
	int *line = &reading->lines[entry - entries];

	if (*line != 0) {
		fault_set(&reading->fault->what,
		    "[%s] %s is set in line %d and again in line %d: keep one",
		    entry->section, entry->key, *line, reading->line);
		return;
	}
	*line = reading->line;
	set_of_file(reading, entry, value);
}

static int
take_pair(void *closure, const char *section, const char *key,
    const char *value)
{
	struct reading *reading = closure;
	const struct entry *entry = find(section, key);
	struct fault *what = &reading->fault->what;

	if (reading->wanted != NULL) {
		if (entry == reading->wanted)
			reading->wanted_line = reading->line;
		return 1;
	}
	if (fault_is_set(what))
		return 0;
	if (*section == '\0')
		fault_set(what, "'%s' stands below no [section]", key);
	else if (!is_section(section))
		fault_set(what, "unknown section [%s]", section);
	else if (entry == NULL)
		fault_set(what, "unknown key '%s' in [%s]", key, section);
	else
		set_once(reading, entry, value);
	if (fault_is_set(what)) {
		blame_line(reading);
		return 0;
	}
	return 1;
}

static void
read_file(const struct settings_source *source, struct settings *draft,
    struct settings_fault *fault)
{
	struct reading reading = {
		.rest = source->text,
		.source = source,
		.draft = draft,
		.fault = fault,
	};
	int line = ini_parse_stream(next_line, &reading, take_pair, &reading);

	/* What follows a line that is nothing may be wrong for that alone. */
	if (line > 0 &&
	    (!fault_is_set(&fault->what) || line < reading.fault_line)) {
		fault->what = (struct fault){ "" };
		reading.line = line;
		blame_line(&reading);
		fault_set(&fault->what,
		    "neither '[section]' nor 'key = value'");
	}
}

/* NUDGE_<SECTION>_<KEY> for an entry. */
static void
variable(const struct entry *entry, char name[SETTING_WHERE_MAX])
{
	(void)snprintf(name, SETTING_WHERE_MAX, "NUDGE_%s_%s", entry->section,
	    entry->key);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
}

/* A variable of a section of ours with an unknown key may be a slip. */
static bool
names_a_section(const char *name)
{
	char prefix[SETTING_WHERE_MAX];

	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		struct entry nameless = entries[i];

		nameless.key = "";
		variable(&nameless, prefix);
		if (begins(name, prefix))
			return true;
	}
	return false;
}

static const struct entry *
find_variable(const char *wanted)
{
	char name[SETTING_WHERE_MAX];

	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		variable(&entries[i], name);
		if (strcmp(name, wanted) == 0)
			return &entries[i];
	}
	return NULL;
}

/* A variable of nobody's changes nothing: Kubernetes makes them for a service
 * that is called nudge-mqtt. */
static void
override(const struct settings_override *one, struct settings *draft,
    struct settings_fault *fault)
{
	const struct entry *entry = find_variable(one->name);

	if (fault_is_set(&fault->what) || entry == NULL)
		return;
	variable(entry, fault->where);
	set(entry, one->value, draft, &fault->what);
}

const char *
settings_stray(const struct settings_source *source, size_t number)
{
	for (size_t i = 0; i < source->override_count; i++) {
		const char *name = source->overrides[i].name;

		if (names_a_section(name) && find_variable(name) == NULL &&
		    number-- == 0)
			return name;
	}
	return NULL;
}

/* What Home Assistant is told would look like what somebody says to us. */
static bool
is_prefix_ours(const struct settings *draft)
{
	const char *prefix = draft->homeassistant.prefix;
	size_t len = strcspn(prefix, "/");

	return strlen(draft->mqtt.root) == len &&
	    memcmp(prefix, draft->mqtt.root, len) == 0;
}

/* A key without its id is no key. */
static void
check_together(const struct settings *draft, const char *file,
    struct settings_fault *fault)
{
	bool any = *draft->apns.key_file || *draft->apns.key_id ||
	    *draft->apns.team_id;
	bool all = *draft->apns.key_file && *draft->apns.key_id &&
	    *draft->apns.team_id;

	if (fault_is_set(&fault->what))
		return;
	(void)snprintf(fault->where, sizeof(fault->where), "%s", file);
	if (any && !all)
		fault_set(&fault->what,
		    "[apns] key_file, key_id and team_id belong together");
	if (!*draft->onesignal.key_file != !*draft->onesignal.app_id)
		fault_set(&fault->what,
		    "[onesignal] key_file and app_id belong together");
	if (!*draft->pushwoosh.key_file != !*draft->pushwoosh.application)
		fault_set(&fault->what,
		    "[pushwoosh] key_file and application belong together");
	if (*draft->mqtt.password_file && !*draft->mqtt.username)
		fault_set(&fault->what,
		    "[mqtt] password_file needs a username");
	if (*draft->mqtt.key_file && !*draft->mqtt.cert_file)
		fault_set(&fault->what, "[mqtt] key_file needs a cert_file");
	if (!*draft->http.cert_file != !*draft->http.key_file)
		fault_set(&fault->what,
		    "[http] cert_file and key_file belong together");
	if (is_prefix_ours(draft))
		fault_set(&fault->what,
		    "[homeassistant] prefix must not begin with [mqtt] root");
}

/* What follows from another setting. */
static void
derive(struct settings *draft, const char *file, struct settings_fault *fault)
{
	char path[2 * SETTING_MAX];

	if (*draft->webpush.key_file != '\0' || fault_is_set(&fault->what))
		return;
	(void)snprintf(path, sizeof(path), "%s/webpush.pem",
	    draft->state.directory);
	if (strlen(path) < SETTING_MAX) {
		memcpy(draft->webpush.key_file, path, strlen(path) + 1);
		return;
	}
	(void)snprintf(fault->where, sizeof(fault->where), "%s", file);
	fault_set(&fault->what, "[state] directory is too long");
}

enum status
settings_read(const struct settings_source *source, struct settings *settings,
    struct settings_fault *fault)
{
	struct settings draft = { 0 };

	memset(fault, 0, sizeof(*fault));
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		set(&entries[i], entries[i].preset, &draft, &fault->what);
	read_file(source, &draft, fault);
	for (size_t i = 0; i < source->override_count; i++)
		override(&source->overrides[i], &draft, fault);
	check_together(&draft, source->file, fault);
	derive(&draft, source->file, fault);
	if (fault_is_set(&fault->what))
		return STATUS_BAD_INPUT;
	*settings = draft;
	return STATUS_OK;
}

static size_t
size_of(const struct entry *entry)
{
	if (entry->type == TYPE_CHOICE)
		return sizeof(int);
	return entry->type == TYPE_NUMBER ? sizeof(int64_t) : SETTING_MAX;
}

static bool
is_changed(const struct entry *entry, const struct settings *one,
    const struct settings *other)
{
	const char *left = (const char *)one + entry->offset;
	const char *right = (const char *)other + entry->offset;

	if (entry->type == TYPE_CHOICE || entry->type == TYPE_NUMBER)
		return memcmp(left, right, size_of(entry)) != 0;
	return strcmp(left, right) != 0;
}

void
settings_adopt(struct settings *settings, const struct settings *fresh,
    bool *needs_restart)
{
	*needs_restart = false;
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		const struct entry *entry = &entries[i];

		if (!is_changed(entry, settings, fresh))
			continue;
		if (entry->is_fixed)
			*needs_restart = true;
		else
			memcpy((char *)settings + entry->offset,
			    (const char *)fresh + entry->offset,
			    size_of(entry));
	}
}

const char *
settings_text(const struct settings *settings, const char *section,
    const char *key)
{
	const struct entry *entry = find(section, key);

	assert(entry != NULL);
	return (const char *)settings + entry->offset;
}

void
settings_where(const struct settings_source *source, const char *section,
    const char *key, char where[SETTING_WHERE_MAX + SETTING_MAX])
{
	const struct entry *entry = find(section, key);
	struct settings_fault scratch = { 0 };
	struct reading reading = {
		.rest = source->text,
		.source = source,
		.fault = &scratch,
		.wanted = entry,
	};
	char name[SETTING_WHERE_MAX];

	assert(entry != NULL);
	variable(entry, name);
	for (size_t i = 0; i < source->override_count; i++) {
		if (strcmp(source->overrides[i].name, name) == 0) {
			memcpy(where, name, sizeof(name));
			return;
		}
	}
	(void)ini_parse_stream(next_line, &reading, take_pair, &reading);
	reading.line = reading.wanted_line;
	blame_line(&reading);
	memcpy(where, scratch.where, sizeof(scratch.where));
}

bool
settings_secret_file(size_t number, const char **section, const char **key)
{
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		if (entries[i].type != TYPE_SECRET || number-- > 0)
			continue;
		*section = entries[i].section;
		*key = entries[i].key;
		return true;
	}
	return false;
}

/* What a value must be. */
static void
add_form(const struct entry *entry, struct buf *form)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (forms[i].type == entry->type)
			buf_addf(form, "%s", forms[i].must);
	}
	if (entry->type == TYPE_FILE)
		buf_addf(form, "is a path");
	if (entry->type == TYPE_SECRET)
		buf_addf(form,
		    "is the path of a file that not everybody may read");
	if (entry->type == TYPE_NUMBER)
		buf_addf(form, "must be a whole number from %lld to %lld",
		    (long long)entry->min, (long long)entry->max);
	for (size_t i = 0;
	     entry->type == TYPE_CHOICE && entry->choices[i] != NULL; i++)
		buf_addf(form, "%s%s", i > 0 ? ", " : "must be one of ",
		    entry->choices[i]);
}

bool
settings_note(size_t number, struct setting_note *note, struct buf *form)
{
	const struct entry *entry = &entries[number];

	if (number >= COUNT_OF(entries))
		return false;
	*note = (struct setting_note){
		.section = entry->section,
		.key = entry->key,
		.preset = entry->preset,
		.help = entry->help,
		.is_fixed = entry->is_fixed,
	};
	add_form(entry, form);
	return true;
}

void
settings_describe(struct buf *out)
{
	const char *section = "";

	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		const struct entry *entry = &entries[i];

		if (strcmp(section, entry->section) != 0)
			buf_addf(out, "[%s]\n", entry->section);
		section = entry->section;
		buf_addf(out, "  %-15s %s%s%s%s\n", entry->key, entry->help,
		    *entry->preset ? " (" : "", entry->preset,
		    *entry->preset ? ")" : "");
	}
}
