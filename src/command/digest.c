#include "core/digest.h"

#include "base/text.h"
#include "command/client.h"
#include "command/command.h"
#include "command/options.h"
#include "command/show.h"
#include "core/json.h"
#include "io/clock.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 512 /* bytes */
#define FATE_MAX 512    /* bytes; what does not fit is left out */
#define SINCE_DEFAULT_S INT64_C(28800) /* 8 h */
#define SINCE_MAX_S INT64_C(31622400)  /* a year */
#define INSTANT_MAX (INT64_C(1) << 53)

/* An event, and what became of it. */
struct happening {
	struct happening *next;
	int64_t ts_ms;
	int kind; /* enum kind; KIND_COUNT = it is not known */
	char event[65];
	char title[129];
	char fate[FATE_MAX];
};

struct digesting {
	struct client client;
	const char *user;
	int64_t since_ms;
	bool as_json;
	int64_t after; /* the receipt that was told last; 0 = all were */
	bool has_failed;
	struct happening *first; /* owned, in their order */
	struct happening **end;
};

/* "8h", "30m", "2d", "90s"; 0 = it is none of these. */
static int64_t
read_duration_s(const char *text)
{
	static const struct {
		char unit;
		long long seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	long long count = strtoll(text, &end, 10);

	if (end == text || count <= 0 || count > SINCE_MAX_S ||
	    strlen(end) != 1)
		return 0;
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (*end == units[i].unit &&
		    count * units[i].seconds <= SINCE_MAX_S)
			return count * units[i].seconds;
	}
	return 0;
}

static struct happening *
find(struct digesting *digesting, const char *event)
{
	struct happening *one = digesting->first;

	while (one != NULL && strcmp(one->event, event) != 0)
		one = one->next;
	if (one != NULL)
		return one;
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		return NULL;
	(void)snprintf(one->event, sizeof(one->event), "%s", event);
	one->kind = KIND_COUNT;
	*digesting->end = one;
	digesting->end = &one->next;
	return one;
}

/* "; phone pushed (digest)" */
static void
add_fate(struct happening *one, const struct json_object *receipt)
{
	const char *device = json_line(receipt, "device", TEXT_ID_MAX);
	const char *state = json_line(receipt, "state", TEXT_ID_MAX);
	const char *reason = json_line(receipt, "reason", TEXT_ID_MAX);
	size_t len = strlen(one->fate);

	(void)snprintf(one->fate + len, sizeof(one->fate) - len,
	    "%s%s%s%s%s%s%s", len > 0 ? "; " : "", device != NULL ? device : "",
	    device != NULL ? " " : "", state != NULL ? state : "?",
	    reason != NULL ? " (" : "", reason != NULL ? reason : "",
	    reason != NULL ? ")" : "");
}

static void
take_receipt(struct digesting *digesting, const struct json_object *receipt)
{
	const char *event = json_id(receipt, "event");
	const char *kind = json_line(receipt, "kind", TEXT_ID_MAX);
	const char *title = json_line(receipt, "title", 128);
	struct happening *one = event != NULL ? find(digesting, event) : NULL;

	if (one == NULL)
		return;
	if (one->ts_ms == 0)
		one->ts_ms = json_integer(receipt, "ts", 0, INSTANT_MAX, 0);
	if (kind != NULL)
		one->kind = kind_find(kind);
	if (title != NULL)
		(void)snprintf(one->title, sizeof(one->title), "%s", title);
	add_fate(one, receipt);
}

static void
take_answer(struct digesting *digesting, const struct json_object *answer)
{
	const char *error = json_line(answer, "error", FAULT_MAX);
	struct json_list list = json_list(answer, "decisions");
	struct json_object receipt;

	digesting->has_failed = error != NULL;
	if (error != NULL)
		(void)client_complain(&digesting->client, error, 0);
	digesting->after = json_integer(answer, "after", 0, INSTANT_MAX, 0);
	while (json_next(&list, &receipt))
		take_receipt(digesting, &receipt);
}

static bool
take(void *context, const struct mqtt_message *message)
{
	struct digesting *digesting = context;
	struct json_object answer;
	struct cJSON *root;

	if (!client_is_answer(&digesting->client, message, &root, &answer))
		return false;
	if (digesting->as_json)
		show_json(message);
	take_answer(digesting, &answer);
	json_free(root);
	return true;
}

static int
ask_once(struct digesting *digesting)
{
	struct buf members;
	int result;

	buf_init(&members, MEMBERS_MAX);
	buf_addf(&members,
	    ",\"user\":\"%s\",\"since\":%" PRId64 ",\"after\":%" PRId64,
	    digesting->user, digesting->since_ms, digesting->after);
	result = client_ask_bridge(&digesting->client, "digest", &members);
	buf_finish(&members);
	return result;
}

