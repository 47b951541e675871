#include "intake.h"

#include "core/topic.h"
#include "io/clock.h"

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

	if (topic_parse(intake->root, message->topic, &topic, &ignored) !=
	        STATUS_OK ||
	    !topic_is_event(topic.kind))
		return false;
	if (!intake->is_open)
		outbox_begin(intake->outbox);
	intake->is_open = true;
	intake->stored_seq = outbox_store(intake->outbox, &event);
	return true;
}

bool
intake_commit(struct intake *intake)
{
	if (!intake->is_open)
		return false;
	outbox_commit(intake->outbox);
	intake->is_open = false;
	atomic_store(&intake->newest_seq, intake->stored_seq);
	return true;
}
