#include "core/ask.h"

#include "base/attr.h"
#include "base/text.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LEAST 16 /* bytes; shorter pieces say nothing */

/* How much of each part is told. */
struct limits {
	size_t text;       /* bytes of each text */
	int items;         /* elements of each list */
	const char *input; /* one that is no text, printed once; NULL = none */
};

#define WHOLE SIZE_MAX /* bytes */

/* Beyond what fits nothing more need be looked at. */
static bool
goes_on(const struct buf *json, const cJSON *element, int i,
    const struct limits *limits)
{
	return element != NULL && i < limits->items &&
	    buf_status(json) == STATUS_OK;
}

static cJSON *
get(const cJSON *node, const char *name)
{
	cJSON *member = cJSON_GetObjectItemCaseSensitive(node, name);

	return cJSON_IsNull(member) ? NULL : member;
}

static cJSON *
first_of(const cJSON *node, const char *name)
{
	const cJSON *list = get(node, name);

	return list != NULL ? list->child : NULL;
}

static void
check_text(const struct json_object *object, const char *name, bool is_needed)
{
	(void)json_text(object, name, JSON_MAX);
	if (is_needed && !json_has(object, name))
		fault_set(object->fault, "%s%s: is missing", object->path,
		    name);
}

static void
check_texts(const struct json_object *object, const char *name)
{
	struct json_list list = json_list(object, name);

	while (list.next != NULL) {
		if (!cJSON_IsString(list.next))
			fault_set(list.fault, "%s[%d]: must be text", list.path,
			    list.index);
		list.next = list.next->next;
		list.index++;
	}
}

static void
check_question(const struct json_object *question)
{
	struct json_list options = json_list(question, "options");
	struct json_object option;

	check_text(question, "header", false);
	check_text(question, "text", true);
	(void)json_bool(question, "multiple", false);
	(void)json_bool(question, "custom", true);
	while (json_next(&options, &option)) {
		check_text(&option, "label", true);
		check_text(&option, "description", false);
	}
}

static void
check(const struct json_object *ask)
{
	struct json_list questions = json_list(ask, "questions");
	struct json_object question;

	check_text(ask, "tool", false);
	check_texts(ask, "patterns");
	check_texts(ask, "always");
	(void)json_bool(ask, "cut", false);
	while (json_next(&questions, &question))
		check_question(&question);
}

/* The start of a text that has at most max bytes. */
static void
add_text(struct buf *json, const char *text, size_t max)
{
	char *start;

	if (strlen(text) <= max) {
		buf_add_json(json, text);
		return;
	}
	start = strndup(text, text_cut(text, max));
	if (start == NULL)
		json->status = STATUS_NO_MEMORY;
	else
		buf_add_json(json, start);
	free(start);
}

static void
add_texts(struct buf *json, const char *name, const cJSON *ask,
    const struct limits *limits)
{
	const cJSON *list = get(ask, name);
	const cJSON *text = first_of(ask, name);

	if (list == NULL)
		return;
	buf_addf(json, ",\"%s\":[", name);
	for (int i = 0; goes_on(json, text, i, limits); i++) {
		buf_addf(json, i > 0 ? "," : "");
		add_text(json, text->valuestring, limits->text);
		text = text->next;
	}
	buf_addf(json, "]");
}

static void
add_member(struct buf *json, const char *name, const cJSON *object,
    const struct limits *limits)
{
	const cJSON *text = get(object, name);

	if (text == NULL)
		return;
	buf_addf(json, ",\"%s\":", name);
	add_text(json, text->valuestring, limits->text);
}

static void
add_bool(struct buf *json, const char *name, const cJSON *object)
{
	const cJSON *value = get(object, name);

	if (value != NULL)
		buf_addf(json, ",\"%s\":%s", name,
		    cJSON_IsTrue(value) ? "true" : "false");
}

