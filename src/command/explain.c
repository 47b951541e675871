/* explain.c - which rule decided what, for which device, with times. */
#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"
#include "command/client.h"
#include "command/command.h"
#include "command/options.h"
#include "command/show.h"
#include "core/json.h"
#include "core/preferences.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS_MAX 512 /* bytes */

struct explaining {
	const char *event;
	bool as_json;
	int shown;
	struct client client; /* its id is the transaction */
};

/* What a reason means to somebody who wonders. */
static const struct {
	const char *reason;
	const char *meaning;
} meanings[] = {
	{ "expired", "it was older than its time to live" },
	{ "no-device", "nobody of that name has a device" },
	{ "duplicate", "an event with this id came within a day" },
	{ "invalid", "it broke a rule of the topics or payloads" },
	{ "disabled", "the preference 'enabled' is false" },
	{ "kind", "the preference 'kinds' switches this kind off" },
	{ "subagent", "a sub-agent's end counts only with 'subagents'" },
	{ "short", "the turn was shorter than 'min_duration_s'" },
	{ "muted", "its session, project or host is muted" },
	{ "snoozed", "it waited for 'snooze_until'" },
	{ "quiet", "quiet hours" },
	{ "rate", "it was too much at once" },
	{ "delay", "perhaps it would be answered at once" },
	{ "presence", "somebody was looking at the app" },
	{ "foreground", "somebody was looking at the app" },
	{ "resolved", "it was answered" },
	{ "seen", "somebody had seen it" },
	{ "digest", "together with others that waited" },
	{ "reminder", "nobody had answered, or looked for ten seconds" },
	{ "escalate", "'escalate' names other devices first" },
	{ "gather", "other turns might finish within 'gather_s'" },
};

static const char *
meaning_of(const char *reason)
{
	for (size_t i = 0; i < COUNT_OF(meanings); i++) {
		if (strcmp(meanings[i].reason, reason) == 0)
			return meanings[i].meaning;
	}
	return NULL;
}

/* Spaces behind a device's name; most are shorter than eight characters. */
static int
pad_of(const char *device)
{
	size_t len = strlen(device);

	return len < 8 ? (int)(8 - len) : 0;
}

/* "because hold_s (default); at the latest at 2026-01-05 07:00:00" */
static void
show_cause(const struct json_object *receipt)
{
	const char *preference =
	    json_line(receipt, "preference", PREFERENCES_PATH_MAX);
	const char *layer = json_line(receipt, "layer", TEXT_ID_MAX);
	int64_t until_ms =
	    json_integer(receipt, "until", 0, INT64_C(1) << 52, 0);

	if (preference != NULL && layer != NULL) {
		show_part(", by '", preference);
		show_part("' of the ",
		    strcmp(layer, "default") == 0 ? "defaults" : layer);
	}
	if (until_ms > 0) {
		(void)printf(", until ");
		show_time(until_ms, true);
	}
}

static void
show_moment(int64_t ts_ms)
{
	show_time(ts_ms, true);
	(void)printf(".%03d  ", (int)(ts_ms % 1000));
}

static void
show_receipt(const struct json_object *receipt, const char *user)
{
	const char *device = json_line(receipt, "device", TEXT_ID_MAX);
	const char *state = json_line(receipt, "state", TEXT_ID_MAX);
	const char *reason = json_line(receipt, "reason", TEXT_ID_MAX);
	const char *service = json_line(receipt, "service", TEXT_ID_MAX);
	const char *meaning = reason != NULL ? meaning_of(reason) : NULL;
	int64_t attempt = json_integer(receipt, "attempt", 0, INT32_MAX, 0);
	int64_t latency_ms =
	    json_integer(receipt, "latency_ms", 0, INT64_C(1) << 52, -1);

	show_moment(json_integer(receipt, "ts", 0, INT64_C(1) << 52, 0));
	(void)printf("%s%s", user, device != NULL ? "/" : "");
	show_text(device);
	(void)printf("%*s  ", device != NULL ? pad_of(device) : 8, "");
	show_text(state != NULL ? state : "?");
	show_part(" by ", service);
	if (attempt > 1)
		(void)printf(" on attempt %d", (int)attempt);
	show_part(": ", reason);
	if (meaning != NULL)
		(void)printf(" (%s)", meaning);
	show_detail(receipt);
	show_cause(receipt);
	if (latency_ms >= 0)
		(void)printf(", %lld ms after it arrived",
		    (long long)latency_ms);
	(void)printf("\n");
}

