#include "core/pending.h"

#include "base/text.h"
#include "core/marks.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 64     /* bytes */
#define NAME_MAX 128  /* bytes */
#define NONCE_MAX 256 /* bytes */
#define MARGIN "  | "

/* A JSON list of labels, if a word is one. */
struct labels {
	struct cJSON *root; /* owned; NULL = the word is the one label */
	struct json_list list;
	const char *word;
	bool is_first;
};

static bool
is_request(const struct json_object *entry, const char *request)
{
	struct json_object given = json_member(entry, "request");
	const char *id = json_id(&given, "id");

	return id != NULL && strcmp(id, request) == 0;
}

static void
read_entry(const struct json_object *entry, struct pending *pending)
{
	struct json_object request = json_member(entry, "request");
	struct json_object session = json_member(entry, "session");
	const char *kind = json_line(entry, "kind", ID_MAX);

	*pending = (struct pending){
		.is_question =
		    kind != NULL && strcmp(kind, "question.asked") == 0,
		.request = json_id(&request, "id"),
		.nonce = json_text(&request, "nonce", NONCE_MAX),
		.session = json_text(&session, "title", NAME_MAX),
		.project = json_text(entry, "project", NAME_MAX),
		.host = json_id(entry, "host"),
		.ask = json_member(entry, "ask"),
	};
	ask_read(entry, &pending->what);
	pending->is_whole = pending->what.node != NULL && !pending->what.is_cut;
}

bool
pending_find(const struct json_object *state, const char *request,
    struct pending *pending)
{
	struct json_list asks = json_list(state, "asks");
	struct json_object entry;

	while (json_next(&asks, &entry)) {
		if (!is_request(&entry, request))
			continue;
		read_entry(&entry, pending);
		return !fault_is_set(state->fault);
	}
	return false;
}

void
pending_names(const struct json_object *state, struct buf *text)
{
	struct json_list asks = json_list(state, "asks");
	struct json_object entry;

	while (json_next(&asks, &entry)) {
		struct json_object request = json_member(&entry, "request");
		const char *id = json_id(&request, "id");

		if (id != NULL)
			buf_addf(text, "%s%s", text->len > 0 ? ", " : "", id);
	}
}

static void
add_name(struct buf *text, const char *before, const char *name)
{
	if (name == NULL)
		return;
	buf_addf(text, "%s", before);
	marks_write_line(name, text);
}

/* Each line of a stranger's text behind the margin. */
static void
add_lines(struct buf *text, const char *lines)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		buf_addf(text, MARGIN "%.*s\n", (int)len, lines);
		lines += len;
		if (*lines == '\n')
			lines++;
	}
}

static void
add_marked(struct buf *text, const char *lines, size_t len)
{
	struct buf marked;

	buf_init(&marked, PENDING_TEXT_MAX);
	marks_write(lines, len, &marked);
	if (buf_status(&marked) != STATUS_OK)
		text->status = buf_status(&marked);
	add_lines(text, buf_text(&marked));
	buf_finish(&marked);
}

static void
add_always(struct buf *text, const struct pending *pending)
{
	struct json_list always = json_list(&pending->ask, "always");
	const char *pattern;

	if (always.next == NULL)
		return;
	buf_addf(text, "  'always' would cover\n");
	while ((pattern = json_next_text(&always)) != NULL)
		add_marked(text, pattern, strlen(pattern));
}

/* What kinds of answers each question takes. */
static void
add_manners(struct buf *text, const struct pending *pending)
{
	struct json_list questions = json_list(&pending->ask, "questions");
	struct json_object question;

	while (json_next(&questions, &question)) {
		bool is_multiple = json_bool(&question, "multiple", false);
		bool is_custom = json_bool(&question, "custom", true);

		buf_addf(text, "  answer %d: %s%s\n", questions.index,
		    is_multiple ? "a JSON list of labels" : "one label",
		    is_custom ? ", or your own words" : "");
	}
}

void
pending_describe(const struct pending *pending, struct buf *text)
{
	struct buf words;

	buf_addf(text, "%s %s",
	    pending->is_question ? "question" : "permission", pending->request);
	add_name(text, " of ", pending->host);
	add_name(text, ", project ", pending->project);
	add_name(text, ", session ", pending->session);
	buf_addf(text, "\n");
	if (pending->what.node != NULL) {
		buf_init(&words, JSON_RETAINED_MAX);
		ask_add_text(&pending->what, &words);
		add_marked(text, buf_text(&words), words.len);
		buf_finish(&words);
		add_always(text, pending);
		add_manners(text, pending);
	}
	if (!pending->is_whole)
		buf_addf(text, "  There is more to it than stands here.\n");
}