/* An input that is no text stays what it is if it is told whole. */
static void
add_input(struct buf *json, const cJSON *ask, const struct limits *limits)
{
	if (limits->input == NULL) {
		add_member(json, "input", ask, limits);
		return;
	}
	buf_addf(json, ",\"input\":");
	if (limits->text == WHOLE)
		buf_add(json, limits->input, strlen(limits->input));
	else
		add_text(json, limits->input, limits->text);
}

/* Returns: owned, cJSON_free(); NULL where there is none, or it is text. */
static char *
print_input(const struct ask *ask, enum status *status)
{
	const cJSON *input = get(ask->node, "input");
	char *text;

	*status = STATUS_OK;
	if (input == NULL || cJSON_IsString(input))
		return NULL;
	text = cJSON_PrintUnformatted(input);
	if (text == NULL)
		*status = STATUS_NO_MEMORY;
	return text;
}

static void
add_options(struct buf *json, const cJSON *question,
    const struct limits *limits)
{
	const cJSON *option = first_of(question, "options");

	if (get(question, "options") == NULL)
		return;
	buf_addf(json, ",\"options\":[");
	for (int i = 0; goes_on(json, option, i, limits); i++) {
		buf_addf(json, "%s{\"label\":", i > 0 ? "," : "");
		add_text(json, get(option, "label")->valuestring, limits->text);
		add_member(json, "description", option, limits);
		buf_addf(json, "}");
		option = option->next;
	}
	buf_addf(json, "]");
}

static void
add_questions(struct buf *json, const cJSON *ask, const struct limits *limits)
{
	const cJSON *question = first_of(ask, "questions");

	if (get(ask, "questions") == NULL)
		return;
	buf_addf(json, ",\"questions\":[");
	for (int i = 0; goes_on(json, question, i, limits); i++) {
		buf_addf(json, "%s{\"text\":", i > 0 ? "," : "");
		add_text(json, get(question, "text")->valuestring,
		    limits->text);
		add_member(json, "header", question, limits);
		add_options(json, question, limits);
		add_bool(json, "multiple", question);
		add_bool(json, "custom", question);
		buf_addf(json, "}");
		question = question->next;
	}
	buf_addf(json, "]");
}

static void
add_ask(struct buf *json, const struct ask *ask, const struct limits *limits)
{
	bool is_cut = ask->is_cut || limits->text != WHOLE;

	buf_addf(json, "{\"cut\":%s", is_cut ? "true" : "false");
	add_member(json, "tool", ask->node, limits);
	add_input(json, ask->node, limits);
	add_texts(json, "patterns", ask->node, limits);
	add_texts(json, "always", ask->node, limits);
	add_questions(json, ask->node, limits);
	buf_addf(json, "}");
}

static bool
fits(const struct ask *ask, const struct limits *limits, struct buf *json)
{
	buf_clear(json);
	add_ask(json, ask, limits);
	return buf_status(json) != STATUS_TOO_LARGE;
}

/* As many elements as fit with short texts, then as much of each text as fits
 * with them. */
static void
write_cut(const struct ask *ask, const char *input, size_t max,
    struct buf *json)
{
	static const int items[] = { INT_MAX, 256, 64, 16, 4, 1 };
	struct limits limits = { .text = TEXT_LEAST, .input = input };
	size_t excess = max; /* of each text: what surely does not fit */
	size_t i = 0;

	do {
		limits.items = items[i++];
	} while (!fits(ask, &limits, json) && i < COUNT_OF(items));
	if (buf_status(json) == STATUS_TOO_LARGE) {
		buf_clear(json);
		buf_addf(json, "{\"cut\":true}");
		return;
	}
	while (limits.text + 1 < excess) {
		struct limits more = limits;

		more.text += (excess - limits.text) / 2;
		if (fits(ask, &more, json))
			limits = more;
		else
			excess = more.text;
	}
	(void)fits(ask, &limits, json);
}

