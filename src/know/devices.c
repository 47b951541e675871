#include "know/devices.h"

#include "core/device.h"
#include "io/log.h"
#include "know/clearance.h"
#include "know/limit.h"
#include "push/provider.h"
#include "tell/lines.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_MAX RETAINED_TOPIC_MAX
#define PRESENCE_KEPT_MAX 256 /* bytes of a presence whose age is kept */
#define PRESENCE_KEPT_MS (DEVICE_PRESENCE_MAX_S * INT64_C(1000))

/* Where a clear under way is written down; no message has such a topic. */
static void
clearing_topic(const char *topic, char kept[DEVICES_CLEARING_MAX])
{
	(void)snprintf(kept, DEVICES_CLEARING_MAX, "%s%s", DEVICES_CLEARING,
	    topic);
}

static void
note_clearing(struct retained *retained, const char *topic)
{
	char kept[DEVICES_CLEARING_MAX];

	clearing_topic(topic, kept);
	(void)clearance_note(&retained->clearing, topic);
	(void)documents_put(retained->documents,
	    &(struct document){ .topic = kept, .payload = "" });
}

static void
forget_clearing(struct retained *retained, const char *topic)
{
	char kept[DEVICES_CLEARING_MAX];

	clearing_topic(topic, kept);
	documents_remove(retained->documents, kept);
}