/* A word that begins with '[' is a list. */
static void
open_labels(const char *word, struct labels *labels, struct fault *fault)
{
	struct json_object object = { .fault = fault };
	struct fault ignored = { "" };
	struct buf json;

	*labels = (struct labels){ .word = word, .is_first = true };
	if (*word != '[')
		return;
	buf_init(&json, JSON_MAX);
	buf_addf(&json, "{\"labels\":%s}", word);
	if (json_parse(buf_text(&json), json.len, &ignored, &labels->root,
	        &object) == STATUS_OK) {
		object.fault = fault;
		labels->list = json_list(&object, "labels");
	} else {
		fault_set(fault, "%.64s is no JSON list of labels", word);
	}
	buf_finish(&json);
}

/* The next label, or NULL. */
static const char *
next_label(struct labels *labels)
{
	if (labels->root != NULL)
		return json_next_text(&labels->list);
	if (!labels->is_first)
		return NULL;
	labels->is_first = false;
	return labels->word;
}

static bool
is_option(const struct json_object *question, const char *label)
{
	struct json_list options = json_list(question, "options");
	struct json_object option;

	while (json_next(&options, &option)) {
		const char *other = json_text(&option, "label", JSON_MAX);

		if (other != NULL && strcmp(other, label) == 0)
			return true;
	}
	return false;
}

/* Append the labels that answer one question. */
static void
add_answer(struct buf *answers, const struct json_object *question, int number,
    const char *word, struct fault *fault)
{
	bool is_multiple = json_bool(question, "multiple", false);
	bool is_custom = json_bool(question, "custom", true);
	struct labels labels;
	const char *label;
	size_t count = 0;

	open_labels(word, &labels, fault);
	buf_addf(answers, "%s[", number > 1 ? "," : "");
	while (!fault_is_set(fault) && (label = next_label(&labels)) != NULL) {
		if (*label == '\0')
			fault_set(fault, "answer %d is empty", number);
		else if (!is_custom && !is_option(question, label))
			fault_set(fault,
			    "answer %d: '%.64s' is none of its labels", number,
			    label);
		buf_addf(answers, count++ > 0 ? "," : "");
		buf_add_json(answers, label);
	}
	buf_addf(answers, "]");
	if (!is_multiple && count != 1)
		fault_set(fault, "answer %d must be one label, and is %zu",
		    number, count);
	json_free(labels.root);
}

static void
answer_questions(const struct pending *pending, char *const *words,
    size_t count, struct buf *answers, struct fault *fault)
{
	struct json_list questions = json_list(&pending->ask, "questions");
	struct json_object question;

	if ((size_t)questions.count != count)
		fault_set(fault,
		    "there %s %d question%s, and %zu answer%s: say one for "
		    "each, or reject",
		    questions.count == 1 ? "is" : "are", questions.count,
		    questions.count == 1 ? "" : "s", count,
		    count == 1 ? "" : "s");
	buf_addf(answers, "[");
	while (!fault_is_set(fault) && json_next(&questions, &question))
		add_answer(answers, &question, questions.index,
		    words[questions.index - 1], fault);
	buf_addf(answers, "]");
}

/* Consent is for what was seen. */
static const char *
check_permission(const struct pending *pending, const char *word,
    struct fault *fault)
{
	struct json_list always = json_list(&pending->ask, "always");

	if (strcmp(word, "once") != 0 && strcmp(word, "always") != 0)
		fault_set(fault,
		    "a permission is answered with once, always or reject");
	else if (strcmp(word, "always") == 0 && always.count == 0)
		fault_set(fault,
		    "it does not say what 'always' would cover: answer once "
		    "or reject");
	return word;
}

static size_t
count_of(char *const *words)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

enum status
pending_answer(const struct pending *pending, char *const *words,
    struct buf *answers, struct reply *reply, struct fault *fault)
{
	size_t count = count_of(words);
	bool is_reject = count == 1 && strcmp(words[0], "reject") == 0;

	*reply = (struct reply){
		.request = pending->request,
		.nonce = pending->nonce,
	};
	if (pending->nonce == NULL)
		fault_set(fault, "it cannot be answered from here");
	else if (!pending->is_question && count != 1)
		fault_set(fault,
		    "a permission is answered with once, always or reject");
	else if (is_reject)
		reply->word = "reject";
	else if (!pending->is_whole)
		fault_set(fault,
		    "not all of what it asks is here: answer it where the "
		    "agent runs, or reject it");
	else if (pending->is_question)
		answer_questions(pending, words, count, answers, fault);
	else
		reply->word = check_permission(pending, words[0], fault);
	reply->answers = buf_text(answers);
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	return buf_status(answers);
}