static int
ask(struct digesting *digesting)
{
	int result = client_meet_bridge(&digesting->client, "digest");

	do {
		if (result == CLIENT_GO_ON)
			result = ask_once(digesting);
	} while (result == CLIENT_GO_ON && digesting->after != 0);
	return result;
}

/* "3 finished, 1 failed" */
static void
show_tally(const struct digesting *digesting)
{
	struct digest_tally tally = { .count = 0 };
	struct buf text;

	for (const struct happening *one = digesting->first; one != NULL;
	     one = one->next) {
		size_t i = 0;

		if (one->kind == KIND_COUNT)
			continue;
		while (i < tally.count && (int)tally.kinds[i] != one->kind)
			i++;
		if (i == tally.count)
			tally.kinds[tally.count++] = (enum kind)one->kind;
		tally.counts[i]++;
		tally.total++;
	}
	buf_init(&text, DIGEST_MAX);
	digest_write_title(&tally, NULL, &text);
	(void)printf("Since ");
	show_time(digesting->since_ms, false);
	(void)printf(": %s\n",
	    text.len > 0                   ? buf_text(&text)
	        : digesting->first != NULL ? "what follows"
	                                   : "nothing happened");
	buf_finish(&text);
}

static void
show_happenings(const struct digesting *digesting)
{
	show_tally(digesting);
	for (const struct happening *one = digesting->first; one != NULL;
	     one = one->next) {
		show_time(one->ts_ms, false);
		(void)printf("  %-17s ",
		    one->kind < KIND_COUNT ? kind_str((enum kind)one->kind)
		                           : "");
		show_text(*one->title != '\0' ? one->title : one->event);
		(void)printf("\n%19s", "");
		show_text(one->fate);
		(void)printf("\n");
	}
}

static int
digest(void *context)
{
	struct digesting *digesting = context;
	struct happening *one;
	int result;

	digesting->end = &digesting->first;
	result = ask(digesting);
	if (result == CLIENT_GO_ON && !digesting->has_failed &&
	    !digesting->as_json)
		show_happenings(digesting);
	while ((one = digesting->first) != NULL) {
		digesting->first = one->next;
		free(one);
	}
	if (result != CLIENT_GO_ON)
		return result;
	return digesting->has_failed ? EXIT_FAILED : EXIT_DONE;
}

static int
run(int argc, char **argv)
{
	struct configuration_wish wish = { .command = "digest" };
	struct digesting digesting = {
		.user = command_default_user(),
		.client = { .take = take, .context = &digesting },
	};
	const char *since = NULL;
	const struct options_one known[] = {
		{ "config", 'c', .text = &wish.file },
		{ "user", 'u', .text = &digesting.user },
		{ "since", 's', .text = &since },
		{ "json", 'j', .flag = &wish.is_silent },
		{ .name = NULL },
	};
	struct fault fault = { "" };
	int result = options_read(&digest_command, known, argc, argv);
	int64_t since_s =
	    since != NULL ? read_duration_s(since) : SINCE_DEFAULT_S;

	if (result != OPTIONS_GO_ON)
		return result;
	result = options_end(&digest_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	if (since_s == 0)
		return command_refuse(&digest_command,
		    "--since '%s' is no time: 90s, 30m, 8h or 2d, a year at "
		    "most",
		    since);
	if (!command_is_user(digesting.user, &fault)) {
		(void)fprintf(stderr, "nudge digest: %s\n", fault.text);
		return EXIT_USAGE;
	}
	digesting.since_ms = clock_now_ms() - since_s * 1000;
	digesting.as_json = wish.is_silent;
	return client_run(&digesting.client, &wish, digest);
}

const struct command digest_command = {
	.name = "digest",
	.synopsis = "[-c FILE] [-u USER] [--since DURATION] [--json]",
	.summary = "What happened, and what became of it.",
	.help =
	    "  -c FILE           the settings file (that of the bridge which\n"
	    "                    runs here, else /etc/nudge/nudge.conf)\n"
	    "  -u USER           whose events ($NUDGE_USER, else me)\n"
	    "  --since DURATION  how far back: 8h (if not said), 30m, 2d\n"
	    "  --json            print for machines, one answer a line\n"
	    "\n"
	    "It tells what the bridge keeps: [state] keep_decisions of each\n"
	    "person.\n"
	    "\n"
	    "Exit status: 0 done, 1 failed, 64 usage, 69 no broker or no\n"
	    "bridge, 78 settings.\n",
	.run = run,
};