/* Our own copy, made when the document is good. */
static void
keep_copy(struct retained *retained, struct retained_message *reading)
{
	const struct mqtt_message *message = reading->message;
	const struct document document = {
		.topic = message->topic,
		.payload = message->payload,
		.len = message->len,
		.since_ms = retained->at->now_ms,
	};

	if (reading->is_own_copy)
		return;
	if (message->len == 0)
		documents_remove(retained->documents, message->topic);
	else
		reading->since_ms =
		    documents_put(retained->documents, &document);
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
check_service(const struct retained *retained, const struct device *device,
    struct fault *fault)
{
	const struct provider *provider = provider_find(device->service);

	if (provider == NULL) {
		fault_set(fault, "platform: '%s' is unknown", device->service);
		return STATUS_BAD_INPUT;
	}
	if (!provider_is_on(provider, retained->settings)) {
		fault_set(fault,
		    "platform: '%s' is off: the settings have no [%s] %s",
		    device->service, provider->name, provider->on_setting);
		return STATUS_BAD_INPUT;
	}
	return provider->check != NULL
	    ? provider->check(device, retained->settings, fault)
	    : STATUS_OK;
}

/* Our own clear came back. What was registered meanwhile came to the broker before
 * it, and is gone there: it is told again. */
static void
give_back(struct retained *retained, const char *user, const char *topic)
{
	struct document document;

	if (!documents_find(retained->documents, topic, &document))
		return;
	if (lines_allow(retained->lines, user, LOG_LEVEL_INFO))
		log_info("%s was registered anew while it was cleared: it is "
		         "given back to the broker",
		    topic);
	retained_tell(retained, topic, document.payload, document.len);
}

static void
remove_device(struct retained *retained, struct retained_message *reading)
{
	const struct topic *topic = &reading->topic;

	if (clearance_take(&retained->clearing, reading->message->topic)) {
		if (!clearance_has(retained->clearing, reading->message->topic))
			forget_clearing(retained, reading->message->topic);
		give_back(retained, topic->user, reading->message->topic);
		return;
	}
	if (lines_allow(retained->lines, topic->user, LOG_LEVEL_INFO))
		log_info("%s/%s is removed", topic->user, topic->device);
	registry_remove_device(retained->registry, topic->user, topic->device);
	trouble_end_device(retained->trouble, topic->user, topic->device,
	    INT64_MAX);
	keep_copy(retained, reading);
}

/* The same registration is found where it was found before. */
static enum status
recall_reached(struct retained *retained, const char *topic,
    struct device *device)
{
	struct document document;

	if (!documents_find(retained->documents, topic, &document) ||
	    *document.reached_at == '\0')
		return STATUS_OK;
	device->reached_at = strdup(document.reached_at);
	return device->reached_at != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
devices_take(struct retained *retained, struct retained_message *reading)
{
	const struct mqtt_message *message = reading->message;
	const struct topic *topic = &reading->topic;
	struct device device;
	enum status status;

	if (message->len == 0) {
		remove_device(retained, reading);
		return STATUS_OK;
	}
	status = device_parse(message->payload, message->len, &device,
	    &reading->fault);
	if (status != STATUS_OK)
		return status;
	status = check_service(retained, &device, &reading->fault);
	if (status == STATUS_OK)
		status =
		    check_wishes(reading->is_own_copy ? retained->kept_zones
		                                      : retained->zones,
		        &device, &reading->fault);
	if (status == STATUS_OK)
		keep_copy(retained, reading);
	device.registered_ms = reading->since_ms;
	if (status == STATUS_OK)
		status = recall_reached(retained, message->topic, &device);
	if (status == STATUS_OK)
		status = registry_put_device(retained->registry, topic->user,
		    topic->device, &device);
	if (status != STATUS_OK) {
		device_finish(&device);
		return status;
	}
	trouble_end_device(retained->trouble, topic->user, topic->device,
	    reading->since_ms);
	/* Its wishes changed, and with them perhaps what it waits for. */
	retained_hurry(retained, STAGE_QUIET, topic->user, topic->device);
	retained_hurry(retained, STAGE_DELAY, topic->user, topic->device);
	if (!message->is_retained &&
	    lines_allow(retained->lines, topic->user, LOG_LEVEL_INFO))
		log_info("%s/%s is registered", topic->user, topic->device);
	return STATUS_OK;
}

/* Nobody looks any more: what was held for that is pushed at once, on the
 * devices for which it counts. */
static void
push_held(struct retained *retained, const char *user)
{
	const struct person *person = registry_person(retained->registry, user);
	int64_t now_ms = retained->at->monotonic_ms;

	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		const struct preferences *wishes =
		    registry_wishes(person, place);

		if (!place->registered ||
		    registry_is_present(person, place, wishes->presence_scope,
		        now_ms))
			continue;
		retained_hurry(retained, STAGE_PRESENCE, user, place->name);
	}
}

/* When it was said is known if we heard it, or if the broker counts for us.
 * Returns: for how long it still counts; 0 = nobody knows: away. */
static int64_t
rest_of_replay_ms(struct retained *retained, const struct mqtt_message *message,
    int64_t ttl_ms)
{
	int64_t left_ms = (int64_t)message->expiry_s * 1000;
	struct document heard;
	int64_t age_ms = -1;

	/* It names no end of its own: what is left is the broker's count. */
	if (left_ms > 0 && left_ms == ttl_ms)
		return left_ms;
	if (documents_find(retained->documents, message->topic, &heard) &&
	    heard.len == message->len &&
	    memcmp(heard.payload, message->payload, heard.len) == 0)
		age_ms = retained->at->now_ms - heard.since_ms;
	if (age_ms >= 0)
		return age_ms < ttl_ms ? ttl_ms - age_ms : 0;
	return left_ms < ttl_ms ? left_ms : ttl_ms;
}

/* Its age is to survive us. Who names ever more devices keeps as many copies as there
 * may be names at a time. */
static void
keep_presence(struct retained *retained, const struct mqtt_message *message,
    int64_t ttl_ms)
{
	const char *device = strrchr(message->topic, '/') + 1;
	char prefix[TOPIC_MAX];

	documents_remove(retained->documents, message->topic);
	if (ttl_ms == 0 || message->len > PRESENCE_KEPT_MAX)
		return;
	(void)documents_put(retained->documents,
	    &(struct document){
	        .topic = message->topic,
	        .payload = message->payload,
	        .len = message->len,
	        .since_ms = retained->at->now_ms,
	    });
	(void)snprintf(prefix, sizeof(prefix), "%.*s",
	    (int)(device - message->topic), message->topic);
	documents_trim(retained->documents, prefix,
	    limit_names(retained->settings));
}

/* Our copy says when it was heard, and nothing else. What counts for longer than a
 * day is counted by the broker. */
static void
load_presence(struct retained *retained, const struct retained_message *reading)
{
	if (reading->since_ms + PRESENCE_KEPT_MS < retained->at->now_ms)
		documents_remove(retained->documents, reading->message->topic);
}

enum status
devices_take_presence(struct retained *retained,
    struct retained_message *reading)
{
	const struct mqtt_message *message = reading->message;
	int64_t ttl_s = 0;
	int64_t rest_ms;
	enum status status = STATUS_OK;

	if (reading->is_own_copy) {
		load_presence(retained, reading);
		return STATUS_OK;
	}
	status = device_parse_presence(message->payload, message->len,
	    message->expiry_s, &ttl_s, &reading->fault);
	if (status != STATUS_OK)
		return status;
	rest_ms = ttl_s * 1000;
	if (message->is_retained)
		rest_ms = rest_of_replay_ms(retained, message, rest_ms);
	else
		keep_presence(retained, message, rest_ms);
	status = registry_put_presence(retained->registry, reading->topic.user,
	    reading->topic.device,
	    rest_ms > 0 ? retained->at->monotonic_ms + rest_ms : 0,
	    message->is_retained);
	if (status == STATUS_OK && rest_ms == 0)
		push_held(retained, reading->topic.user);
	return status;
}

void
devices_forget(struct retained *retained, const char *user, const char *device)
{
	char topic[TOPIC_MAX];

	retained_topic(retained, user, device, topic);
	registry_remove_device(retained->registry, user, device);
	documents_remove(retained->documents, topic);
	note_clearing(retained, topic);
	retained_tell(retained, topic, "", 0);
}

void
devices_note_reached(struct retained *retained, const char *user,
    const char *device, const char *origin)
{
	char topic[TOPIC_MAX];

	retained_topic(retained, user, device, topic);
	(void)registry_note_reached(retained->registry, user, device, origin);
	documents_note_reached(retained->documents, topic, origin);
}

void
devices_load_clearing(struct retained *retained, const char *kept)
{
	(void)clearance_note(&retained->clearing,
	    kept + strlen(DEVICES_CLEARING));
	clearance_age(retained->clearing);
}

void
devices_settle_clearing(struct retained *retained)
{
	char topic[TOPIC_MAX];

	while (clearance_take_old(&retained->clearing, topic, sizeof(topic))) {
		struct fault ignored = { "" };
		struct topic parsed;

		forget_clearing(retained, topic);
		if (topic_parse(retained->settings->mqtt.root, topic, &parsed,
		        &ignored) != STATUS_OK ||
		    registry_has_heard(retained->registry, parsed.user,
		        parsed.device))
			continue;
		give_back(retained, parsed.user, topic);
		registry_mention(retained->registry, parsed.user,
		    parsed.device);
	}
}
