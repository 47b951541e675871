/* examine_broker.c - the broker as the bridge would find it. */
#include "command/examine.h"
#include "core/json.h"
#include "core/topic.h"
#include "io/clock.h"
#include "io/mqtt.h"
#include "io/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_WITHIN_MS 10000
#define SETTLE_MS 500  /* for retained messages after our own came back */
#define TOPIC_MAX 640  /* bytes; three names and a word */
#define ADVICE_MAX 320 /* bytes */
#define WORD_MAX 160   /* bytes */
#define BAD_LOGIN 0x86 /* MQTT 5.0 3.2.2.2 */
#define NOT_AUTHORIZED 0x87
#define FIRST_FAILURE 0x80
#define PROBE_TAG 1
#define DROPPED_TOPIC "$SYS/broker/publish/messages/dropped"

/* One connection, and what came over it. */
struct visit {
	struct examination *examination;
	struct mqtt *mqtt;
	char id[40];         /* of this client, and what it echoes */
	char own[TOPIC_MAX]; /* root/bridge/id/ */
	char user_root[TOPIC_MAX];
	char state[16]; /* of the bridge; "" = not retained */
	bool has_witness;
	bool has_info;
	bool has_echo;
	int64_t dropped;
	enum mqtt_news_kind came; /* last */
	int reason;               /* of the last failure */
	char text[WORD_MAX];      /* the same in words */
};

static bool
open_visit(struct visit *visit, const char *username, const char *password)
{
	const struct settings *settings = visit->examination->settings;
	const struct mqtt_options options = {
		.url = settings->mqtt.url,
		.client_id = visit->id,
		.username = username,
		.password = password,
		.ca_file = settings->mqtt.ca_file,
		.cert_file = settings->mqtt.cert_file,
		.key_file = settings->mqtt.key_file,
	};
	struct fault fault = { "" };
	uint64_t random[2];

	clock_random(random, sizeof(random));
	(void)snprintf(visit->id, sizeof(visit->id),
	    "doctor_%016" PRIx64 "%08" PRIx64, random[0], random[1] >> 32);
	(void)snprintf(visit->own, sizeof(visit->own), "%s/bridge/%s/",
	    settings->mqtt.root, settings->mqtt.client_id);
	visit->dropped = -1;
	if (mqtt_create(&options, &visit->mqtt, &fault) != STATUS_OK) {
		(void)snprintf(visit->text, sizeof(visit->text), "%s",
		    fault.text);
		return false;
	}
	return true;
}

static void
copy_payload(const struct mqtt_message *message, char *text, size_t size)
{
	size_t len = message->len < size ? message->len : size - 1;

	memcpy(text, message->payload, len);
	text[len] = '\0';
}

