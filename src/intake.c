#include "intake.h"

#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"

#include <unistd.h>

bool
intake_store(void *context, const struct mqtt_message *message)
{
	struct intake *intake = context;
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
	int64_t seq = 0;

	if (topic_parse(intake->root, message->topic, &topic, &ignored) !=
	        STATUS_OK ||
	    topic.kind != TOPIC_EVENT)
		return false;
	if (outbox_store(intake->outbox, &event, &seq) != STATUS_OK) {
		log_error("cannot store an event: ending before the broker is "
		          "answered, so that it delivers it again");
		_exit(1);
	}
	atomic_store(&intake->newest_seq, seq);
	return true;
}
