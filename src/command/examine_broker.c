/* examine_broker.c - the broker as the bridge would find it. */
#include "command/bridges.h"
#include "command/examine.h"
#include "command/probe.h"
#include "core/json.h"
#include "core/topic.h"
#include "io/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 500 /* for retained messages after our own came back */
#define TOPIC_MAX 640 /* bytes; three names and a word */
#define WORD_MAX 160  /* bytes */
#define DROPPED_TOPIC "$SYS/broker/publish/messages/dropped"

/* One connection, and what came over it. */
struct visit {
	struct examination *examination;
	struct probe probe;
	struct bridges bridges;
	char own[TOPIC_MAX]; /* root/bridge/id/ */
	char state[16];      /* of the bridge; "" = not retained */
	bool has_witness;
	bool has_info;
	bool has_health;
	bool has_echo;
	int64_t failing_devices; /* as the bridge counts them */
	size_t named_warnings;   /* as their people are told */
	int64_t dropped;
};

static void
copy_payload(const struct mqtt_message *message, char *text, size_t size)
{
	size_t len = message->len < size ? message->len : size - 1;

	memcpy(text, message->payload, len);
	text[len] = '\0';
}

/* What the running bridge has to say. Of devices it names none there. */
static void
take_info(struct visit *visit, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct json_object info;
	struct cJSON *root;

	if (visit->has_info ||
	    json_parse(message->payload, message->len, &ignored, &root,
	        &info) != STATUS_OK)
		return;
	visit->has_info = true;
	visit->failing_devices =
	    json_integer(&info, "failing_devices", 0, INT32_MAX, 0);
	(void)examine_warnings(visit->examination, NULL, &info);
	json_free(root);
}

/* Each person is told of their own.
 * Returns: whether it was that. */
static bool
take_summary(struct visit *visit, const struct mqtt_message *message)
{
	const char *below = visit->examination->settings->mqtt.root;
	size_t below_len = strlen(below);
	const char *name = message->topic + below_len + 1;
	struct fault ignored = { "" };
	struct json_object summary;
	struct cJSON *root;
	char user[TEXT_ID_MAX + 1];

	if (strncmp(message->topic, below, below_len) != 0 ||
	    message->topic[below_len] != '/' ||
	    strcmp(name + strcspn(name, "/"), "/state") != 0)
		return false;
	(void)snprintf(user, sizeof(user), "%.*s", (int)strcspn(name, "/"),
	    name);
	if (json_parse(message->payload, message->len, &ignored, &root,
	        &summary) != STATUS_OK)
		return true;
	visit->named_warnings +=
	    examine_warnings(visit->examination, user, &summary);
	json_free(root);
	return true;
}

/* The same, in numbers; they are judged in examine_health.c. */
static void
take_health(struct visit *visit, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct json_object health;
	struct cJSON *root;

	if (visit->has_health ||
	    json_parse(message->payload, message->len, &ignored, &root,
	        &health) != STATUS_OK)
		return;
	visit->has_health = true;
	examine_health(visit->examination, &health);
	json_free(root);
}

static void
take_registration(struct visit *visit, const struct mqtt_message *message)
{
	struct examination *examination = visit->examination;
	struct fault fault = { "" };
	struct topic topic;
	struct patient *patient;

	if (message->len == 0 ||
	    examination->patient_count == EXAMINE_DEVICES_MAX ||
	    topic_parse(examination->settings->mqtt.root, message->topic,
	        &topic, &fault) != STATUS_OK ||
	    topic.kind != TOPIC_DEVICE)
		return;
	if (examination->patients == NULL)
		examination->patients =
		    calloc(EXAMINE_DEVICES_MAX, sizeof(*examination->patients));
	if (examination->patients == NULL)
		return;
	patient = &examination->patients[examination->patient_count];
	(void)snprintf(patient->name, sizeof(patient->name), "%s/%s",
	    topic.user, topic.device);
	if (device_parse(message->payload, message->len, &patient->device,
	        &fault) == STATUS_OK)
		examination->patient_count++;
	else
		examine_say(examination, GRADE_WARN, "device", "%s: %s",
		    patient->name, fault.text);
}

