#include "command/client.h"

#include "base/text.h"
#include "command/command.h"
#include "io/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_WITHIN_MS 10000
#define TURN_MS 60000
#define PUBLISH_TAG 1
#define REQUEST_MAX 1024 /* bytes */

int
client_complain(const struct client *client, const char *what, int result)
{
	(void)fprintf(stderr, "nudge %s: %s\n", client->command, what);
	return result;
}

int
client_open(struct client *client)
{
	const struct settings *settings = client->settings;
	struct fault fault = { "" };
	struct mqtt_options options = {
		.url = settings->mqtt.url,
		.client_id = client->id,
		.username = settings->mqtt.username,
		.ca_file = settings->mqtt.ca_file,
		.cert_file = settings->mqtt.cert_file,
		.key_file = settings->mqtt.key_file,
		.payload_max = client->payload_max,
	};
	uint64_t random[2];

	clock_random(random, sizeof(random));
	(void)snprintf(client->id, sizeof(client->id),
	    "evt_%016" PRIx64 "%08" PRIx64, random[0], random[1] >> 32);
	if (*settings->mqtt.password_file != '\0' &&
	    secret_read(settings->mqtt.password_file, &client->password,
	        &fault) != STATUS_OK)
		return client_complain(client, fault.text, EXIT_SETTINGS);
	secret_cut_line(&client->password);
	options.password = client->password.text;
	if (mqtt_create(&options, &client->mqtt, &fault) != STATUS_OK)
		return client_complain(client, fault.text, EXIT_SETTINGS);
	return CLIENT_GO_ON;
}

void
client_close(struct client *client)
{
	mqtt_destroy(client->mqtt);
	secret_finish(&client->password);
}

int
client_run(struct client *client, const struct configuration_wish *wish,
    int (*work)(void *context))
{
	struct configuration *configuration = &client->configuration;
	int result;

	if (configuration_find(wish, configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	client->command = wish->command;
	client->settings = &configuration->settings;
	result = client_open(client);
	if (result == CLIENT_GO_ON)
		result = work(client->context);
	client_close(client);
	configuration_finish(configuration);
	return result;
}

/* Whether the wait for news of one kind is over. */
static bool
is_over(struct client *client, enum mqtt_news_kind kind,
    const struct mqtt_news *news, bool *is_good)
{
	*is_good = news->kind == kind && !news->is_optional;
	if (news->kind == MQTT_MESSAGE)
		*is_good = client->take(client->context, &news->message) &&
		    kind == MQTT_MESSAGE;
	return *is_good || news->kind == MQTT_LOST ||
	    (news->kind == MQTT_NOT_SUBSCRIBED && !news->is_optional);
}

static bool
wait_for(struct client *client, enum mqtt_news_kind kind, int64_t within_ms,
    struct mqtt_news *news)
{
	int64_t until_ms =
	    within_ms > 0 ? clock_monotonic_ms() + within_ms : INT64_MAX;
	int64_t left_ms;
	bool is_good;

	while ((left_ms = until_ms - clock_monotonic_ms()) > 0) {
		mqtt_wait(client->mqtt,
		    left_ms < TURN_MS ? (int)left_ms : TURN_MS);
		while (mqtt_next(client->mqtt, news)) {
			if (is_over(client, kind, news, &is_good))
				return is_good;
			mqtt_news_finish(news);
		}
	}
	*news = (struct mqtt_news){ .text = "no answer in time" };
	return false;
}

static int
unavailable(const struct client *client, struct mqtt_news *news)
{
	(void)fprintf(stderr, "nudge %s: %s: %s\n", client->command,
	    client->settings->mqtt.url, news->text);
	mqtt_news_finish(news);
	return EXIT_UNAVAILABLE;
}

int
client_connect(struct client *client, const struct mqtt_filter *filters,
    size_t count)
{
	struct mqtt_news news = { .text = "cannot connect" };

	if (mqtt_connect(client->mqtt) != STATUS_OK ||
	    !wait_for(client, MQTT_CONNECTED, ANSWER_WITHIN_MS, &news))
		return unavailable(client, &news);
	mqtt_news_finish(&news);
	if (mqtt_subscribe(client->mqtt, filters, count) != STATUS_OK ||
	    !wait_for(client, MQTT_SUBSCRIBED, ANSWER_WITHIN_MS, &news))
		return unavailable(client, &news);
	mqtt_news_finish(&news);
	return CLIENT_GO_ON;
}

int
client_publish(struct client *client, const char *topic, const char *payload,
    size_t len)
{
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = payload,
		.len = len,
		.qos = 1,
		.tag = PUBLISH_TAG,
	};
	struct mqtt_news news = { .text = "cannot publish" };
	int result = CLIENT_GO_ON;

	if (mqtt_publish(client->mqtt, &outgoing) != STATUS_OK ||
	    !wait_for(client, MQTT_SETTLED, ANSWER_WITHIN_MS, &news))
		return unavailable(client, &news);
	if (news.reason != 0)
		result = client_complain(client, news.text, EXIT_UNAVAILABLE);
	mqtt_news_finish(&news);
	return result;
}

int
client_wait(struct client *client, int64_t within_ms)
{
	struct mqtt_news news = { .text = "" };
	int result = CLIENT_GO_ON;

	if (!wait_for(client, MQTT_MESSAGE, within_ms, &news)) {
		if (news.letter != NULL)
			return unavailable(client, &news);
		result = EXIT_FAILED;
	}
	mqtt_news_finish(&news);
	return result;
}

static void
bridge_topic(const struct client *client, const char *way, const char *verb,
    char topic[CLIENT_TOPIC_MAX])
{
	const struct settings *settings = client->settings;

	(void)snprintf(topic, CLIENT_TOPIC_MAX, "%s/bridge/%s/%s/%s",
	    settings->mqtt.root, settings->mqtt.client_id, way, verb);
}

int
client_meet_bridge(struct client *client, const char *verb)
{
	char response[CLIENT_TOPIC_MAX];
	const struct mqtt_filter filter = { response, 1 };

	bridge_topic(client, "response", verb, response);
	return client_connect(client, &filter, 1);
}

int
client_ask_bridge(struct client *client, const char *verb,
    const struct buf *members)
{
	char request[CLIENT_TOPIC_MAX];
	struct buf json;
	int result;

	bridge_topic(client, "request", verb, request);
	buf_init(&json, REQUEST_MAX);
	buf_addf(&json, "{\"transaction\":\"%s\"%s}", client->id,
	    buf_text(members));
	result = client_publish(client, request, buf_text(&json), json.len);
	buf_finish(&json);
	if (result == CLIENT_GO_ON)
		result = client_wait(client, ANSWER_WITHIN_MS);
	if (result == EXIT_FAILED)
		return client_complain(client,
		    "the bridge does not answer: is it running?",
		    EXIT_UNAVAILABLE);
	return result;
}

bool
client_is_answer(const struct client *client,
    const struct mqtt_message *message, struct cJSON **root,
    struct json_object *answer)
{
	struct fault ignored = { "" };
	const char *transaction;

	if (json_parse(message->payload, message->len, &ignored, root,
	        answer) != STATUS_OK)
		return false;
	transaction = json_line(answer, "transaction", TEXT_ID_MAX);
	if (transaction != NULL && strcmp(transaction, client->id) == 0)
		return true;
	json_free(*root);
	return false;
}
