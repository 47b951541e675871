#include "arrive/synchronisation.h"

#include "base/buf.h"
#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TOPIC_MAX SYNCHRONISATION_TOPIC_MAX

void
synchronisation_topic(const struct settings *settings, const char *leaf,
    char topic[TOPIC_MAX])
{
	(void)snprintf(topic, TOPIC_MAX, "%s/bridge/%s/%s", settings->mqtt.root,
	    settings->mqtt.client_id, leaf);
}

/* One user's topics. Retained state comes with QoS 0: it is told again on each
 * connection, and so overtakes the events that wait in our session. */
static enum status
subscribe_user(const struct synchronisation *synchronisation, const char *user)
{
	static const struct {
		const char *leaf;
		int qos;
	} leaves[] = {
		{ "event", 1 },
		{ "ack", 1 },
		{ "prefs/set", 1 },
		{ "prefs", 0 },
		{ "device/#", 0 },
		{ "presence/#", 0 },
		{ "agent/#", 0 },
	};
	struct mqtt_filter filters[COUNT_OF(leaves)];
	char texts[COUNT_OF(leaves)][TOPIC_MAX];

	for (size_t i = 0; i < COUNT_OF(leaves); i++) {
		(void)snprintf(texts[i], TOPIC_MAX, "%s/%s/%s",
		    synchronisation->settings->mqtt.root, user, leaves[i].leaf);
		filters[i] = (struct mqtt_filter){ texts[i], leaves[i].qos };
	}
	return mqtt_subscribe(synchronisation->mqtt, filters, COUNT_OF(leaves));
}

static enum status
subscribe(const struct synchronisation *synchronisation)
{
	const struct settings *settings = synchronisation->settings;
	const char *users = settings->mqtt.users;
	char user[TEXT_ID_MAX + 1];
	char marker[TOPIC_MAX];
	char requests[TOPIC_MAX];
	char witness[TOPIC_MAX];
	const struct mqtt_filter filters[] = {
		{ requests, 1 },
		{ witness, 0 },
		{ marker, 0 },
	};
	enum status status = STATUS_OK;

	while (status == STATUS_OK && topic_next_user(&users, user))
		status = subscribe_user(synchronisation, user);
	synchronisation_topic(settings, "request/+", requests);
	synchronisation_topic(settings, "marker", marker);
	synchronisation_topic(settings, "witness", witness);
	if (status == STATUS_OK)
		status = mqtt_subscribe(synchronisation->mqtt, filters,
		    COUNT_OF(filters));
	return status;
}

static void
send_marker(struct synchronisation *synchronisation)
{
	char topic[TOPIC_MAX];
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = synchronisation->nonce,
		.len = sizeof(synchronisation->nonce) - 1,
	};
	uint64_t random[2];

	synchronisation_topic(synchronisation->settings, "marker", topic);
	clock_random(random, sizeof(random));
	(void)snprintf(synchronisation->nonce, sizeof(synchronisation->nonce),
	    "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
	(void)mqtt_publish(synchronisation->mqtt, &outgoing);
}

enum status
synchronisation_begin(struct synchronisation *synchronisation, bool is_checking)
{
	enum status status;

	synchronisation->is_checking = is_checking;
	synchronisation->has_marker = false;
	synchronisation->has_witness = false;
	synchronisation->heard_ms = 0;
	(void)mqtt_skipped(synchronisation->mqtt);
	synchronisation->has_skipped = false;
	synchronisation->has_copy =
	    registry_device_count(synchronisation->retained->registry) > 0;
	retained_begin_round(synchronisation->retained);
	status = subscribe(synchronisation);
	if (status == STATUS_OK)
		send_marker(synchronisation);
	return status;
}

void
synchronisation_note(struct synchronisation *synchronisation)
{
	synchronisation->heard_ms = synchronisation->at->monotonic_ms;
}

/* An older marker may still be on its way. */
bool
synchronisation_take_marker(struct synchronisation *synchronisation,
    const struct mqtt_message *message)
{
	const char *nonce = synchronisation->nonce;

	if (synchronisation->has_marker || message->len != strlen(nonce) ||
	    memcmp(message->payload, nonce, message->len) != 0)
		return false;
	synchronisation->has_marker = true;
	synchronisation->marker_ms = synchronisation->at->monotonic_ms;
	return true;
}

bool
synchronisation_is_clear(const struct synchronisation *synchronisation,
    bool is_known)
{
	return is_known && !synchronisation->is_checking &&
	    synchronisation->has_copy && synchronisation->has_witness &&
	    !retained_lacks(synchronisation->retained);
}

static int64_t
quiet_ms(const struct synchronisation *synchronisation)
{
	int64_t last_ms = synchronisation->heard_ms;

	if (last_ms < synchronisation->marker_ms)
		last_ms = synchronisation->marker_ms;
	return last_ms + SYNCHRONISATION_QUIET_MS;
}

int64_t
synchronisation_due_ms(const struct synchronisation *synchronisation)
{
	int64_t end_ms = synchronisation->marker_ms + SYNCHRONISATION_LIMIT_MS;
	int64_t due_ms = quiet_ms(synchronisation);

	return due_ms < end_ms ? due_ms : end_ms;
}

bool
synchronisation_is_whole(struct synchronisation *synchronisation,
    int64_t now_ms)
{
	if (mqtt_skipped(synchronisation->mqtt)) {
		synchronisation->has_skipped = true;
		log_warn("more messages came than could be read: what "
		         "was not heard stays as it is known");
	}
	return !synchronisation->has_skipped &&
	    now_ms >= quiet_ms(synchronisation);
}
