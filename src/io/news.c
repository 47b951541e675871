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
	/* What the broker repeats it will repeat again. */
	packed->letter = (struct letter){
		.size = size,
		.is_spare = news->kind == MQTT_MESSAGE && message->is_retained,
	};
	packed->news = *news;
	copy = &packed->news.message;
	to = packed->bytes;
	packed->news.text = put(&to, news->text, length(news->text));
	copy->topic = put(&to, message->topic, length(message->topic));
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
