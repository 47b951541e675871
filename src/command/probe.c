#include "command/probe.h"

#include "io/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_FAILURE 0x80
#define PROBE_TAG 1

bool
probe_open(struct probe *probe, const struct settings *settings,
    const struct probe_login *login)
{
	const struct mqtt_options options = {
		.url = login->url != NULL ? login->url : settings->mqtt.url,
		.client_id = probe->id,
		.username = login->username,
		.password = login->password,
		.ca_file = settings->mqtt.ca_file,
		.cert_file = settings->mqtt.cert_file,
		.key_file = settings->mqtt.key_file,
		.trusts_anybody = login->url != NULL,
		.asks_no_why = login->url != NULL,
	};
	struct fault fault = { "" };
	uint64_t random[2];

	clock_random(random, sizeof(random));
	(void)snprintf(probe->id, sizeof(probe->id),
	    "doctor_%016" PRIx64 "%08" PRIx64, random[0], random[1] >> 32);
	if (mqtt_create(&options, &probe->mqtt, &fault) == STATUS_OK)
		return true;
	(void)snprintf(probe->text, sizeof(probe->text), "%.*s",
	    PROBE_TEXT_MAX - 1, fault.text);
	return false;
}

void
probe_close(struct probe *probe)
{
	mqtt_destroy(probe->mqtt);
	probe->mqtt = NULL;
}

/* Take one piece of news in.
 * Returns: whether the wait for that kind is over. */
static bool
take_news(struct probe *probe, enum mqtt_news_kind kind, struct mqtt_news *news)
{
	if (news->is_optional)
		return false;
	if (news->kind == MQTT_MESSAGE && probe->take != NULL)
		probe->take(probe->context, &news->message);
	probe->came = news->kind;
	probe->reason = news->reason;
	if (news->kind == MQTT_CONNECTED)
		probe->limits = news->limits;
	(void)snprintf(probe->text, sizeof(probe->text), "%.*s",
	    PROBE_TEXT_MAX - 1, news->text);
	return news->kind == kind || news->kind == MQTT_LOST ||
	    news->kind == MQTT_NOT_SUBSCRIBED;
}

bool
probe_wait(struct probe *probe, enum mqtt_news_kind kind, int within_ms)
{
	int64_t until_ms = clock_monotonic_ms() + within_ms;
	bool is_over = false;
	int64_t left_ms;
	struct mqtt_news news;

	while (!is_over && (left_ms = until_ms - clock_monotonic_ms()) > 0) {
		mqtt_wait(probe->mqtt, (int)left_ms);
		while (!is_over && mqtt_next(probe->mqtt, &news)) {
			is_over = take_news(probe, kind, &news);
			mqtt_news_finish(&news);
		}
	}
	if (!is_over) {
		probe->reason = 0;
		(void)snprintf(probe->text, sizeof(probe->text),
		    "no answer in time");
	}
	return is_over && probe->came == kind && probe->reason < FIRST_FAILURE;
}

bool
probe_wait_until(struct probe *probe, const bool *is_there, int within_ms)
{
	int64_t until_ms = clock_monotonic_ms() + within_ms;

	while (!*is_there && clock_monotonic_ms() < until_ms &&
	    probe_wait(probe, MQTT_MESSAGE, within_ms))
		continue;
	return *is_there;
}

bool
probe_enter(struct probe *probe, int within_ms)
{
	return mqtt_connect(probe->mqtt) == STATUS_OK &&
	    probe_wait(probe, MQTT_CONNECTED, within_ms);
}

bool
probe_subscribe(struct probe *probe, const struct mqtt_filter *filters,
    size_t count)
{
	return mqtt_subscribe(probe->mqtt, filters, count) == STATUS_OK &&
	    probe_wait(probe, MQTT_SUBSCRIBED, PROBE_WITHIN_MS);
}

bool
probe_publish(struct probe *probe, const char *topic, const char *payload)
{
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.qos = 1,
		.tag = PROBE_TAG,
	};

	return mqtt_publish(probe->mqtt, &outgoing) == STATUS_OK &&
	    probe_wait(probe, MQTT_SETTLED, PROBE_WITHIN_MS);
}
