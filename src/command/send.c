/* send.c - publish one event, and show what becomes of it. */
#include "base/buf.h"
#include "base/text.h"
#include "command/command.h"
#include "command/configuration.h"
#include "core/event.h"
#include "core/json.h"
#include "io/clock.h"
#include "io/mqtt.h"
#include "io/secret.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_WITHIN_MS 10000
#define SETTLE_WITHIN_MS 60000
#define TOPIC_MAX 512
#define PUBLISH_TAG 1

struct send_options {
	const char *file;
	const char *user;
	const char *kind;
	const char *session;
	const char *text;
	bool must_wait;
	bool as_json;
};

struct sending {
	const struct send_options *options;
	const struct settings *settings;
	struct mqtt *mqtt;
	struct secret password;
	char id[40];
	struct buf event;
	bool has_bridge; /* one is online */
	int devices;     /* of the user: each gets its own receipt */
	int settled;
};

static int
read_options(int argc, char **argv, struct send_options *options)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "user", required_argument, NULL, 'u' },
		{ "kind", required_argument, NULL, 'k' },
		{ "session", required_argument, NULL, 's' },
		{ "wait", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:u:k:s:wjh", known, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			options->file = optarg;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'k':
			options->kind = optarg;
			break;
		case 's':
			options->session = optarg;
			break;
		case 'w':
			options->must_wait = true;
			break;
		case 'j':
			options->as_json = true;
			break;
		case 'h':
			command_help(&send_command);
			return EXIT_DONE;
		default:
			command_usage(&send_command);
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc) {
		(void)fprintf(stderr,
		    "nudge send: say one TEXT; quote it if it "
		    "has spaces\n");
		command_usage(&send_command);
		return EXIT_USAGE;
	}
	options->text = argv[optind];
	return -1;
}

static int
complain(const char *what, int result)
{
	(void)fprintf(stderr, "nudge send: %s\n", what);
	return result;
}

/* Make the event, and read it as the bridge will: what it would refuse is said
 * here and now. */
static int
make_event(struct sending *sending)
{
	const struct send_options *options = sending->options;
	struct arrival arrival = { .at_ms = clock_now_ms(), .id = "" };
	struct fault fault = { "" };
	struct event event;
	uint64_t random[2];
	enum status status;

	clock_random(random, sizeof(random));
	(void)snprintf(sending->id, sizeof(sending->id),
	    "evt_%016" PRIx64 "%08" PRIx64, random[0], random[1] >> 32);
	buf_init(&sending->event, EVENT_MAX);
	buf_addf(&sending->event,
	    "{\"v\":1,\"id\":\"%s\",\"ts\":%" PRId64 ",\"kind\":", sending->id,
	    arrival.at_ms);
	buf_add_json(&sending->event, options->kind);
	if (options->session != NULL) {
		buf_addf(&sending->event, ",\"session\":{\"id\":");
		buf_add_json(&sending->event, options->session);
		buf_addf(&sending->event, "}");
	}
	buf_addf(&sending->event, ",\"body\":");
	buf_add_json(&sending->event, options->text);
	buf_addf(&sending->event, "}");

	arrival.payload = buf_text(&sending->event);
	arrival.len = sending->event.len;
	if (buf_status(&sending->event) != STATUS_OK)
		return complain("TEXT is too long", EXIT_USAGE);
	if (!text_is_id(options->user) || strcmp(options->user, "bridge") == 0)
		return complain(
		    "USER must be 1 to 64 of the characters A-Z a-z "
		    "0-9 _ - and not 'bridge'",
		    EXIT_USAGE);
	status = event_parse(&arrival, &event, &fault);
	event_finish(&event);
	return status == STATUS_OK ? -1 : complain(fault.text, EXIT_USAGE);
}

static int
open_client(struct sending *sending)
{
	const struct settings *settings = sending->settings;
	struct fault fault = { "" };
	struct mqtt_options options = {
		.url = settings->mqtt.url,
		.client_id = sending->id,
		.username = settings->mqtt.username,
		.ca_file = settings->mqtt.ca_file,
		.cert_file = settings->mqtt.cert_file,
		.key_file = settings->mqtt.key_file,
	};

	if (*settings->mqtt.password_file != '\0' &&
	    secret_read(settings->mqtt.password_file, &sending->password,
	        &fault) != STATUS_OK)
		return complain(fault.text, EXIT_SETTINGS);
	if (sending->password.text != NULL) {
		char *text = sending->password.text;

		text[strcspn(text, "\r\n")] = '\0';
		options.password = text;
	}
	if (mqtt_create(&options, &sending->mqtt, &fault) != STATUS_OK)
		return complain(fault.text, EXIT_SETTINGS);
	return -1;
}

