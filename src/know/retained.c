#include "know/retained.h"

#include "base/text.h"
#include "core/ack.h"
#include "core/agent.h"
#include "core/event.h"
#include "core/rules.h"
#include "core/topic.h"
#include "io/log.h"
#include "know/clearance.h"
#include "know/devices.h"
#include "know/limit.h"
#include "know/preferences.h"
#include "know/publication.h"
#include "tell/lines.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_MAX RETAINED_TOPIC_MAX
#define COMPLAIN_EVERY_MS 60000

/* Of what is too much, whoever sends it, one line a minute is enough. */
static void
complain(struct retained *retained, const struct retained_message *reading)
{
	int64_t now_ms = retained->at->monotonic_ms;

	if (reading->is_too_much && now_ms < retained->complain_ms)
		return;
	if (reading->is_too_much)
		retained->complain_ms = now_ms + COMPLAIN_EVERY_MS;
	lines_refused(retained->lines, reading->topic.user,
	    reading->message->topic, reading->fault.text);
}

/* Which event a message is about, as far as it can be read; "" = none. */
static void
read_event_id(const struct retained *retained,
    const struct retained_message *reading, char id[TEXT_ID_MAX + 1])
{
	const struct mqtt_message *message = reading->message;
	const struct arrival arrival = {
		.payload = message->payload,
		.len = message->len,
		.at_ms = retained->at->now_ms,
		.id = "",
	};
	struct fault ignored = { "" };
	struct event event;
	struct ack ack;

	*id = '\0';
	if (reading->topic.kind == TOPIC_ACK &&
	    ack_parse(message->payload, message->len, &ack, &ignored) ==
	        STATUS_OK)
		(void)snprintf(id, TEXT_ID_MAX + 1, "%s", ack.event);
	if (reading->topic.kind == TOPIC_EVENT) {
		(void)event_parse(&arrival, &event, &ignored);
		(void)snprintf(id, TEXT_ID_MAX + 1, "%s", event.id);
		event_finish(&event);
	}
}

static void
refuse(struct retained *retained, const struct retained_message *reading)
{
	const struct topic *topic = &reading->topic;
	char event[TEXT_ID_MAX + 1];

	read_event_id(retained, reading, event);

	complain(retained, reading);
	/* The previous one stays, though the broker has it no longer. */
	if (topic->kind == TOPIC_PREFS || topic->kind == TOPIC_DEVICE)
		registry_mention(retained->registry, topic->user,
		    topic->device);
	post_receipt(retained->post,
	    &(struct receipt){
	        .user = topic->user,
	        .event = event,
	        .device = topic->device,
	        .state = "failed",
	        .reason = reading->is_too_much ? reason_str(REASON_LIMIT)
	                                       : reason_str(REASON_INVALID),
	        .detail = reading->fault.text,
	        .ts_ms = retained->at->now_ms,
	    });
}

static enum status
check_limit(const struct retained *retained, struct retained_message *reading)
{
	const struct limit limit = { retained->registry, retained->documents,
		retained->settings };
	const struct topic *topic = &reading->topic;
	bool is_document =
	    topic->kind == TOPIC_PREFS || topic->kind == TOPIC_DEVICE;

	/* What was taken in once stays. */
	if (reading->is_own_copy ||
	    (!is_document && topic->kind != TOPIC_PRESENCE &&
	        topic->kind != TOPIC_AGENT))
		return STATUS_OK;
	reading->is_too_much = is_document
	    ? !limit_allows_document(&limit, reading->message, topic->user,
	          topic->device, &reading->fault)
	    : !limit_allows_name(&limit, topic->user, topic->device,
	          &reading->fault);
	return reading->is_too_much ? STATUS_TOO_LARGE : STATUS_OK;
}

static enum status
apply_preferences(struct retained *retained, struct retained_message *reading)
{
	const struct mqtt_message *message = reading->message;
	const struct prefs_document document = {
		.topic = message->topic,
		.user = reading->topic.user,
		.payload = message->payload,
		.len = message->len,
		.is_retained = message->is_retained,
	};

	return reading->is_own_copy
	    ? preferences_load(retained, &document, &reading->fault)
	    : preferences_take(retained, &document, &reading->fault);
}

static enum status
apply_agent(struct retained *retained, struct retained_message *reading)
{
	const struct mqtt_message *message = reading->message;
	struct agent agent = { .running = -1 };
	enum status status = STATUS_OK;

	if (message->len > 0)
		status = agent_parse(message->payload, message->len, &agent,
		    &reading->fault);
	if (status != STATUS_OK)
		return status;
	status = registry_put_host(retained->registry, reading->topic.user,
	    reading->topic.device, &agent);
	if (status != STATUS_OK)
		agent_finish(&agent);
	return status;
}

static enum status
apply(struct retained *retained, struct retained_message *reading)
{
	enum status status = topic_parse(retained->settings->mqtt.root,
	    reading->message->topic, &reading->topic, &reading->fault);

	if (status == STATUS_OK)
		status = check_limit(retained, reading);
	if (status != STATUS_OK)
		return status;
	switch (reading->topic.kind) {
	case TOPIC_PREFS:
		return apply_preferences(retained, reading);
	case TOPIC_DEVICE:
		return devices_take(retained, reading);
	case TOPIC_PRESENCE:
		return devices_take_presence(retained, reading);
	case TOPIC_AGENT:
		return apply_agent(retained, reading);
	case TOPIC_EVENT:
	case TOPIC_ACK:
	case TOPIC_PREFS_SET:
	case TOPIC_REQUEST:
		break;
	}
	/* The intake keeps those, but for what is retained: that happened long
	 * ago, and would happen again at each connection. */
	fault_set(&reading->fault,
	    "it is retained, and happened long ago; publish it without the "
	    "retain flag, and clear this copy with an empty retained message");
	return STATUS_BAD_INPUT;
}

