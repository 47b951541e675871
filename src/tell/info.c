#include "tell/info.h"

#include "core/topic.h"
#include "push/jwt.h"
#include "push/provider.h"

#include <stdio.h>
#include <string.h>

#define INFO_MAX 16384 /* bytes */
#define TOPIC_MAX 640  /* bytes; three names and a word */

static void
add_services(const struct info *info, struct buf *json)
{
	const char *separator = "";

	buf_addf(json, ",\"services\":[");
	for (size_t i = 0; i < provider_count(); i++) {
		if (!provider_is_on(provider_at(i), info->settings))
			continue;
		buf_addf(json, "%s\"%s\"", separator, provider_at(i)->name);
		separator = ",";
	}
	buf_addf(json, "]");
}

/* Everybody reads it, and no names stand there. */
static void
add_users(const struct info *info, struct buf *json)
{
	if (strcmp(info->settings->mqtt.users, "+") == 0)
		buf_addf(json, ",\"users\":[\"+\"]");
}

/* What a browser subscribes with. */
static void
add_vapid_key(const struct info *info, struct buf *json)
{
	const char *secret = info->vapid_key->text;
	struct buf key;

	if (secret == NULL)
		return;
	buf_init(&key, PUSH_TOKEN_MAX);
	if (jwt_add_public(secret, &key) == STATUS_OK)
		buf_addf(json, ",\"vapid_public_key\":\"%s\"", buf_text(&key));
	buf_finish(&key);
}

/* Everybody reads it: of others' devices there is a number. */
static void
add_warnings(const struct info *info, struct buf *json)
{
	buf_addf(json, ",\"warnings\":");
	trouble_write(info->trouble, "", TROUBLE_TEXT_MAX, json);
	buf_addf(json, ",\"failing_devices\":%zu",
	    trouble_count_devices(info->trouble));
}

static void
publish(const struct info *info, const char *leaf, const struct buf *json)
{
	const struct settings *settings = info->settings;
	char topic[TOPIC_MAX];

	(void)snprintf(topic, sizeof(topic), "%s/bridge/%s/%s",
	    settings->mqtt.root, settings->mqtt.client_id, leaf);
	if (buf_status(json) == STATUS_OK)
		post_document(info->post, topic, buf_text(json), json->len);
}

static void
tell(const struct info *info)
{
	struct buf json;

	buf_init(&json, INFO_MAX);
	buf_addf(&json, "{\"version\":\"%s\"", VERSION);
	add_services(info, &json);
	add_users(info, &json);
	add_vapid_key(info, &json);
	add_warnings(info, &json);
	buf_addf(&json, "}");
	publish(info, "info", &json);
	buf_finish(&json);
}

/* For the doctors of other bridges, which divide the users of a broker with this
 * one; no person reads it. */
static void
tell_users(const struct info *info)
{
	const char *users = info->settings->mqtt.users;
	const char *separator = "";
	char user[TEXT_ID_MAX + 1];
	struct buf json;

	buf_init(&json, INFO_MAX);
	buf_addf(&json, "{\"users\":[");
	while (topic_next_user(&users, user)) {
		buf_addf(&json, "%s\"%s\"", separator, user);
		separator = ",";
	}
	buf_addf(&json, "]}");
	publish(info, "users", &json);
	buf_finish(&json);
}

void
info_run(struct info *info, bool is_complete)
{
	if (!is_complete) {
		info->is_told = false;
		return;
	}
	if (info->is_told && !info->trouble->is_untold)
		return;
	if (!info->is_told)
		tell_users(info);
	info->is_told = true;
	info->trouble->is_untold = false;
	tell(info);
	post_flush(info->post);
}
