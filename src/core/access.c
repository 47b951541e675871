#include "core/access.h"

#include "base/attr.h"

#include <stdio.h>

/* A right: its topic begins with the root; %s is the person's name, or the
 * bridge's id. */
struct right {
	bool may_write;
	const char *topic;
};

static const struct right of_person[] = {
	{ false, "%s/#" },
	{ true, "%s/event" },
	{ true, "%s/prefs" },
	{ true, "%s/prefs/set" },
	{ true, "%s/device/+" },
	{ true, "%s/presence/+" },
	{ true, "%s/ack" },
	{ true, "%s/reply" },
	{ true, "%s/receipt" },
	{ true, "%s/agent/+" },
	{ true, "%s/request/+" },
};

/* Of every bridge; what it explains to its operator names others, and is not
 * among it. */
static const struct right of_bridges[] = {
	{ false, "bridge/+/state" },
	{ false, "bridge/+/info" },
	{ false, "bridge/+/health" },
};

static const struct right of_homeassistant[] = {
	{ false, "+/event" },
	{ false, "+/state" },
	{ true, "+/event" },
	{ true, "+/prefs/set" },
	{ true, "+/presence/homeassistant" },
	{ true, "+/reply" },
	{ true, "bridge/+/request/reload" },
};

static const struct right of_bridge[] = {
	{ false, "+/event" },
	{ false, "+/ack" },
	{ false, "+/prefs" },
	{ false, "+/prefs/set" },
	{ false, "+/device/#" },
	{ false, "+/presence/#" },
	{ false, "+/agent/#" },
	{ false, "+/request/+" },
	{ true, "+/event" },
	{ true, "+/prefs" },
	{ true, "+/device/+" },
	{ true, "+/state" },
	{ true, "+/receipt" },
	{ true, "+/response/#" },
	/* 'nudge reply' answers with it; only a signature makes it count. */
	{ true, "+/reply" },
	{ true, "bridge/%s/#" },
	{ false, "bridge/%s/#" },
	/* For send --wait, watch and reply, which come with its login. */
	{ false, "+/receipt" },
	{ false, "+/state" },
	{ false, "bridge/+/state" },
	/* For its doctor, where bridges divide people between them. */
	{ false, "bridge/+/users" },
};

/* Says that the broker lost something; the bridge does without. */
#define DROPPED_TOPIC "$SYS/broker/publish/messages/dropped"

static struct access *
next(struct accesses *accesses, bool may_write)
{
	struct access *access = &accesses->list[accesses->count++];

	access->may_write = may_write;
	return access;
}

/* Put what stands for %s in. */
static void
add(struct accesses *accesses, const char *root, const struct right *right,
    const char *name)
{
	struct access *access = next(accesses, right->may_write);
	const char *rest = right->topic;
	struct buf topic;

	buf_init(&topic, ACCESS_TOPIC_MAX - 1);
	buf_addf(&topic, "%s/", root);
	for (; *rest != '\0'; rest++) {
		if (*rest == '%') {
			buf_addf(&topic, "%s", name);
			rest++;
		} else {
			buf_add(&topic, rest, 1);
		}
	}
	(void)snprintf(access->topic, sizeof(access->topic), "%s",
	    buf_text(&topic));
	buf_finish(&topic);
}

void
access_of_person(const char *root, const char *name, struct accesses *accesses)
{
	accesses->count = 0;
	for (size_t i = 0; i < COUNT_OF(of_person); i++)
		add(accesses, root, &of_person[i], name);
	for (size_t i = 0; i < COUNT_OF(of_bridges); i++)
		add(accesses, root, &of_bridges[i], name);
}

static void
add_of_prefix(struct accesses *accesses, const struct settings *settings,
    bool may_write, const char *topic)
{
	(void)snprintf(next(accesses, may_write)->topic, ACCESS_TOPIC_MAX,
	    "%s/%s", settings->homeassistant.prefix, topic);
}

/* The form of before is taken away, too. */
static void
add_discovery(struct accesses *accesses, const struct settings *settings)
{
	if (settings->homeassistant.discovery == DISCOVERY_OFF)
		return;
	add_of_prefix(accesses, settings, false, "status");
	add_of_prefix(accesses, settings, true, "device/+/config");
	if (settings->homeassistant.discovery == DISCOVERY_COMPONENT)
		add_of_prefix(accesses, settings, true, "+/+/+/config");
}

void
access_of_bridge(const struct settings *settings, struct accesses *accesses)
{
	accesses->count = 0;
	for (size_t i = 0; i < COUNT_OF(of_bridge); i++)
		add(accesses, settings->mqtt.root, &of_bridge[i],
		    settings->mqtt.client_id);
	(void)snprintf(next(accesses, false)->topic, ACCESS_TOPIC_MAX,
	    DROPPED_TOPIC);
	add_discovery(accesses, settings);
}

void
access_of_homeassistant(const struct settings *settings,
    struct accesses *accesses)
{
	accesses->count = 0;
	add_of_prefix(accesses, settings, false, "#");
	add_of_prefix(accesses, settings, true, "#");
	for (size_t i = 0; i < COUNT_OF(of_homeassistant); i++)
		add(accesses, settings->mqtt.root, &of_homeassistant[i], "");
	for (size_t i = 0; i < COUNT_OF(of_bridges); i++)
		add(accesses, settings->mqtt.root, &of_bridges[i], "");
}

void
access_write_lines(const struct accesses *accesses, const char *login,
    struct buf *text)
{
	buf_addf(text, "user %s\n", login);
	for (size_t i = 0; i < accesses->count; i++)
		buf_addf(text, "topic %s %s\n",
		    accesses->list[i].may_write ? "write" : "read",
		    accesses->list[i].topic);
}

/* To read is to subscribe and to receive. */
static void
add_role_right(struct buf *json, const char *kind, const char *topic)
{
	buf_addf(json,
	    "%s{\"acltype\":\"%s\",\"topic\":", json->len > 1 ? "," : "", kind);
	buf_add_json(json, topic);
	buf_addf(json, ",\"priority\":0,\"allow\":true}");
}

void
access_write_role(const struct accesses *accesses, struct buf *json)
{
	struct buf rights;

	buf_init(&rights, ACCESS_TEXT_MAX);
	buf_addf(&rights, "[");
	for (size_t i = 0; i < accesses->count; i++) {
		const struct access *access = &accesses->list[i];

		if (access->may_write) {
			add_role_right(&rights, "publishClientSend",
			    access->topic);
			continue;
		}
		add_role_right(&rights, "subscribePattern", access->topic);
		add_role_right(&rights, "publishClientReceive", access->topic);
	}
	buf_addf(&rights, "]");
	if (buf_status(&rights) != STATUS_OK)
		json->status = buf_status(&rights);
	buf_addf(json, "%s", buf_text(&rights));
	buf_finish(&rights);
}

void
access_write_commands(const struct accesses *accesses, const char *role,
    struct buf *text)
{
	buf_addf(text, "mosquitto_ctrl dynsec createRole %s\n", role);
	for (size_t i = 0; i < accesses->count; i++) {
		const struct access *access = &accesses->list[i];
		const char *kind = access->may_write ? "publishClientSend"
		                                     : "subscribePattern";

		buf_addf(text,
		    "mosquitto_ctrl dynsec addRoleACL %s %s '%s' allow\n", role,
		    kind, access->topic);
		if (!access->may_write)
			buf_addf(text,
			    "mosquitto_ctrl dynsec addRoleACL %s "
			    "publishClientReceive '%s' allow\n",
			    role, access->topic);
	}
}
