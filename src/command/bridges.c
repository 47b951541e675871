#include "command/bridges.h"

#include "base/fault.h"
#include "core/json.h"
#include "core/topic.h"

#include <stdio.h>
#include <string.h>

static struct bridges_one *
find(struct bridges *bridges, const char *id, size_t len)
{
	struct bridges_one *one = bridges->list;

	if (len == 0 || len > TEXT_ID_MAX)
		return NULL;
	for (size_t i = 0; i < bridges->count; i++, one++) {
		if (strncmp(one->id, id, len) == 0 && one->id[len] == '\0')
			return one;
	}
	if (bridges->count == BRIDGES_MAX)
		return NULL;
	bridges->count++;
	memset(one, 0, sizeof(*one));
	memcpy(one->id, id, len);
	return one;
}

static void
keep_users(struct bridges_one *one, struct json_list users)
{
	const char *user;
	size_t len = 0;

	while ((user = json_next_line(&users, TEXT_ID_MAX)) != NULL &&
	    len + strlen(user) + 2 < sizeof(one->users))
		len += (size_t)snprintf(one->users + len,
		    sizeof(one->users) - len, len > 0 ? ",%s" : "%s", user);
}

/* An info names them only if they are all, or of an older bridge. */
static void
read_users(struct bridges_one *one, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct json_object document;
	struct cJSON *root;

	if (json_parse(message->payload, message->len, &ignored, &root,
	        &document) != STATUS_OK)
		return;
	keep_users(one, json_list(&document, "users"));
	json_free(root);
}

bool
bridges_take(struct bridges *bridges, const char *root,
    const struct mqtt_message *message)
{
	size_t root_len = strlen(root);
	const char *id = message->topic + root_len + strlen("/bridge/");
	struct bridges_one *one;
	size_t len;

	if (strncmp(message->topic, root, root_len) != 0 ||
	    strncmp(message->topic + root_len, "/bridge/", 8) != 0)
		return false;
	len = strcspn(id, "/");
	one = find(bridges, id, len);
	if (one == NULL)
		return true;
	if (strcmp(id + len, "/state") == 0)
		one->is_online = message->len == strlen("online");
	else if (strcmp(id + len, "/info") == 0 ||
	    strcmp(id + len, "/users") == 0)
		read_users(one, message);
	return true;
}

const struct bridges_one *
bridges_serving(const struct bridges *bridges, const char *user, size_t number)
{
	for (size_t i = 0; i < bridges->count; i++) {
		const struct bridges_one *one = &bridges->list[i];

		if (one->is_online && topic_is_served(one->users, user) &&
		    number-- == 0)
			return one;
	}
	return NULL;
}

bool
bridges_are_online(const struct bridges *bridges)
{
	for (size_t i = 0; i < bridges->count; i++) {
		if (bridges->list[i].is_online)
			return true;
	}
	return false;
}

bool
bridges_say_users(const struct bridges *bridges)
{
	for (size_t i = 0; i < bridges->count; i++) {
		if (bridges->list[i].is_online &&
		    bridges->list[i].users[0] == '\0')
			return false;
	}
	return true;
}