enum status
ask_write(const struct ask *ask, size_t max, struct buf *json)
{
	enum status status;
	char *input = print_input(ask, &status);
	const struct limits whole = { WHOLE, INT_MAX, input };
	struct buf draft;

	buf_init(&draft, max);
	if (!fits(ask, &whole, &draft))
		write_cut(ask, input, max, &draft);
	if (status == STATUS_OK)
		status = buf_status(&draft);
	if (status != STATUS_OK)
		json->status = status;
	buf_add(json, buf_text(&draft), draft.len);
	buf_finish(&draft);
	cJSON_free(input);
	return buf_status(json);
}

void
ask_read(const struct json_object *event, struct ask *ask)
{
	struct json_object object = json_member(event, "ask");
	enum status status;
	struct buf draft;
	char *input;

	*ask = (struct ask){ .node = NULL };
	if (object.node == NULL)
		return;
	check(&object);
	if (fault_is_set(event->fault))
		return;
	ask->node = object.node;
	ask->is_cut = json_bool(&object, "cut", false);
	input = print_input(ask, &status);
	buf_init(&draft, ASK_MAX);
	(void)fits(ask, &(struct limits){ WHOLE, INT_MAX, input }, &draft);
	ask->is_cut |= status != STATUS_OK || buf_status(&draft) != STATUS_OK;
	buf_finish(&draft);
	cJSON_free(input);
}

/* As much of a piece as there is room for. */
static void
say(struct buf *text, const char *before, const char *piece)
{
	size_t room = text->max - text->len;

	if (strlen(before) > room)
		return;
	buf_addf(text, "%s", before);
	buf_add(text, piece, text_cut(piece, room - strlen(before)));
}

static void
say_input(struct buf *text, const cJSON *ask)
{
	const cJSON *tool = get(ask, "tool");
	const cJSON *input = get(ask, "input");
	const char *before = tool != NULL ? ": " : "";
	char *json;

	if (tool != NULL)
		say(text, "", tool->valuestring);
	if (input == NULL)
		return;
	if (cJSON_IsString(input)) {
		say(text, before, input->valuestring);
		return;
	}
	json = cJSON_PrintUnformatted(input);
	if (json == NULL)
		text->status = STATUS_NO_MEMORY;
	else
		say(text, before, json);
	cJSON_free(json);
}

/* Those which the input does not say already. */
static void
say_patterns(struct buf *text, const cJSON *ask)
{
	const cJSON *input = get(ask, "input");
	bool is_first = true;

	for (const cJSON *pattern = first_of(ask, "patterns"); pattern != NULL;
	     pattern = pattern->next) {
		if (cJSON_Compare(pattern, input, true))
			continue;
		if (is_first)
			say(text, text->len > 0 ? "\n" : "", "Patterns: ");
		say(text, is_first ? "" : ", ", pattern->valuestring);
		is_first = false;
	}
}

static void
say_question(struct buf *text, const cJSON *question)
{
	const cJSON *header = get(question, "header");
	const char *before = text->len > 0 ? "\n\n" : "";

	if (header != NULL && *header->valuestring != '\0') {
		say(text, before, header->valuestring);
		before = ": ";
	}
	say(text, before, get(question, "text")->valuestring);
	for (const cJSON *option = first_of(question, "options");
	     option != NULL; option = option->next) {
		const cJSON *more = get(option, "description");

		say(text, "\n- ", get(option, "label")->valuestring);
		if (more != NULL && *more->valuestring != '\0')
			say(text, ": ", more->valuestring);
	}
}

void
ask_add_text(const struct ask *ask, struct buf *text)
{
	say_input(text, ask->node);
	say_patterns(text, ask->node);
	for (const cJSON *question = first_of(ask->node, "questions");
	     question != NULL; question = question->next)
		say_question(text, question);
}

bool
ask_takes_words(const struct ask *ask)
{
	const cJSON *first = first_of(ask->node, "questions");

	return ask->node == NULL ||
	    (first != NULL && first->next == NULL &&
	        !cJSON_IsFalse(get(first, "custom")));
}
