/* send.c - publish one event, and show what becomes of it. */
#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"
#include "command/bridges.h"
#include "command/client.h"
#include "command/command.h"
#include "command/options.h"
#include "command/show.h"
#include "core/event.h"
#include "core/json.h"
#include "io/clock.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_WITHIN_MS 60000

struct send_options {
	const char *user;
	const char *kind;
	const char *session;
	const char *text;
	bool must_wait;
	bool as_json;
};

struct sending {
	const struct send_options *options;
	struct client client; /* its id is the event's too */
	struct buf event;
	struct bridges bridges;
	int devices; /* of the user: each gets its own receipt */
	bool is_accepted;
	bool is_counted; /* devices is the bridge's number, without those that
	                  * it refused */
	int settled;
};

static void
write_event(struct sending *sending, int64_t now_ms)
{
	const struct send_options *options = sending->options;

	buf_addf(&sending->event,
	    "{\"v\":1,\"id\":\"%s\",\"ts\":%" PRId64 ",\"kind\":",
	    sending->client.id, now_ms);
	buf_add_json(&sending->event, options->kind);
	if (options->session != NULL) {
		buf_addf(&sending->event, ",\"session\":{\"id\":");
		buf_add_json(&sending->event, options->session);
		buf_addf(&sending->event, "}");
	}
	buf_addf(&sending->event, ",\"body\":");
	buf_add_json(&sending->event, options->text);
	buf_addf(&sending->event, "}");
}

/* Read the event as the bridge will: what it would refuse is said here. */
static int
check_event(struct sending *sending)
{
	struct arrival arrival = { .at_ms = clock_now_ms(), .id = "" };
	struct fault fault = { "" };
	struct event event;
	enum status status;

	write_event(sending, arrival.at_ms);
	arrival.payload = buf_text(&sending->event);
	arrival.len = sending->event.len;
	status = buf_status(&sending->event);
	if (status != STATUS_OK)
		fault_set(&fault, "TEXT is too long");
	else if (command_is_user(sending->options->user, &fault))
		status = event_parse(&arrival, &event, &fault);
	if (fault_is_set(&fault) || status != STATUS_OK)
		return client_complain(&sending->client, fault.text,
		    EXIT_USAGE);
	event_finish(&event);
	return CLIENT_GO_ON;
}

/* The other states are not the last one. */
static bool
is_settled(const char *state)
{
	return strcmp(state, "pushed") == 0 || strcmp(state, "failed") == 0 ||
	    strcmp(state, "suppressed") == 0;
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
	    strcmp(event, sending->client.id) != 0)
		return;
	if (strcmp(state, "accepted") == 0)
		sending->is_accepted = true;
	/* One that names no device speaks for all of them. */
	if (is_settled(state))
		sending->settled += device != NULL ? 1 : sending->devices + 1;
	if (sending->options->as_json) {
		show_json(message);
	} else {
		show_text(state);
		show_part(" ", device);
		show_part(" by ", service);
		show_part(": ", reason);
		show_detail(receipt);
		(void)printf("\n");
	}
	(void)fflush(stdout);
}

/* What the bridge says of the person once it has our event, and not before, is
 * what it decided by. */
static void
count_devices(struct sending *sending, const struct json_object *state)
{
	if (!sending->is_accepted)
		return;
	sending->is_counted = true;
	sending->devices = (int)json_integer(state, "devices", 0, INT32_MAX, 0);
}

static bool
is_about(const struct mqtt_message *message, const char *what)
{
	return strcmp(strrchr(message->topic, '/'), what) == 0;
}

/* The retained messages come first, then the receipts. */
static bool
take(void *context, const struct mqtt_message *message)
{
	struct sending *sending = context;
	struct fault fault = { "" };
	struct json_object object;
	struct cJSON *root;

	if (bridges_take(&sending->bridges, sending->client.settings->mqtt.root,
	        message)) {
		/* That is all. */
	} else if (strstr(message->topic, "/device/") != NULL) {
		sending->devices += sending->is_counted ? 0 : 1;
	} else if (json_parse(message->payload, message->len, &fault, &root,
	               &object) == STATUS_OK) {
		if (is_about(message, "/state"))
			count_devices(sending, &object);
		else
			show_receipt(sending, &object, message);
		json_free(root);
	}
	return sending->settled > 0 && sending->settled >= sending->devices;
}

static int
connect_client(struct sending *sending)
{
	const char *root = sending->client.settings->mqtt.root;
	const char *user = sending->options->user;
	char bridges[CLIENT_TOPIC_MAX];
	char devices[CLIENT_TOPIC_MAX];
	char receipts[CLIENT_TOPIC_MAX];
	const struct mqtt_filter filters[] = {
		{ bridges, 0 },
		{ devices, 0 },
		{ receipts, 1 },
	};
	int result;

	(void)snprintf(bridges, sizeof(bridges), "%s/" BRIDGES_STATE, root);
	(void)snprintf(devices, sizeof(devices), "%s/%s/device/+", root, user);
	(void)snprintf(receipts, sizeof(receipts), "%s/%s/receipt", root, user);
	result = client_connect(&sending->client, filters, COUNT_OF(filters));
	(void)snprintf(bridges, sizeof(bridges), "%s/" BRIDGES_INFO, root);
	/* A login that may not read it learns less. */
	if (result == CLIENT_GO_ON)
		(void)mqtt_try_subscribe(sending->client.mqtt, bridges);
	(void)snprintf(bridges, sizeof(bridges), "%s/" BRIDGES_USERS, root);
	if (result == CLIENT_GO_ON)
		(void)mqtt_try_subscribe(sending->client.mqtt, bridges);
	(void)snprintf(devices, sizeof(devices), "%s/%s/state", root, user);
	if (result == CLIENT_GO_ON)
		(void)mqtt_try_subscribe(sending->client.mqtt, devices);
	return result;
}

