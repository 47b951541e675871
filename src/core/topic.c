#include "core/topic.h"

#include "base/attr.h"

#include <stdio.h>
#include <string.h>

#define LEVELS_MAX 32

static const struct {
	const char *level;
	bool has_device;
	enum topic_kind kind;
} leaves[] = {
	{ "event", false, TOPIC_EVENT },
	{ "ack", false, TOPIC_ACK },
	{ "prefs", false, TOPIC_PREFS },
	{ "device", true, TOPIC_DEVICE },
	{ "presence", true, TOPIC_PRESENCE },
	{ "agent", true, TOPIC_AGENT },
	{ "request", true, TOPIC_REQUEST },
};

bool
topic_is_event(enum topic_kind kind)
{
	return kind == TOPIC_EVENT || kind == TOPIC_ACK ||
	    kind == TOPIC_PREFS_SET;
}

bool
topic_is_publishable(const char *text)
{
	size_t levels = 1;

	for (const char *c = text; *c != '\0'; c++)
		levels += *c == '/';
	return *text != '\0' && *text != '$' && levels <= LEVELS_MAX &&
	    strpbrk(text, "+#") == NULL && text_is_line(text) &&
	    text_is_utf8(text, strlen(text));
}

bool
topic_next_user(const char **users, char user[TEXT_ID_MAX + 1])
{
	size_t len;

	*users += strspn(*users, ", ");
	len = strcspn(*users, ", ");
	(void)snprintf(user, TEXT_ID_MAX + 1, "%.*s", (int)len, *users);
	*users += len;
	return len > 0;
}

bool
topic_is_served(const char *users, const char *user)
{
	char served[TEXT_ID_MAX + 1];

	if (strcmp(users, "+") == 0)
		return true;
	while (topic_next_user(&users, served)) {
		if (strcmp(served, user) == 0)
			return true;
	}
	return false;
}

/* Copy one level, up to the next slash, if it is a good name. */
static enum status
take_level(const char **text, char level[65], struct fault *fault)
{
	size_t len = strcspn(*text, "/");
	char copy[TEXT_ID_MAX + 1] = "";

	if (len <= TEXT_ID_MAX)
		memcpy(copy, *text, len);
	if (!text_is_id(copy)) {
		fault_set(fault,
		    "topic: a level must be 1 to 64 of the "
		    "characters A-Z a-z 0-9 _ -");
		return STATUS_BAD_INPUT;
	}
	memcpy(level, copy, sizeof(copy));
	*text += len;
	if (**text == '/')
		(*text)++;
	return STATUS_OK;
}

static enum status
unknown(struct fault *fault)
{
	fault_set(fault,
	    "topic: is none of event, ack, prefs, prefs/set, "
	    "device/<device>, presence/<device>, agent/<host>, "
	    "request/<verb>");
	return STATUS_BAD_INPUT;
}

enum status
topic_parse(const char *root, const char *text, struct topic *topic,
    struct fault *fault)
{
	size_t root_len = strlen(root);
	char level[65] = "";
	size_t i = 0;

	memset(topic, 0, sizeof(*topic));
	if (strncmp(text, root, root_len) != 0 || text[root_len] != '/')
		return unknown(fault);
	text += root_len + 1;
	if (take_level(&text, topic->user, fault) != STATUS_OK)
		return STATUS_BAD_INPUT;
	if (strcmp(topic->user, "bridge") == 0) {
		topic->user[0] = '\0';
		fault_set(fault, "topic: the user name 'bridge' is reserved");
		return STATUS_BAD_INPUT;
	}
	if (take_level(&text, level, fault) != STATUS_OK)
		return STATUS_BAD_INPUT;
	while (i < COUNT_OF(leaves) && strcmp(leaves[i].level, level) != 0)
		i++;
	if (i == COUNT_OF(leaves))
		return unknown(fault);
	if (leaves[i].has_device &&
	    (strchr(text, '/') != NULL ||
	        take_level(&text, topic->device, fault) != STATUS_OK)) {
		fault_set(fault, "topic: a device name has no '/'");
		return STATUS_BAD_INPUT;
	}
	topic->kind = leaves[i].kind;
	if (topic->kind == TOPIC_PREFS && strcmp(text, "set") == 0) {
		topic->kind = TOPIC_PREFS_SET;
		return STATUS_OK;
	}
	/* A slash at the end begins one more level, an empty one. */
	if (*text != '\0' || text[-1] == '/')
		return unknown(fault);
	return STATUS_OK;
}