static void
show_warning(struct visit *visit, const struct json_object *warning)
{
	const char *service = json_line(warning, "service", WORD_MAX);
	const char *device = json_line(warning, "device", WORD_MAX);
	const char *reason = json_line(warning, "reason", WORD_MAX);
	const char *advice = json_line(warning, "advice", ADVICE_MAX);
	int64_t at_ms = json_integer(warning, "ts", 0, INT64_MAX / 2, 0);
	time_t at_s = (time_t)(at_ms / 1000);
	struct tm tm;
	char when[32] = "";

	if (gmtime_r(&at_s, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%FT%TZ", &tm);
	examine_say(visit->examination, GRADE_WARN,
	    service != NULL ? service : "bridge", "%s%s%s%s: %s%s%s", when,
	    device != NULL ? ", " : "", device != NULL ? device : "",
	    json_bool(warning, "gone", false) ? " was removed" : "",
	    reason != NULL ? reason : "", advice != NULL ? ": " : "",
	    advice != NULL ? advice : "");
}

/* What the running bridge has to say. */
static void
take_info(struct visit *visit, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct json_object info;
	struct json_object warning;
	struct json_list warnings;
	struct cJSON *root;

	if (visit->has_info ||
	    json_parse(message->payload, message->len, &ignored, &root,
	        &info) != STATUS_OK)
		return;
	visit->has_info = true;
	warnings = json_list(&info, "warnings");
	while (json_next(&warnings, &warning))
		show_warning(visit, &warning);
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
take(struct visit *visit, const struct mqtt_message *message)
{
	size_t own_len = strlen(visit->own);
	char text[WORD_MAX];

	copy_payload(message, text, sizeof(text));
	if (strcmp(message->topic, DROPPED_TOPIC) == 0)
		visit->dropped = strtoll(text, NULL, 10);
	else if (strncmp(message->topic, visit->own, own_len) != 0)
		take_registration(visit, message);
	else if (strcmp(message->topic + own_len, "state") == 0)
		(void)snprintf(visit->state, sizeof(visit->state), "%.15s",
		    text);
	else if (strcmp(message->topic + own_len, "witness") == 0)
		visit->has_witness = true;
	else if (strcmp(message->topic + own_len, "info") == 0)
		take_info(visit, message);
	else if (strcmp(text, visit->id) == 0)
		visit->has_echo = true;
}

/* Take one piece of news in.
 * Returns: whether the wait for that kind is over. */
static bool
take_news(struct visit *visit, enum mqtt_news_kind kind, struct mqtt_news *news)
{
	if (news->kind == MQTT_MESSAGE)
		take(visit, &news->message);
	visit->came = news->kind;
	visit->reason = news->reason;
	(void)snprintf(visit->text, sizeof(visit->text), "%s", news->text);
	return news->kind == kind || news->kind == MQTT_LOST ||
	    news->kind == MQTT_NOT_SUBSCRIBED;
}

/* Until news of that kind comes, the connection is lost, or for so long; what
 * else comes is taken in.
 * Returns: whether it came, and was good. */
static bool
wait_for(struct visit *visit, enum mqtt_news_kind kind, int within_ms)
{
	int64_t until_ms = clock_monotonic_ms() + within_ms;
	bool is_over = false;
	int64_t left_ms;
	struct mqtt_news news;

	while (!is_over && (left_ms = until_ms - clock_monotonic_ms()) > 0) {
		mqtt_wait(visit->mqtt, (int)left_ms);
		while (!is_over && mqtt_next(visit->mqtt, &news)) {
			is_over = take_news(visit, kind, &news);
			mqtt_news_finish(&news);
		}
	}
	if (!is_over) {
		visit->reason = 0;
		(void)snprintf(visit->text, sizeof(visit->text),
		    "no answer in time");
	}
	return is_over && visit->came == kind && visit->reason < FIRST_FAILURE;
}

/* What we publish below our own topic returns. */
static bool
wait_for_echo(struct visit *visit)
{
	int64_t until_ms = clock_monotonic_ms() + ANSWER_WITHIN_MS;

	while (!visit->has_echo && clock_monotonic_ms() < until_ms &&
	    wait_for(visit, MQTT_MESSAGE, ANSWER_WITHIN_MS))
		continue;
	return visit->has_echo;
}

static bool
enter(struct visit *visit)
{
	return mqtt_connect(visit->mqtt) == STATUS_OK &&
	    wait_for(visit, MQTT_CONNECTED, ANSWER_WITHIN_MS);
}

static bool
publish(struct visit *visit, const char *topic, const char *payload)
{
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.qos = 1,
		.tag = PROBE_TAG,
	};

	return mqtt_publish(visit->mqtt, &outgoing) == STATUS_OK &&
	    wait_for(visit, MQTT_SETTLED, ANSWER_WITHIN_MS);
}

static bool
subscribe(struct visit *visit)
{
	const char *root = visit->examination->settings->mqtt.root;
	char events[TOPIC_MAX];
	char devices[TOPIC_MAX];
	char own[2 * TOPIC_MAX];
	const struct mqtt_filter filters[] = {
		{ events, 1 },
		{ devices, 0 },
		{ own, 0 },
		{ DROPPED_TOPIC, 0 },
	};

	(void)snprintf(events, sizeof(events), "%s/+/event", root);
	(void)snprintf(devices, sizeof(devices), "%s/+/device/+", root);
	(void)snprintf(own, sizeof(own), "%s#", visit->own);
	return mqtt_subscribe(visit->mqtt, filters, COUNT_OF(filters)) ==
	    STATUS_OK &&
	    wait_for(visit, MQTT_SUBSCRIBED, ANSWER_WITHIN_MS);
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
	    examination->settings->mqtt.root, visit->id);
	if (!subscribe(visit))
		examine_say(examination, GRADE_FAIL, "acl",
		    "our subscriptions: %s", visit->text);
	else if (!publish(visit, echo, visit->id))
		examine_say(examination, GRADE_FAIL, "acl",
		    "publishing below %s: %s", visit->own, visit->text);
	else if (!wait_for_echo(visit))
		examine_say(examination, GRADE_FAIL, "acl",
		    "what is published below %s does not come back: let this "
		    "login read it",
		    visit->own);
	else if (!publish(visit, receipt, "{}"))
		examine_say(examination, GRADE_FAIL, "acl",
		    "publishing receipts: %s", visit->text);
	else
		examine_say(examination, GRADE_OK, "acl",
		    "we may subscribe and publish");
	(void)wait_for(visit, MQTT_LOST, SETTLE_MS);
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
	if (is_online && !visit->has_witness)
		examine_say(examination, GRADE_FAIL, "persistence",
		    "the broker has lost what was retained: set persistence "
		    "true in mosquitto.conf");
	else if (visit->dropped > 0)
		examine_say(examination, GRADE_WARN, "persistence",
		    "the broker has dropped %" PRId64 " messages: set "
		    "max_queued_messages 1000000 in mosquitto.conf",
		    visit->dropped);
	else if (visit->has_witness)
		examine_say(examination, GRADE_OK, "persistence",
		    "the broker keeps what is retained");
}

static void
examine_anonymous(struct examination *examination)
{
	struct visit visit = { .examination = examination };

	if (open_visit(&visit, "", NULL) && enter(&visit))
		examine_say(examination, GRADE_WARN, "anonymous",
		    "the broker lets anybody in, without a password: set "
		    "allow_anonymous false in mosquitto.conf");
	else
		examine_say(examination, GRADE_OK, "anonymous",
		    "the broker lets in only whom it knows");
	mqtt_destroy(visit.mqtt);
}

static bool
examine_login(struct visit *visit)
{
	struct examination *examination = visit->examination;
	const struct settings *settings = examination->settings;
	bool is_refused;

	if (enter(visit)) {
		examine_say(examination, GRADE_OK, "broker", "%s answers",
		    settings->mqtt.url);
		examine_say(examination, GRADE_OK, "login", "%s%s",
		    *settings->mqtt.username != '\0' ? "as " : "without a name",
		    settings->mqtt.username);
		return true;
	}
	is_refused =
	    visit->reason == BAD_LOGIN || visit->reason == NOT_AUTHORIZED;
	if (is_refused)
		examine_say(examination, GRADE_OK, "broker", "%s answers",
		    settings->mqtt.url);
	examine_say(examination, GRADE_FAIL, is_refused ? "login" : "broker",
	    "%s: %s", settings->mqtt.url, visit->text);
	return false;
}

void
examine_broker(struct examination *examination)
{
	const struct settings *settings = examination->settings;
	struct visit visit = { .examination = examination };
	struct secret password = { .text = NULL };
	struct fault fault = { "" };

	if (*settings->mqtt.password_file != '\0' &&
	    secret_read(settings->mqtt.password_file, &password, &fault) !=
	        STATUS_OK) {
		examine_say(examination, GRADE_FAIL, "login", "%s", fault.text);
		return;
	}
	secret_cut_line(&password);
	if (!open_visit(&visit, settings->mqtt.username, password.text)) {
		examine_say(examination, GRADE_FAIL, "broker", "%s",
		    visit.text);
	} else if (examine_login(&visit)) {
		examine_access(&visit);
		examine_bridge(&visit);
		examine_anonymous(examination);
	}
	if (*settings->mqtt.share != '\0')
		examine_say(examination, GRADE_WARN, "share",
		    "mosquitto keeps what a dead member of the group did not "
		    "acknowledge from the others: use users instead");
	mqtt_destroy(visit.mqtt);
	secret_finish(&password);
}
