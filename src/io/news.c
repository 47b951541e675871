#include "io/news.h"

#include <stdlib.h>
#include <string.h>

struct packed {
	struct letter letter;
	struct mqtt_news news; /* points into bytes */
	char bytes[];
};

/* Copy len bytes and a NUL to *to, and go on behind them. */
static const char *
put(char **to, const char *from, size_t len)
{
	char *start = *to;

	if (len > 0)
		memcpy(start, from, len);
	start[len] = '\0';
	*to += len + 1;
	return start;
}

static size_t
length(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

/* Of the first two levels: the root and a person. Fowler, Noll and Vo's hash (FNV-1a)
 * is enough: who meets another's number shares a share with them.
 * Returns: never 0. */
static uint32_t
owner_of(const char *topic)
{
	uint32_t hash = 2166136261U;

	for (int levels = 0; *topic != '\0'; topic++) {
		levels += *topic == '/';
		if (levels == 2)
			break;
		hash = (hash ^ (unsigned char)*topic) * 16777619U;
	}
	return hash != 0 ? hash : 1;
}

/* What the broker repeats it will repeat again, and who asks will ask again. */
static bool
is_spare(const struct mqtt_message *message)
{
	const char *request = strstr(message->topic, "/request/");

	return message->is_retained ||
	    (request != NULL && strchr(request + 9, '/') == NULL);
}

/* What a topic holds now, and not what is asked there. */
static bool
is_state(const struct mqtt_message *message)
{
	return message->response_topic == NULL &&
	    strstr(message->topic, "/request/") == NULL;
}

struct letter *
news_pack(const struct mqtt_news *news)
{
	const struct mqtt_message *message = &news->message;
	size_t size = sizeof(struct packed) + length(news->text) +
	    length(message->topic) + message->len +
	    length(message->response_topic) + message->correlation_len + 5;
	struct packed *packed = malloc(size);
	struct mqtt_message *copy;
	char *to;

	if (packed == NULL)
		abort();
	packed->letter = (struct letter){ .size = size };
	if (news->kind == MQTT_MESSAGE) {
		packed->letter.is_spare = is_spare(message);
		packed->letter.owner =
		    news->is_shared ? owner_of(message->topic) : 0;
	}
	packed->news = *news;
	copy = &packed->news.message;
	to = packed->bytes;
	packed->news.text = put(&to, news->text, length(news->text));
	copy->topic = put(&to, message->topic, length(message->topic));
	if (news->kind == MQTT_MESSAGE && is_state(message))
		packed->letter.name = copy->topic;
	copy->payload = put(&to, message->payload, message->len);
	copy->correlation =
	    put(&to, message->correlation, message->correlation_len);
	if (message->response_topic != NULL)
		copy->response_topic = put(&to, message->response_topic,
		    length(message->response_topic));
	return &packed->letter;
}

void
news_open(struct letter *letter, struct mqtt_news *news)
{
	*news = ((struct packed *)letter)->news;
	news->letter = letter;
}
