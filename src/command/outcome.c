#include "command/outcome.h"

#include "base/attr.h"
#include "base/text.h"
#include "command/command.h"
#include "core/json.h"
#include "core/marks.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 4096 /* bytes */

/* A refusal, in words that say what to do. */
static const struct {
	const char *reason;
	const char *meaning;
} refusals[] = {
	{ "off",
	    "it takes no answers from here: set the plugin's option replies" },
	{ "signature",
	    "it has another reply key: pair it again, or name its key with "
	    "--key-file" },
	{ "nonce", "it was asked anew meanwhile: look at it again" },
	{ "unknown", "the agent that asked is gone" },
	{ "used", "it was answered before" },
	{ "answers", "the answer does not fit" },
	{ "expired", "it no longer waits" },
};

static const char *
meaning_of(const char *reason)
{
	for (size_t i = 0; reason != NULL && i < COUNT_OF(refusals); i++) {
		if (strcmp(refusals[i].reason, reason) == 0)
			return refusals[i].meaning;
	}
	return "it gives no reason that is known here";
}

static void
add_part(struct buf *json, const struct json_object *receipt, const char *name)
{
	const char *text = json_line(receipt, name, FAULT_MAX);

	if (text == NULL)
		return;
	buf_addf(json, ",\"%s\":", name);
	buf_add_json(json, text);
}

/* What became of it, as JSON of our own: nothing of a stranger's can end it. */
static void
print_json(const char *request, const struct json_object *receipt)
{
	struct buf json;

	buf_init(&json, LINE_MAX_LEN);
	buf_addf(&json, "{\"request\":\"%s\"", request);
	if (receipt == NULL)
		buf_addf(&json, ",\"state\":\"unanswered\"");
	else
		add_part(&json, receipt, "state");
	if (receipt != NULL) {
		add_part(&json, receipt, "host");
		add_part(&json, receipt, "reason");
		add_part(&json, receipt, "detail");
	}
	(void)printf("%s}\n", buf_text(&json));
	buf_finish(&json);
}

static void
print_line(const struct json_object *receipt, bool is_answered)
{
	const char *host = json_line(receipt, "host", TEXT_ID_MAX);
	const char *reason = json_line(receipt, "reason", TEXT_ID_MAX);
	const char *detail = json_line(receipt, "detail", FAULT_MAX);
	struct buf line;

	buf_init(&line, LINE_MAX_LEN);
	buf_addf(&line, "%s by ", is_answered ? "answered" : "refused");
	marks_write_line(host != NULL ? host : "an agent", &line);
	if (!is_answered)
		buf_addf(&line, ": %s", meaning_of(reason));
	if (!is_answered && detail != NULL) {
		buf_addf(&line, " (");
		marks_write_line(detail, &line);
		buf_addf(&line, ")");
	}
	(void)fprintf(is_answered ? stdout : stderr, "%s%s\n",
	    is_answered ? "" : "nudge reply: ", buf_text(&line));
	buf_finish(&line);
}

int
outcome_show(const char *request, const struct buf *message, bool as_json)
{
	struct fault ignored = { "" };
	struct json_object receipt;
	struct cJSON *root;
	const char *state;
	bool is_answered;

	if (json_parse(buf_text(message), message->len, &ignored, &root,
	        &receipt) != STATUS_OK) {
		if (as_json)
			print_json(request, NULL);
		(void)fprintf(stderr,
		    "nudge reply: no agent took it: is the plugin running, of "
		    "a version that answers?\n");
		return EXIT_UNAVAILABLE;
	}
	state = json_line(&receipt, "state", TEXT_ID_MAX);
	is_answered = state != NULL && strcmp(state, "answered") == 0;
	if (as_json)
		print_json(request, &receipt);
	else
		print_line(&receipt, is_answered);
	json_free(root);
	return is_answered ? EXIT_DONE : EXIT_FAILED;
}