static void
take(void *context, const struct mqtt_message *message)
{
	struct visit *visit = context;
	size_t own_len = strlen(visit->own);
	char text[WORD_MAX];

	copy_payload(message, text, sizeof(text));
	(void)bridges_take(&visit->bridges,
	    visit->examination->settings->mqtt.root, message);
	if (strcmp(message->topic, DROPPED_TOPIC) == 0)
		visit->dropped = strtoll(text, NULL, 10);
	else if (take_summary(visit, message))
		return;
	else if (strncmp(message->topic, visit->own, own_len) != 0)
		take_registration(visit, message);
	else if (strcmp(message->topic + own_len, "state") == 0)
		(void)snprintf(visit->state, sizeof(visit->state), "%.15s",
		    text);
	else if (strcmp(message->topic + own_len, "witness") == 0)
		visit->has_witness = true;
	else if (strcmp(message->topic + own_len, "info") == 0)
		take_info(visit, message);
	else if (strcmp(message->topic + own_len, "health") == 0)
		take_health(visit, message);
	else if (strcmp(text, visit->probe.id) == 0)
		visit->has_echo = true;
}

static bool
subscribe(struct visit *visit)
{
	const char *root = visit->examination->settings->mqtt.root;
	char events[TOPIC_MAX];
	char devices[TOPIC_MAX];
	char own[2 * TOPIC_MAX];
	char states[TOPIC_MAX];
	char infos[TOPIC_MAX];
	char users[TOPIC_MAX];
	char summaries[TOPIC_MAX];
	const struct mqtt_filter filters[] = {
		{ events, 1 },
		{ devices, 0 },
		{ own, 0 },
	};

	(void)snprintf(events, sizeof(events), "%s/+/event", root);
	(void)snprintf(devices, sizeof(devices), "%s/+/device/+", root);
	(void)snprintf(own, sizeof(own), "%s#", visit->own);
	(void)snprintf(states, sizeof(states), "%s/" BRIDGES_STATE, root);
	(void)snprintf(infos, sizeof(infos), "%s/" BRIDGES_INFO, root);
	(void)snprintf(users, sizeof(users), "%s/" BRIDGES_USERS, root);
	(void)snprintf(summaries, sizeof(summaries), "%s/+/state", root);
	/* Of other bridges, and of people, a login may hear nothing. */
	(void)mqtt_try_subscribe(visit->probe.mqtt, summaries);
	(void)mqtt_try_subscribe(visit->probe.mqtt, states);
	(void)mqtt_try_subscribe(visit->probe.mqtt, infos);
	(void)mqtt_try_subscribe(visit->probe.mqtt, users);
	/* Many a broker keeps it for itself. */
	(void)mqtt_try_subscribe(visit->probe.mqtt, DROPPED_TOPIC);
	return probe_subscribe(&visit->probe, filters, COUNT_OF(filters));
}

/* A message of our own comes back; a receipt, to a user who does not exist, is
 * taken. */
static void
examine_access(struct visit *visit)
{
	struct examination *examination = visit->examination;
	char echo[2 * TOPIC_MAX];
	char receipt[TOPIC_MAX];

	(void)snprintf(echo, sizeof(echo), "%sdoctor", visit->own);
	(void)snprintf(receipt, sizeof(receipt), "%s/%s/receipt",
	    examination->settings->mqtt.root, visit->probe.id);
	if (!subscribe(visit))
		examine_say(examination, GRADE_FAIL, "acl",
		    "our subscriptions: %s", visit->probe.text);
	else if (!probe_publish(&visit->probe, echo, visit->probe.id))
		examine_say(examination, GRADE_FAIL, "acl",
		    "publishing below %s: %s", visit->own, visit->probe.text);
	else if (!probe_wait_until(&visit->probe, &visit->has_echo,
	             PROBE_WITHIN_MS))
		examine_say(examination, GRADE_FAIL, "acl",
		    "what is published below %s does not come back: let this "
		    "login read it",
		    visit->own);
	else if (!probe_publish(&visit->probe, receipt, "{}"))
		examine_say(examination, GRADE_FAIL, "acl",
		    "publishing receipts: %s", visit->probe.text);
	else
		examine_say(examination, GRADE_OK, "acl",
		    "we may subscribe and publish");
	(void)probe_wait(&visit->probe, MQTT_LOST, SETTLE_MS);
}