static void
show(struct explaining *explaining, const struct json_object *answer)
{
	const char *error = json_line(answer, "error", FAULT_MAX);
	struct json_list list = json_list(answer, "decisions");
	struct json_object decision;

	if (error != NULL)
		(void)client_complain(&explaining->client, error, 0);
	while (json_next(&list, &decision)) {
		struct json_object receipt = json_member(&decision, "receipt");
		const char *user = json_id(&decision, "user");

		show_receipt(&receipt, user != NULL ? user : "");
		explaining->shown++;
	}
}

static bool
take(void *context, const struct mqtt_message *message)
{
	struct explaining *explaining = context;
	struct json_object answer;
	struct cJSON *root;

	if (!client_is_answer(&explaining->client, message, &root, &answer))
		return false;
	if (explaining->as_json) {
		show_json(message);
		explaining->shown++;
	} else {
		show(explaining, &answer);
	}
	json_free(root);
	return true;
}

static int
ask(struct explaining *explaining)
{
	struct buf members;
	int result = client_meet_bridge(&explaining->client, "explain");

	buf_init(&members, MEMBERS_MAX);
	buf_addf(&members, ",\"event\":");
	buf_add_json(&members, explaining->event);
	if (result == CLIENT_GO_ON)
		result =
		    client_ask_bridge(&explaining->client, "explain", &members);
	buf_finish(&members);
	return result;
}

static int
explain(void *context)
{
	struct explaining *explaining = context;
	int result = ask(explaining);

	if (result != CLIENT_GO_ON)
		return result;
	if (explaining->shown == 0)
		return client_complain(&explaining->client,
		    "the bridge keeps no decision of this event: it never "
		    "came, waits still, or is too old",
		    EXIT_FAILED);
	return EXIT_DONE;
}

static int
run(int argc, char **argv)
{
	struct configuration_wish wish = { .command = "explain" };
	struct explaining explaining = {
		.client = { .take = take, .context = &explaining },
	};
	const struct options_one known[] = {
		{ "config", 'c', .text = &wish.file },
		{ "json", 'j', .flag = &wish.is_silent },
		{ .name = NULL },
	};
	int result = options_read(&explain_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	if (optind == argc)
		return command_refuse(&explain_command,
		    "say the EVENT: its id, as receipts show it");
	explaining.event = argv[optind++];
	if (!text_is_id(explaining.event))
		return command_refuse(&explain_command,
		    "EVENT must be 1 to 64 of the characters A-Z a-z 0-9 _ -");
	result = options_end(&explain_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	explaining.as_json = wish.is_silent;
	return client_run(&explaining.client, &wish, explain);
}

const struct command explain_command = {
	.name = "explain",
	.synopsis = "[-c FILE] [--json] EVENT",
	.summary = "Which rule decided what, for which device.",
	.help =
	    "  -c FILE   the settings file (that of the bridge which runs\n"
	    "            here, else /etc/nudge/nudge.conf)\n"
	    "  --json    print for machines\n"
	    "\n"
	    "EVENT is an event's id, as receipts and 'nudge send' show it.\n"
	    "\n"
	    "Exit status: 0 done, 1 nothing is known of it, 64 usage,\n"
	    "69 the broker or the bridge is unavailable, 78 settings.\n",
	.run = run,
};