static void
print_part(const char *before, const char *text)
{
	if (text != NULL)
		(void)printf("%s%s", before, text);
}

/* Print a receipt of ours, and count what it settles. */
static void
show_receipt(struct sending *sending, const struct json_object *receipt,
    const struct mqtt_message *message)
{
	const char *event = json_line(receipt, "event", TEXT_ID_MAX);
	const char *state = json_line(receipt, "state", TEXT_ID_MAX);
	const char *device = json_line(receipt, "device", TEXT_ID_MAX);
	const char *service = json_line(receipt, "service", TEXT_ID_MAX);
	const char *reason = json_line(receipt, "reason", TEXT_ID_MAX);

	if (!sending->options->must_wait || event == NULL || state == NULL ||
	    strcmp(event, sending->id) != 0)
		return;
	/* One that names no device speaks for all of them. */
	if (strcmp(state, "accepted") != 0)
		sending->settled += device != NULL ? 1 : sending->devices + 1;
	if (sending->options->as_json) {
		(void)printf("%.*s\n", (int)message->len, message->payload);
	} else {
		(void)printf("%s", state);
		print_part(" ", device);
		print_part(" by ", service);
		print_part(": ", reason);
		(void)printf("\n");
	}
	(void)fflush(stdout);
}

/* The retained registrations come first, then the receipts. */
static void
take_message(struct sending *sending, const struct mqtt_message *message)
{
	struct fault fault = { "" };
	struct json_object object;
	struct cJSON *root;

	if (strstr(message->topic, "/device/") != NULL) {
		sending->devices++;
		return;
	}
	if (strstr(message->topic, "/bridge/") != NULL) {
		if (message->len == strlen("online"))
			sending->has_bridge = true;
		return;
	}
	if (json_parse(message->payload, message->len, &fault, &root,
	        &object) == STATUS_OK)
		show_receipt(sending, &object, message);
	json_free(root);
}

static bool
is_settled(const struct sending *sending)
{
	return sending->settled > 0 && sending->settled >= sending->devices;
}

/* Whether the wait is over. Out: is_good  with what it waited for */
static bool
is_over(struct sending *sending, enum mqtt_news_kind kind,
    const struct mqtt_news *news, bool *is_good)
{
	if (news->kind == MQTT_MESSAGE)
		take_message(sending, &news->message);
	*is_good =
	    kind == MQTT_MESSAGE ? is_settled(sending) : news->kind == kind;
	return *is_good || news->kind == MQTT_LOST ||
	    news->kind == MQTT_NOT_SUBSCRIBED;
}

/* Wait for news of one kind; for MQTT_MESSAGE, until the event is settled. */
static bool
wait_for(struct sending *sending, enum mqtt_news_kind kind, int64_t within_ms,
    struct mqtt_news *news)
{
	int64_t until_ms = clock_monotonic_ms() + within_ms;
	int64_t left_ms;
	bool is_good;

	while ((left_ms = until_ms - clock_monotonic_ms()) > 0) {
		mqtt_wait(sending->mqtt, (int)left_ms);
		while (mqtt_next(sending->mqtt, news)) {
			if (is_over(sending, kind, news, &is_good))
				return is_good;
			mqtt_news_finish(news);
		}
	}
	*news = (struct mqtt_news){ .text = "no answer in time" };
	return false;
}

static int
unavailable(struct sending *sending, struct mqtt_news *news)
{
	(void)fprintf(stderr, "nudge send: %s: %s\n",
	    sending->settings->mqtt.url, news->text);
	mqtt_news_finish(news);
	return EXIT_UNAVAILABLE;
}

