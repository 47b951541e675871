#include "push/verdict.h"

#include "base/text.h"
#include "core/json.h"

#include <string.h>

struct verdict
verdict_of_status(int status, const char *advice)
{
	struct verdict verdict = {
		.outcome = OUTCOME_REJECTED,
		.fresh_connection = status == 0,
		.pauses_service = status == 429,
		.advice = advice,
	};

	if (status >= 200 && status < 300)
		verdict.outcome = OUTCOME_DELIVERED;
	else if (status == 0 || status == 408 || status == 429 || status >= 500)
		verdict.outcome = OUTCOME_RETRY;
	return verdict;
}

bool
verdict_is_word(const char *text)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");

	return len > 0 && len < PUSH_REASON_MAX && text[len] == '\0';
}

static void
keep_words(const char *text, struct verdict *verdict)
{
	size_t len = text_cut(text, PUSH_WORDS_MAX - 1);

	if (verdict->words[0] != '\0')
		return;
	memcpy(verdict->words, text, len);
	verdict->words[len] = '\0';
}

static void
keep_reason(const struct json_object *object, const char *name,
    struct verdict *verdict)
{
	const char *reason = json_line(object, name, PUSH_WORDS_MAX);

	if (reason == NULL)
		return;
	if (!verdict_is_word(reason))
		keep_words(reason, verdict);
	else if (verdict->reason[0] == '\0')
		memcpy(verdict->reason, reason, strlen(reason) + 1);
}

void
verdict_read_reason(const struct response *response, struct verdict *verdict)
{
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;

	if (response->status == 0 || response->body == NULL)
		return;
	/* An error page in place of JSON says nothing beyond its status. */
	if (json_parse(response->body, strlen(response->body), &ignored, &root,
	        &object) != STATUS_OK) {
		keep_words(response->body, verdict);
		return;
	}
	keep_reason(&object, "reason", verdict);
	keep_reason(&object, "message", verdict);
	keep_reason(&object, "error", verdict);
	verdict->gone_ms =
	    json_integer(&object, "timestamp", 0, INT64_C(1) << 52, 0);
	json_free(root);
}

static bool
is_page(const char *body)
{
	return body[strspn(body, " \t\r\n")] == '<';
}

static bool
has_member(const char *body, const char *member)
{
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;
	const char *text;
	bool is_there;

	if (json_parse(body, strlen(body), &ignored, &root, &object) !=
	    STATUS_OK)
		return false;
	text = json_text(&object, member, JSON_MAX);
	is_there = text != NULL && *text != '\0';
	json_free(root);
	return is_there;
}

void
verdict_check_form(const struct response *response, const char *member,
    struct verdict *verdict)
{
	const char *body = response->body != NULL ? response->body : "";
	const char *reason = NULL;

	if (verdict->outcome != OUTCOME_DELIVERED)
		return;
	if (is_page(body))
		reason = "web page";
	else if (member != NULL && !has_member(body, member))
		reason = "not its answer";
	if (reason == NULL)
		return;
	verdict->outcome = OUTCOME_REJECTED;
	memcpy(verdict->reason, reason, strlen(reason) + 1);
	verdict->advice = is_page(body)
	    ? "a web page answered in place of the service: is there a login, "
	      "or a proxy, before it? Let the bridge pass"
	    : "what answers there is not the service: check its address, and "
	      "what stands before it";
}

static bool
says(const struct response *response, const struct verdict *verdict,
    const struct verdict_word *word)
{
	if (strcmp(verdict->reason, word->word) == 0)
		return true;
	return word->is_phrase && response->body != NULL &&
	    strstr(response->body, word->word) != NULL;
}

void
verdict_apply(const struct verdict_word *words, size_t count,
    const struct response *response, struct verdict *verdict)
{
	/* Half an answer is none. */
	for (size_t i = 0; response->status != 0 && i < count; i++) {
		const struct verdict_word *word = &words[i];

		if (!says(response, verdict, word))
			continue;
		if (verdict->reason[0] == '\0')
			(void)strncat(verdict->reason, word->word,
			    PUSH_REASON_MAX - 1);
		verdict->outcome = word->outcome;
		verdict->fresh_connection = word->fresh_connection;
		verdict->fresh_authorization = word->fresh_authorization;
		verdict->perhaps_elsewhere = word->perhaps_elsewhere;
		verdict->is_ours = word->is_ours;
		verdict->wait_s = word->wait_s;
		if (word->advice != NULL)
			verdict->advice = word->advice;
		return;
	}
}
