#include "intake.h"

#include "core/topic.h"
#include "io/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTES_MAX 262144 /* of events in one transaction, but for the last */

struct intake_event {
	struct intake_event *next;
	struct outbox_event event; /* points behind itself */
	char bytes[];
};

/* Why not is told where it failed. We end before the broker is answered. */
static void
must(enum status status)
{
	if (status != STATUS_OK)
		_exit(1);
}

/* Add a copy of an event at the end. */
static void
append(struct intake *intake, const struct outbox_event *event)
{
	size_t topic_size = strlen(event->topic) + 1;
	struct intake_event *copy =
	    malloc(sizeof(*copy) + topic_size + event->len);

	if (copy == NULL)
		_exit(1);
	copy->next = NULL;
	copy->event = *event;
	copy->event.topic = memcpy(copy->bytes, event->topic, topic_size);
	copy->event.payload = copy->bytes + topic_size;
	if (event->len > 0)
		memcpy(copy->bytes + topic_size, event->payload, event->len);
	if (intake->first == NULL)
		intake->end = &intake->first;
	*intake->end = copy;
	intake->end = &copy->next;
	intake->bytes += topic_size + event->len;
}

static bool
drop_first(struct intake *intake)
{
	struct intake_event *first = intake->first;

	if (first == NULL)
		return false;
	intake->first = first->next;
	free(first);
	return true;
}

void
intake_finish(struct intake *intake)
{
	while (drop_first(intake))
		intake->bytes = 0;
}

/* All that was kept, in a transaction that waits for nothing but the disk. */
static void
store(struct intake *intake)
{
	int64_t seq = 0;

	if (intake->first == NULL)
		return;
	must(outbox_begin(intake->outbox));
	do
		must(outbox_store(intake->outbox, &intake->first->event, &seq));
	while (drop_first(intake) && intake->first != NULL);
	must(outbox_commit(intake->outbox));
	intake->bytes = 0;
	intake->has_news = true;
	atomic_store(&intake->newest_seq, seq);
}

bool
intake_store(struct intake *intake, const struct mqtt_message *message)
{
	int64_t now_ms = clock_now_ms();
	const struct outbox_event event = {
		.arrived_ms = now_ms,
		.expires_ms = message->expiry_s > 0
		    ? now_ms + (int64_t)message->expiry_s * 1000
		    : 0,
		.topic = message->topic,
		.payload = message->payload,
		.len = message->len,
	};
	struct fault ignored = { "" };
	struct topic topic;

	if (message->is_retained ||
	    topic_parse(intake->root, message->topic, &topic, &ignored) !=
	        STATUS_OK ||
	    !topic_is_event(topic.kind))
		return false;
	append(intake, &event);
	if (intake->bytes >= BYTES_MAX)
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