void
retained_take(struct retained *retained, const struct mqtt_message *message)
{
	struct mqtt_message bare = *message;
	struct retained_message reading = { .message = &bare };
	enum status status;

	text_strip(&bare.payload, &bare.len);
	status = apply(retained, &reading);
	if (status == STATUS_OK)
		return;
	fault_set(&reading.fault, "%s", status_str(status));
	refuse(retained, &reading);
}

void
retained_topic(const struct retained *retained, const char *user,
    const char *device, char topic[TOPIC_MAX])
{
	(void)snprintf(topic, TOPIC_MAX, "%s/%s/%s%s",
	    retained->settings->mqtt.root, user,
	    device != NULL ? "device/" : "prefs", device != NULL ? device : "");
}

/* It comes back to us, perhaps after somebody's next word: then it would look like
 * one that takes the other back. */
void
retained_tell(const struct retained *retained, const char *topic,
    const char *payload, size_t len)
{
	mqtt_note_own(retained->post->mqtt, payload, len);
	post_document(retained->post, topic, payload, len);
}

void
retained_hurry(const struct retained *retained, enum stage stage,
    const char *user, const char *device)
{
	retained->hurry(retained->context, stage, user, device);
}

void
retained_patch(struct retained *retained, const char *user, const char *patch,
    size_t len)
{
	char topic[TOPIC_MAX];
	char patch_topic[TOPIC_MAX + 4];
	const struct mqtt_message message = { .topic = patch_topic };
	const struct prefs_document document = { topic, user, patch, len,
		false };
	struct retained_message reading = { .message = &message };
	enum status status;

	retained_topic(retained, user, NULL, topic);
	(void)snprintf(patch_topic, sizeof(patch_topic), "%s/set", topic);
	(void)snprintf(reading.topic.user, sizeof(reading.topic.user), "%s",
	    user);
	status = preferences_patch(retained, &document, &reading.fault);
	if (status == STATUS_OK)
		return;
	fault_set(&reading.fault, "%s", status_str(status));
	reading.topic.kind = TOPIC_PREFS_SET;
	refuse(retained, &reading);
}

void
retained_meet_broker(struct retained *retained)
{
	preferences_drop_copies(retained);
	clearance_age(retained->clearing);
}

void
retained_begin_round(struct retained *retained)
{
	preferences_drop_doubts(retained);
	registry_begin_round(retained->registry);
}

bool
retained_lacks(const struct retained *retained)
{
	return registry_lacks(retained->registry);
}

void
retained_pass(struct retained *retained)
{
	registry_pass(retained->registry);
}

void
retained_finish(struct retained *retained)
{
	preferences_drop_copies(retained);
	clearance_drop(&retained->clearing);
}

/* A copy of what another bridge serves now would be given back some time. */
static bool
is_served(const struct retained *retained, const char *text)
{
	struct fault ignored = { "" };
	struct topic topic;

	return topic_parse(retained->settings->mqtt.root, text, &topic,
	           &ignored) == STATUS_OK &&
	    topic_is_served(retained->settings->mqtt.users, topic.user);
}

void
retained_load(struct retained *retained)
{
	char topic[DEVICES_CLEARING_MAX] = "";
	struct document document;

	publication_init(retained);
	while (documents_after(retained->documents, topic, &document)) {
		struct mqtt_message message = { .is_retained = true };
		struct retained_message reading = { .is_own_copy = true };

		(void)snprintf(topic, sizeof(topic), "%s", document.topic);
		if (strncmp(topic, DEVICES_CLEARING,
		        strlen(DEVICES_CLEARING)) == 0) {
			devices_load_clearing(retained, topic);
			continue;
		}
		if (!is_served(retained, topic)) {
			documents_remove(retained->documents, topic);
			continue;
		}
		message.topic = topic;
		message.payload = document.payload;
		message.len = document.len;
		reading.message = &message;
		reading.since_ms = document.since_ms;
		/* A device whose service lost its key waits for it. */
		if (apply(retained, &reading) != STATUS_OK)
			log_debug("%s: %s", topic, reading.fault.text);
	}
}

/* What the broker did not tell. */
struct completion {
	struct retained *retained;
	bool broker_forgot;
};

static bool
keep(void *context, const char *user, const char *device)
{
	const struct completion *completion = context;
	struct retained *retained = completion->retained;
	struct document document;
	char topic[TOPIC_MAX];

	retained_topic(retained, user, device, topic);
	if (!completion->broker_forgot) {
		documents_remove(retained->documents, topic);
		if (device != NULL)
			trouble_end_device(retained->trouble, user, device,
			    INT64_MAX);
		return false;
	}
	if (!documents_find(retained->documents, topic, &document))
		return false;
	log_info("%s is given back to the broker", topic);
	retained_tell(retained, topic, document.payload, document.len);
	return true;
}

size_t
retained_complete(struct retained *retained, bool broker_forgot)
{
	struct completion completion = { retained, broker_forgot };

	preferences_settle_doubts(retained, broker_forgot);
	devices_settle_clearing(retained);
	return registry_sweep(retained->registry, keep, &completion);
}