static int
connect_and_subscribe(struct sending *sending)
{
	const char *root = sending->settings->mqtt.root;
	const char *user = sending->options->user;
	char bridges[TOPIC_MAX];
	char devices[TOPIC_MAX];
	char receipts[TOPIC_MAX];
	const struct mqtt_filter filters[] = {
		{ bridges, 0 },
		{ devices, 0 },
		{ receipts, 1 },
	};
	struct mqtt_news news = { .text = "cannot connect" };

	if (mqtt_connect(sending->mqtt) != STATUS_OK ||
	    !wait_for(sending, MQTT_CONNECTED, CONNECT_WITHIN_MS, &news))
		return unavailable(sending, &news);
	mqtt_news_finish(&news);
	(void)snprintf(bridges, sizeof(bridges), "%s/bridge/+/state", root);
	(void)snprintf(devices, sizeof(devices), "%s/%s/device/+", root, user);
	(void)snprintf(receipts, sizeof(receipts), "%s/%s/receipt", root, user);
	if (mqtt_subscribe(sending->mqtt, filters, COUNT_OF(filters)) !=
	        STATUS_OK ||
	    !wait_for(sending, MQTT_SUBSCRIBED, CONNECT_WITHIN_MS, &news))
		return unavailable(sending, &news);
	mqtt_news_finish(&news);
	return -1;
}

static int
publish(struct sending *sending)
{
	char topic[TOPIC_MAX];
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = buf_text(&sending->event),
		.len = sending->event.len,
		.qos = 1,
		.tag = PUBLISH_TAG,
	};
	struct mqtt_news news = { .text = "cannot publish" };
	int result = -1;

	(void)snprintf(topic, sizeof(topic), "%s/%s/event",
	    sending->settings->mqtt.root, sending->options->user);
	if (mqtt_publish(sending->mqtt, &outgoing) != STATUS_OK ||
	    !wait_for(sending, MQTT_SETTLED, CONNECT_WITHIN_MS, &news))
		return unavailable(sending, &news);
	if (news.reason != 0)
		result = complain(news.text, EXIT_UNAVAILABLE);
	else if (!sending->has_bridge)
		result = complain("no bridge is online; the broker keeps the "
		                  "event for one that was here before",
		    EXIT_UNAVAILABLE);
	mqtt_news_finish(&news);
	return result;
}

static int
wait_until_settled(struct sending *sending)
{
	struct mqtt_news news;
	bool is_done = wait_for(sending, MQTT_MESSAGE, SETTLE_WITHIN_MS, &news);
	int result = EXIT_DONE;

	if (!is_done && news.kind == MQTT_LOST && news.letter != NULL)
		return unavailable(sending, &news);
	if (!is_done)
		result = complain("not settled yet", EXIT_FAILED);
	mqtt_news_finish(&news);
	return result;
}

static int
send_event(struct sending *sending)
{
	int result = make_event(sending);

	if (result < 0)
		result = open_client(sending);
	if (result < 0)
		result = connect_and_subscribe(sending);
	if (result < 0)
		result = publish(sending);
	if (result < 0 && sending->options->must_wait)
		result = wait_until_settled(sending);
	else if (result < 0)
		(void)printf(sending->options->as_json ? "{\"event\":\"%s\"}\n"
		                                       : "%s\n",
		    sending->id);
	mqtt_destroy(sending->mqtt);
	secret_finish(&sending->password);
	buf_finish(&sending->event);
	return result < 0 ? EXIT_DONE : result;
}

static int
run(int argc, char **argv)
{
	struct send_options options = {
		.user = getenv("NUDGE_USER"),
		.kind = "note",
	};
	struct sending sending = { .options = &options };
	struct configuration configuration;
	int result = read_options(argc, argv, &options);

	if (result >= 0)
		return result;
	if (options.user == NULL)
		options.user = "me";
	if (configuration_read(options.file, &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	sending.settings = &configuration.settings;
	result = send_event(&sending);
	configuration_finish(&configuration);
	return result;
}

const struct command send_command = {
	.name = "send",
	.synopsis = "[-c FILE] [-u USER] [-k KIND] [-s SESSION] [--wait] "
	            "[--json] TEXT",
	.summary = "Publish an event.",
	.help = "  -c FILE      the settings file (/etc/nudge/nudge.conf)\n"
	        "  -u USER      whom to tell ($NUDGE_USER, else me)\n"
	        "  -k KIND      note, test, session.idle, session.error,\n"
	        "               permission.asked, question.asked, … (note)\n"
	        "  -s SESSION   the session's id\n"
	        "  --wait       show the receipts until the event is settled\n"
	        "  --json       print for machines\n"
	        "\n"
	        "Exit status: 0 done, 1 not settled in a minute, 64 usage,\n"
	        "69 the broker or the bridge is unavailable, 78 settings.\n",
	.run = run,
};