static void
examine_bridge(struct visit *visit)
{
	struct examination *examination = visit->examination;
	bool is_online = strcmp(visit->state, "online") == 0;

	if (is_online)
		examine_say(examination, GRADE_OK, "bridge",
		    "it is running and connected");
	else
		examine_say(examination, GRADE_WARN, "bridge",
		    "it is not running, or not connected");
	if (visit->failing_devices > 0 && visit->named_warnings == 0)
		examine_say(examination, GRADE_WARN, "device",
		    "%" PRId64 " fail, and this login may not read which: let "
		    "it read %s/+/state",
		    visit->failing_devices, examination->settings->mqtt.root);
	if (is_online && !visit->has_witness)
		examine_say(examination, GRADE_FAIL, "persistence",
		    "the broker has lost what was retained: set persistence "
		    "true in mosquitto.conf");
	else if (visit->dropped > 0)
		examine_say(examination, GRADE_WARN, "persistence",
		    "the broker has dropped %" PRId64 " messages: set "
		    "max_queued_messages 300000 in mosquitto.conf",
		    visit->dropped);
	else if (visit->has_witness)
		examine_say(examination, GRADE_OK, "persistence",
		    "the broker keeps what is retained");
}

static void
examine_user(struct visit *visit, const char *user)
{
	const struct bridges *bridges = &visit->bridges;
	const struct bridges_one *first = bridges_serving(bridges, user, 0);
	const struct bridges_one *second = bridges_serving(bridges, user, 1);

	if (second != NULL)
		examine_say(visit->examination, GRADE_FAIL, "users",
		    "%s is served by %s and by %s, and both push: divide "
		    "people with [mqtt] users",
		    user, first->id, second->id);
	else if (first == NULL && bridges_say_users(bridges))
		examine_say(visit->examination, GRADE_FAIL, "users",
		    "%s has a device, and no bridge that is online serves "
		    "them: see [mqtt] users of each",
		    user);
}

/* Each person with a device, once: those of one stand together. */
static void
examine_users(struct visit *visit)
{
	const struct examination *examination = visit->examination;
	char last[TEXT_ID_MAX + 1] = "";

	for (size_t i = 0; i < examination->patient_count &&
	     bridges_are_online(&visit->bridges);
	     i++) {
		const char *name = examination->patients[i].name;
		int len = (int)strcspn(name, "/");
		char user[TEXT_ID_MAX + 1];

		(void)snprintf(user, sizeof(user), "%.*s", len, name);
		if (strcmp(user, last) != 0)
			examine_user(visit, user);
		memcpy(last, user, sizeof(last));
	}
}

static bool
examine_login(struct visit *visit)
{
	struct examination *examination = visit->examination;
	const struct settings *settings = examination->settings;
	const char *objection;
	bool is_refused;

	if (probe_enter(&visit->probe, PROBE_WITHIN_MS)) {
		examine_say(examination, GRADE_OK, "broker", "%s answers",
		    settings->mqtt.url);
		examine_say(examination, GRADE_OK, "login", "%s%s",
		    *settings->mqtt.username != '\0' ? "as " : "without a name",
		    settings->mqtt.username);
		objection = mqtt_objection(&visit->probe.limits);
		if (objection != NULL)
			examine_say(examination, GRADE_FAIL, "broker", "%s",
			    objection);
		return true;
	}
	is_refused = visit->probe.reason == PROBE_BAD_LOGIN ||
	    visit->probe.reason == PROBE_NOT_AUTHORIZED;
	if (is_refused)
		examine_say(examination, GRADE_OK, "broker", "%s answers",
		    settings->mqtt.url);
	examine_say(examination, GRADE_FAIL, is_refused ? "login" : "broker",
	    "%s: %s", settings->mqtt.url, visit->probe.text);
	return false;
}

void
examine_broker(struct examination *examination)
{
	const struct settings *settings = examination->settings;
	struct visit visit = {
		.examination = examination,
		.probe = { .take = take, .context = &visit },
		.dropped = -1,
	};
	struct secret password = { .text = NULL };
	struct fault fault = { "" };

	if (*settings->mqtt.password_file != '\0' &&
	    secret_read(settings->mqtt.password_file, &password, &fault) !=
	        STATUS_OK) {
		examine_say(examination, GRADE_FAIL, "login", "%s", fault.text);
		return;
	}
	secret_cut_line(&password);
	(void)snprintf(visit.own, sizeof(visit.own), "%s/bridge/%s/",
	    settings->mqtt.root, settings->mqtt.client_id);
	if (!probe_open(&visit.probe, settings,
	        &(struct probe_login){
	            .username = settings->mqtt.username,
	            .password = password.text,
	        })) {
		examine_say(examination, GRADE_FAIL, "broker", "%s",
		    visit.probe.text);
	} else if (examine_login(&visit)) {
		examine_access(&visit);
		examine_bridge(&visit);
		examine_users(&visit);
		examine_homeassistant(examination, &visit.probe);
		examine_anonymous(examination, password.text);
		examine_bounds(examination, password.text);
	}
	probe_close(&visit.probe);
	secret_finish(&password);
}
