#include "arrive/intake.h"

#include "core/topic.h"
#include "io/events.h"

#include <stdlib.h>
#include <string.h>

#define ACK_LONGEST 1024 /* bytes that are kept of an ack */

/* Without memory we end before the broker is answered. */
static void
keep(struct intake *intake, const struct mqtt_message *message)
{
	struct outbox_event *event = &intake->events[intake->count];
	size_t topic_size = strlen(message->topic) + 1;
	char *bytes = malloc(topic_size + message->len);

	if (bytes == NULL)
		abort();
	memcpy(bytes, message->topic, topic_size);
	if (message->len > 0)
		memcpy(bytes + topic_size, message->payload, message->len);
	event->topic = bytes;
	event->payload = bytes + topic_size;
	event->len = message->len;
	intake->bytes[intake->count++] = bytes;
	intake->size += message->len;
}

static void
drop(struct intake *intake)
{
	for (size_t i = 0; i < intake->count; i++)
		free(intake->bytes[i]);
	intake->count = 0;
	intake->size = 0;
}

void
intake_finish(struct intake *intake)
{
	drop(intake);
}

static void
store(struct intake *intake)
{
	if (intake->count == 0)
		return;
	atomic_store(&intake->newest_seq,
	    events_store(intake->outbox, intake->events, intake->count));
	intake->has_news = true;
	drop(intake);
}

bool
intake_store(struct intake *intake, const struct mqtt_message *message)
{
	int64_t now_ms = outbox_clock_ms(intake->outbox);
	struct mqtt_message kept = *message;
	struct outbox_event *event = &intake->events[intake->count];
	struct fault ignored = { "" };
	struct topic topic;

	if (message->is_retained ||
	    topic_parse(intake->root, message->topic, &topic, &ignored) !=
	        STATUS_OK ||
	    !topic_is_event(topic.kind) ||
	    !topic_is_served(intake->users, topic.user))
		return false;
	/* An id, or JSON around it: what is longer is refused as it is. */
	if (topic.kind == TOPIC_ACK && kept.len > ACK_LONGEST)
		kept.len = ACK_LONGEST;
	event->stamp_ms = now_ms;
	event->expires_ms = message->expiry_s > 0
	    ? now_ms + (int64_t)message->expiry_s * 1000
	    : 0;
	keep(intake, &kept);
	if (intake->count == INTAKE_COUNT_MAX ||
	    intake->size >= INTAKE_SIZE_MAX)
		store(intake);
	return true;
}

bool
intake_commit(struct intake *intake)
{
	bool has_news;

	store(intake);
	has_news = intake->has_news;
	intake->has_news = false;
	return has_news;
}
