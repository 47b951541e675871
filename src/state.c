#include "state.h"

#include "base/text.h"
#include "clearance.h"
#include "core/ack.h"
#include "core/agent.h"
#include "core/decide.h"
#include "core/event.h"
#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"
#include "limit.h"
#include "prefs.h"
#include "push/provider.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_MAX 512 /* bytes */
#define COMPLAIN_EVERY_MS 60000

/* A retained message on its way into the registry. */
struct reading {
	const struct mqtt_message *message;
	struct topic topic;
	struct fault fault;
	bool is_own_copy; /* of ours: it is not kept again */
	bool is_too_much; /* for one user */
	int64_t since_ms; /* when its content was first seen */
};

/* Of what is too much, whoever sends it, one line a minute is enough. */
static void
complain(struct state *state, const struct reading *reading)
{
	int64_t now_ms = clock_monotonic_ms();

	if (reading->is_too_much && now_ms < state->complain_ms)
		return;
	if (reading->is_too_much)
		state->complain_ms = now_ms + COMPLAIN_EVERY_MS;
	log_warn("refused %s: %s", reading->message->topic,
	    reading->fault.text);
}

/* Which event a message is about, as far as it can be read; "" = none. */
static void
read_event_id(const struct reading *reading, char id[TEXT_ID_MAX + 1])
{
	const struct mqtt_message *message = reading->message;
	const struct arrival arrival = {
		.payload = message->payload,
		.len = message->len,
		.at_ms = clock_now_ms(),
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
	if (reading->topic.kind == TOPIC_EVENT &&
	    event_parse(&arrival, &event, &ignored) == STATUS_OK) {
		(void)snprintf(id, TEXT_ID_MAX + 1, "%s", event.id);
		event_finish(&event);
	}
}

static void
refuse(struct state *state, const struct reading *reading)
{
	const struct topic *topic = &reading->topic;
	char event[TEXT_ID_MAX + 1];

	read_event_id(reading, event);

	complain(state, reading);
	/* The previous one stays, though the broker has it no longer. */
	if (topic->kind == TOPIC_PREFS || topic->kind == TOPIC_DEVICE)
		registry_mention(state->registry, topic->user, topic->device);
	post_receipt(state->post,
	    &(struct receipt){
	        .user = topic->user,
	        .event = event,
	        .device = topic->device,
	        .state = "failed",
	        .reason = reading->is_too_much ? reason_str(REASON_LIMIT)
	                                       : reason_str(REASON_INVALID),
	        .detail = reading->fault.text,
	        .ts_ms = clock_now_ms(),
	        .latency_ms = -1,
	    });
}

/* Our own copy, made when the document is good. */
static void
keep_copy(struct state *state, struct reading *reading)
{
	const struct mqtt_message *message = reading->message;
	const struct document document = {
		.topic = message->topic,
		.payload = message->payload,
		.len = message->len,
		.since_ms = clock_now_ms(),
	};

	if (reading->is_own_copy)
		return;
	if (message->len == 0)
		documents_remove(state->documents, message->topic);
	else
		reading->since_ms = documents_put(state->documents, &document);
}

static enum status
check_limit(const struct state *state, struct reading *reading)
{
	const struct limit limit = { state->registry, state->documents,
		state->settings };
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
apply_preferences(struct state *state, struct reading *reading)
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
	    ? prefs_load(state, &document, &reading->fault)
	    : prefs_take(state, &document, &reading->fault);
}

/* A device's own wishes, with their zones: nobody looked those up yet. */
static enum status
check_wishes(const struct zone_source *zones, const struct device *device,
    struct fault *fault)
{
	struct preferences scratch = preferences_default;
	struct fault inner = { "" };
	enum status status = STATUS_OK;

	if (device->prefs_json != NULL)
		status = preferences_parse(device->prefs_json,
		    strlen(device->prefs_json),
		    &(struct preferences_origin){ LAYER_DEVICE, zones },
		    &scratch, &inner);
	preferences_finish(&scratch);
	if (status == STATUS_BAD_INPUT)
		fault_set(fault, "prefs.%s", inner.text);
	return status;
}

static enum status
check_service(const struct state *state, const struct device *device,
    struct fault *fault)
{
	const struct provider *provider = provider_find(device->service);

	if (provider == NULL) {
		fault_set(fault, "platform: '%s' is unknown", device->service);
		return STATUS_BAD_INPUT;
	}
	if (!provider_is_on(provider, state->settings)) {
		fault_set(fault,
		    "platform: '%s' is off: the settings have no [%s] %s",
		    device->service, provider->name, provider->on_setting);
		return STATUS_BAD_INPUT;
	}
	return provider->check != NULL
	    ? provider->check(device, state->settings, fault)
	    : STATUS_OK;
}

/* Our own clear came back. What was registered meanwhile came to the broker before
 * it, and is gone there: it is told again. */
static void
give_back(struct state *state, const char *topic)
{
	struct document document;

	if (!documents_find(state->documents, topic, &document))
		return;
	log_info("%s was registered anew while it was cleared: it is given "
	         "back to the broker",
	    topic);
	post_document(state->post, topic, document.payload, document.len);
}

static void
remove_device(struct state *state, struct reading *reading)
{
	const struct topic *topic = &reading->topic;

	if (clearance_take(&state->clearing, reading->message->topic)) {
		give_back(state, reading->message->topic);
		return;
	}
	log_info("%s/%s is removed", topic->user, topic->device);
	registry_remove_device(state->registry, topic->user, topic->device);
	keep_copy(state, reading);
}

/* The same registration is found where it was found before. */
static enum status
recall_reached(struct state *state, const char *topic, struct device *device)
{
	struct document document;

	if (!documents_find(state->documents, topic, &document) ||
	    *document.reached_at == '\0')
		return STATUS_OK;
	device->reached_at = strdup(document.reached_at);
	return device->reached_at != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status
apply_device(struct state *state, struct reading *reading)
{
	const struct mqtt_message *message = reading->message;
	const struct topic *topic = &reading->topic;
	struct device device;
	enum status status;

	if (message->len == 0) {
		remove_device(state, reading);
		return STATUS_OK;
	}
	status = device_parse(message->payload, message->len, &device,
	    &reading->fault);
	if (status != STATUS_OK)
		return status;
	status = check_service(state, &device, &reading->fault);
	if (status == STATUS_OK)
		status = check_wishes(reading->is_own_copy ? state->kept_zones
		                                           : state->zones,
		    &device, &reading->fault);
	if (status == STATUS_OK)
		keep_copy(state, reading);
	device.registered_ms = reading->since_ms;
	if (status == STATUS_OK)
		status = recall_reached(state, message->topic, &device);
	if (status == STATUS_OK)
		status = registry_put_device(state->registry, topic->user,
		    topic->device, &device);
	if (status != STATUS_OK) {
		device_finish(&device);
		return status;
	}
	/* Its wishes changed, and with them perhaps what it waits for. */
	release_hurry(state->release, STAGE_QUIET, topic->user, topic->device);
	if (!message->is_retained)
		log_info("%s/%s is registered", topic->user, topic->device);
	return STATUS_OK;
}

/* Nobody looks any more: what was held for that is pushed at once, on the
 * devices for which it counts. */
static void
push_held(struct state *state, const char *user)
{
	const struct person *person = registry_person(state->registry, user);
	int64_t now_ms = clock_monotonic_ms();

	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		const struct preferences *wishes =
		    registry_wishes(person, place);

		if (!place->registered ||
		    registry_is_present(person, place, wishes->presence_scope,
		        now_ms))
			continue;
		release_hurry(state->release, STAGE_PRESENCE, user,
		    place->name);
	}
}

static enum status
apply_presence(struct state *state, struct reading *reading)
{
	const struct mqtt_message *message = reading->message;
	int64_t ttl_s = 0;
	enum status status = device_parse_presence(message->payload,
	    message->len, message->expiry_s, &ttl_s, &reading->fault);

	if (status != STATUS_OK)
		return status;
	status = registry_put_presence(state->registry, reading->topic.user,
	    reading->topic.device,
	    ttl_s > 0 ? clock_monotonic_ms() + ttl_s * 1000 : 0,
	    message->is_retained);
	if (status == STATUS_OK && ttl_s == 0)
		push_held(state, reading->topic.user);
	return status;
}

static enum status
apply_agent(struct state *state, struct reading *reading)
{
	const struct mqtt_message *message = reading->message;
	int32_t running = -1;
	enum status status = STATUS_OK;

	if (message->len > 0)
		status = agent_parse(message->payload, message->len, &running,
		    &reading->fault);
	if (status != STATUS_OK)
		return status;
	return registry_put_host(state->registry, reading->topic.user,
	    reading->topic.device, running);
}

static enum status
apply(struct state *state, struct reading *reading)
{
	enum status status = topic_parse(state->settings->mqtt.root,
	    reading->message->topic, &reading->topic, &reading->fault);

	if (status == STATUS_OK)
		status = check_limit(state, reading);
	if (status != STATUS_OK)
		return status;
	switch (reading->topic.kind) {
	case TOPIC_PREFS:
		return apply_preferences(state, reading);
	case TOPIC_DEVICE:
		return apply_device(state, reading);
	case TOPIC_PRESENCE:
		return apply_presence(state, reading);
	case TOPIC_AGENT:
		return apply_agent(state, reading);
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
state_apply(struct state *state, const struct mqtt_message *message)
{
	struct reading reading = { .message = message };
	enum status status = apply(state, &reading);

	if (status == STATUS_OK)
		return;
	fault_set(&reading.fault, "%s", status_str(status));
	refuse(state, &reading);
}

static void
topic_of(const struct state *state, const char *user, const char *device,
    char topic[TOPIC_MAX])
{
	(void)snprintf(topic, TOPIC_MAX, "%s/%s/%s%s",
	    state->settings->mqtt.root, user,
	    device != NULL ? "device/" : "prefs", device != NULL ? device : "");
}

void
state_patch(struct state *state, const char *user, const char *patch,
    size_t len)
{
	char topic[TOPIC_MAX];
	char patch_topic[TOPIC_MAX + 4];
	const struct mqtt_message message = { .topic = patch_topic };
	const struct prefs_document document = { topic, user, patch, len,
		false };
	struct reading reading = { .message = &message };
	enum status status;

	topic_of(state, user, NULL, topic);
	(void)snprintf(patch_topic, sizeof(patch_topic), "%s/set", topic);
	(void)snprintf(reading.topic.user, sizeof(reading.topic.user), "%s",
	    user);
	status = prefs_patch(state, &document, &reading.fault);
	if (status == STATUS_OK)
		return;
	fault_set(&reading.fault, "%s", status_str(status));
	reading.topic.kind = TOPIC_PREFS_SET;
	refuse(state, &reading);
}

void
state_finish(struct state *state)
{
	prefs_finish(state);
	clearance_drop(&state->clearing);
}

void
state_load(struct state *state)
{
	char topic[TOPIC_MAX] = "";
	struct document document;

	while (documents_after(state->documents, topic, &document)) {
		struct mqtt_message message = { .is_retained = true };
		struct reading reading = { .is_own_copy = true };

		(void)snprintf(topic, sizeof(topic), "%s", document.topic);
		message.topic = topic;
		message.payload = document.payload;
		message.len = document.len;
		reading.message = &message;
		reading.since_ms = document.since_ms;
		/* A device whose service lost its key waits for it. */
		if (apply(state, &reading) != STATUS_OK)
			log_debug("%s: %s", topic, reading.fault.text);
	}
}

/* What the broker did not tell. */
struct completion {
	struct state *state;
	bool broker_forgot;
};

static bool
keep(void *context, const char *user, const char *device)
{
	const struct completion *completion = context;
	struct state *state = completion->state;
	struct document document;
	char topic[TOPIC_MAX];

	topic_of(state, user, device, topic);
	if (!completion->broker_forgot) {
		documents_remove(state->documents, topic);
		return false;
	}
	if (!documents_find(state->documents, topic, &document))
		return false;
	log_info("%s is given back to the broker", topic);
	post_document(state->post, topic, document.payload, document.len);
	return true;
}

size_t
state_complete(struct state *state, bool broker_forgot)
{
	struct completion completion = { state, broker_forgot };

	prefs_settle_doubts(state, broker_forgot);
	clearance_drop(&state->clearing);
	return registry_sweep(state->registry, keep, &completion);
}

void
state_forget_device(struct state *state, const char *user, const char *device)
{
	char topic[TOPIC_MAX];

	topic_of(state, user, device, topic);
	registry_remove_device(state->registry, user, device);
	documents_remove(state->documents, topic);
	clearance_note(&state->clearing, topic);
	post_document(state->post, topic, "", 0);
}

void
state_note_reached(struct state *state, const char *user, const char *device,
    const char *origin)
{
	char topic[TOPIC_MAX];

	topic_of(state, user, device, topic);
	(void)registry_note_reached(state->registry, user, device, origin);
	documents_note_reached(state->documents, topic, origin);
}