/* Whom the settings of several bridges leave out, or name twice. */
static int
check_bridges(const struct sending *sending)
{
	const struct bridges *bridges = &sending->bridges;
	const char *user = sending->options->user;
	const struct bridges_one *first = bridges_serving(bridges, user, 0);
	const struct bridges_one *second = bridges_serving(bridges, user, 1);
	struct fault fault = { "" };

	/* Paho keeps the broker's "nobody is subscribed" to itself. */
	if (!bridges_are_online(bridges))
		return client_complain(&sending->client,
		    "no bridge is online; the broker keeps the event for one "
		    "that was here before",
		    EXIT_UNAVAILABLE);
	if (first == NULL && bridges_say_users(bridges)) {
		fault_set(&fault,
		    "no bridge that is online serves %s: see [mqtt] users of "
		    "each",
		    user);
		return client_complain(&sending->client, fault.text,
		    EXIT_UNAVAILABLE);
	}
	if (second != NULL) {
		fault_set(&fault,
		    "two bridges serve %s, %s and %s, and both push: divide "
		    "people with [mqtt] users",
		    user, first->id, second->id);
		(void)client_complain(&sending->client, fault.text, 0);
	}
	return CLIENT_GO_ON;
}

static int
publish(struct sending *sending)
{
	char topic[CLIENT_TOPIC_MAX];
	int result;

	(void)snprintf(topic, sizeof(topic), "%s/%s/event",
	    sending->client.settings->mqtt.root, sending->options->user);
	result = client_publish(&sending->client, topic,
	    buf_text(&sending->event), sending->event.len);
	return result == CLIENT_GO_ON ? check_bridges(sending) : result;
}

static int
wait_until_settled(struct sending *sending)
{
	int result = client_wait(&sending->client, SETTLE_WITHIN_MS);

	if (result == EXIT_FAILED)
		return client_complain(&sending->client,
		    "not settled within a minute", EXIT_FAILED);
	return result == CLIENT_GO_ON ? EXIT_DONE : result;
}

static int
send_event(void *context)
{
	struct sending *sending = context;
	int result;

	buf_init(&sending->event, EVENT_MAX);
	result = check_event(sending);
	if (result == CLIENT_GO_ON)
		result = connect_client(sending);
	if (result == CLIENT_GO_ON)
		result = publish(sending);
	if (result == CLIENT_GO_ON && sending->options->must_wait) {
		result = wait_until_settled(sending);
	} else if (result == CLIENT_GO_ON) {
		(void)printf(sending->options->as_json ? "{\"event\":\"%s\"}\n"
		                                       : "%s\n",
		    sending->client.id);
		result = EXIT_DONE;
	}
	buf_finish(&sending->event);
	return result;
}

static int
run(int argc, char **argv)
{
	struct configuration_wish wish = { .command = "send" };
	struct send_options options = {
		.user = command_default_user(),
		.kind = "note",
	};
	struct sending sending = {
		.options = &options,
		.client = { .take = take, .context = &sending },
	};
	const struct options_one known[] = {
		{ "config", 'c', .text = &wish.file },
		{ "user", 'u', .text = &options.user },
		{ "kind", 'k', .text = &options.kind },
		{ "session", 's', .text = &options.session },
		{ "wait", 'w', .flag = &options.must_wait },
		{ "json", 'j', .flag = &wish.is_silent },
		{ .name = NULL },
	};
	int result = options_read(&send_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	if (optind + 1 != argc)
		return command_refuse(&send_command,
		    "say one TEXT; quote it if it has spaces");
	options.text = argv[optind];
	options.as_json = wish.is_silent;
	return client_run(&sending.client, &wish, send_event);
}

const struct command send_command = {
	.name = "send",
	.synopsis = "[-c FILE] [-u USER] [-k KIND] [-s SESSION] [--wait] "
	            "[--json] TEXT",
	.summary = "Publish an event.",
	.help =
	    "  -c FILE      the settings file (that of the bridge which runs\n"
	    "               here, else /etc/nudge/nudge.conf)\n"
	    "  -u USER      whom to tell ($NUDGE_USER, else me)\n"
	    "  -k KIND      note, test, session.idle, session.error,\n"
	    "               permission.asked, question.asked, … (note)\n"
	    "  -s SESSION   the session's id\n"
	    "  --wait       show the receipts until the event is settled\n"
	    "  --json       print for machines: one object a line, with\n"
	    "               --wait the receipts of this event\n"
	    "\n"
	    "Exit status: 0 done, 1 not settled in a minute, 64 usage,\n"
	    "69 the broker or the bridge is unavailable, 78 settings.\n",
	.run = run,
};
