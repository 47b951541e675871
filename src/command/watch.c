/* watch.c - live events and receipts, one line each. */
#include "base/attr.h"
#include "base/text.h"
#include "command/client.h"
#include "command/command.h"
#include "command/options.h"
#include "command/show.h"
#include "core/event.h"
#include "core/json.h"
#include "core/notice.h"
#include "io/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct watching {
	const char *user;
	bool as_json;
	struct client client;
};

static void
show_now(void)
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	char text[16] = "";
	struct tm parts;

	if (localtime_r(&now, &parts) != NULL)
		(void)strftime(text, sizeof(text), "%T", &parts);
	(void)printf("%s  ", text);
}

/* A user's name is whatever somebody publishes below. */
static void
begin(const char *word, const char *user)
{
	(void)printf("%s", word);
	show_text(user);
}

/* What an answer must name stands beside the kind. */
static void
show_happening(const struct event *event)
{
	const struct look look = { .names_host = true };
	struct notice notice;

	notice_write(event, &look, &notice);
	(void)printf("%s%s%s", event->id, *event->id != '\0' ? " " : "",
	    kind_str(event->kind));
	show_part(" ", event->request_id);
	if (kind_class(event->kind) == CLASS_RESOLUTION) {
		show_part(": ", event->session_title);
		(void)printf("\n");
		return;
	}
	(void)printf(": ");
	show_text(notice.title);
	(void)printf(": ");
	show_text(notice.body);
	(void)printf("\n");
}

static void
show_event(const char *user, const struct mqtt_message *message)
{
	const struct arrival arrival = {
		.payload = message->payload,
		.len = message->len,
		.at_ms = clock_now_ms(),
		.id = "",
	};
	struct fault fault = { "" };
	struct event event;

	begin("event    ", user);
	(void)printf(": ");
	if (message->is_retained) {
		(void)printf("refused: it is retained\n");
	} else if (event_parse(&arrival, &event, &fault) == STATUS_OK) {
		show_happening(&event);
		event_finish(&event);
	} else {
		(void)printf("refused: ");
		show_text(fault.text);
		(void)printf("\n");
	}
}

static void
show_member(const struct json_object *receipt, const char *before,
    const char *name)
{
	show_part(before, json_line(receipt, name, FAULT_MAX));
}

static void
show_receipt(const char *user, const struct mqtt_message *message)
{
	struct fault fault = { "" };
	struct json_object receipt;
	struct cJSON *root;

	if (json_parse(message->payload, message->len, &fault, &root,
	        &receipt) != STATUS_OK)
		return;
	begin("receipt  ", user);
	show_member(&receipt, "/", "device");
	show_member(&receipt, ": ", "event");
	show_member(&receipt, ": ", "request");
	show_member(&receipt, " ", "state");
	show_member(&receipt, " by ", "service");
	show_member(&receipt, " by ", "host");
	show_member(&receipt, ": ", "reason");
	show_detail(&receipt);
	(void)printf("\n");
	json_free(root);
}

static bool
take(void *context, const struct mqtt_message *message)
{
	const struct watching *watching = context;
	const char *user =
	    message->topic + strlen(watching->client.settings->mqtt.root) + 1;
	char name[TEXT_ID_MAX + 1];

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(user, "/"),
	    user);
	if (watching->as_json) {
		show_message(message);
	} else {
		show_now();
		if (strcmp(strrchr(user, '/'), "/event") == 0)
			show_event(name, message);
		else
			show_receipt(name, message);
	}
	(void)fflush(stdout);
	return false;
}

static int
watch(void *context)
{
	struct watching *watching = context;
	const char *root = watching->client.settings->mqtt.root;
	char events[CLIENT_TOPIC_MAX];
	char receipts[CLIENT_TOPIC_MAX];
	const struct mqtt_filter filters[] = { { events, 1 }, { receipts, 1 } };
	int result;

	(void)snprintf(events, sizeof(events), "%s/%s/event", root,
	    watching->user);
	(void)snprintf(receipts, sizeof(receipts), "%s/%s/receipt", root,
	    watching->user);
	result = client_connect(&watching->client, filters, COUNT_OF(filters));
	return result == CLIENT_GO_ON ? client_wait(&watching->client, 0)
	                              : result;
}

static int
run(int argc, char **argv)
{
	struct configuration_wish wish = { .command = "watch" };
	struct watching watching = {
		.client = { .take = take, .context = &watching },
	};
	const struct options_one known[] = {
		{ "config", 'c', .text = &wish.file },
		{ "user", 'u', .text = &watching.user },
		{ "json", 'j', .flag = &wish.is_silent },
		{ .name = NULL },
	};
	struct fault fault = { "" };
	int result = options_read(&watch_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	result = options_end(&watch_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	if (watching.user != NULL && !command_is_user(watching.user, &fault))
		return command_refuse(&watch_command, "%s", fault.text);
	if (watching.user == NULL)
		watching.user = "+";
	watching.as_json = wish.is_silent;
	return client_run(&watching.client, &wish, watch);
}

const struct command watch_command = {
	.name = "watch",
	.synopsis = "[-c FILE] [-u USER] [--json]",
	.summary = "Live events and receipts, one line each.",
	.help = "  -c FILE   the settings file (that of the bridge which runs\n"
	        "            here, else /etc/nudge/nudge.conf)\n"
	        "  -u USER   only this one's (everybody's)\n"
	        "  --json    one object a line: topic, kind (event or\n"
	        "            receipt), and payload, the object that came; if\n"
	        "            none came, text in its place\n"
	        "\n"
	        "Ctrl-C ends it. Exit status: 64 usage, 69 the broker is\n"
	        "unavailable, 78 settings.\n",
	.run = run,
};
