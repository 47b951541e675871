#include "core/pending.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE(ask)                                                        \
	"{\"asks\":[{\"id\":\"evt_1\",\"kind\":\"permission.asked\","     \
	"\"request\":{\"id\":\"per_9\",\"nonce\":\"x\"},\"ask\":null},"   \
	"{\"id\":\"evt_2\",\"kind\":\"permission.asked\",\"request\":"    \
	"{\"id\":\"per_1\",\"nonce\":\"n\"},\"session\":{\"id\":"         \
	"\"ses_1\",\"title\":\"Fix \\u202elogin\"},\"project\":\"shop\"," \
	"\"host\":\"workstation\",\"ask\":" ask "}]}"
#define QUESTIONS(list)                                             \
	"{\"asks\":[{\"id\":\"evt_1\",\"kind\":\"question.asked\"," \
	"\"request\":{\"id\":\"per_1\",\"nonce\":\"n\"},\"ask\":{"  \
	"\"questions\":[" list "],\"cut\":false}}]}"
#define BASH                                                             \
	"{\"tool\":\"bash\",\"input\":\"rm -rf build\",\"patterns\":[]," \
	"\"always\":[\"rm *\"],\"cut\":false}"
#define DATABASE                                                           \
	"{\"header\":\"Store\",\"text\":\"Which?\",\"options\":["          \
	"{\"label\":\"SQLite\"},{\"label\":\"none\"}],\"multiple\":false," \
	"\"custom\":false}"
#define TESTS                                                     \
	"{\"text\":\"Tests?\",\"options\":[{\"label\":\"unit\"}," \
	"{\"label\":\"e2e\"}],\"multiple\":true}"
#define FREE "{\"text\":\"Why?\"}"

/* A request and its answer. */
struct talk {
	struct fault state_fault;
	struct fault fault;
	struct cJSON *root;
	struct pending pending;
	struct buf answers;
	struct reply reply;
};

static void
look(struct talk *talk, const char *state)
{
	struct json_object object;

	memset(talk, 0, sizeof(*talk));
	assert_int_equal(json_parse(state, strlen(state), &talk->state_fault,
	                     &talk->root, &object),
	    STATUS_OK);
	assert_true(pending_find(&object, "per_1", &talk->pending));
	buf_init(&talk->answers, REPLY_MAX);
}

static void
leave(struct talk *talk)
{
	buf_finish(&talk->answers);
	json_free(talk->root);
}

/* In:  words  separated by '|' */
static enum status
say(struct talk *talk, const char *words)
{
	char *copy = strdup(words);
	char *rest = copy;
	char *parts[8] = { NULL };
	size_t count = 0;
	enum status status;

	while (rest != NULL)
		parts[count++] = strsep(&rest, "|");
	status = pending_answer(&talk->pending, parts, &talk->answers,
	    &talk->reply, &talk->fault);
	/* The word points into the copy. */
	if (talk->reply.word != NULL && count == 1)
		talk->reply.word =
		    strcmp(talk->reply.word, words) == 0 ? words : "?";
	free(copy);
	return status;
}

static void
assert_answers(const char *state, const char *words, const char *answers)
{
	struct talk talk;

	look(&talk, state);
	assert_int_equal(say(&talk, words), STATUS_OK);
	assert_false(fault_is_set(&talk.fault));
	if (answers != NULL)
		assert_string_equal(talk.reply.answers, answers);
	else
		assert_string_equal(talk.reply.word, words);
	assert_string_equal(talk.reply.request, "per_1");
	assert_string_equal(talk.reply.nonce, "n");
	leave(&talk);
}

static void
assert_refuses(const char *state, const char *words, const char *fault)
{
	struct talk talk;

	look(&talk, state);
	assert_int_equal(say(&talk, words), STATUS_BAD_INPUT);
	assert_string_equal(talk.fault.text, fault);
	leave(&talk);
}

TEST(answers_a_permission)
{
	assert_answers(STATE(BASH), "once", NULL);
	assert_answers(STATE(BASH), "always", NULL);
	assert_answers(STATE(BASH), "reject", NULL);
	assert_refuses(STATE(BASH), "yes",
	    "a permission is answered with once, always or reject");
	assert_refuses(STATE(BASH), "once|once",
	    "a permission is answered with once, always or reject");
}

TEST(allows_nothing_that_it_cannot_show_whole)
{
	static const char *const states[] = {
		STATE("null"),
		STATE("{\"tool\":\"bash\",\"input\":\"rm\",\"cut\":true}"),
	};

	for (size_t i = 0; i < COUNT_OF(states); i++) {
		assert_refuses(states[i], "once",
		    "not all of what it asks is here: answer it where the "
		    "agent runs, or reject it");
		assert_answers(states[i], "reject", NULL);
	}
	assert_refuses(STATE("{\"tool\":\"bash\",\"input\":\"rm\"}"), "always",
	    "it does not say what 'always' would cover: answer once or "
	    "reject");
}

TEST(answers_each_question)
{
	assert_answers(QUESTIONS(DATABASE), "SQLite", "[[\"SQLite\"]]");
	assert_answers(QUESTIONS(DATABASE "," TESTS "," FREE),
	    "none|[\"unit\",\"e2e\"]|because \"so\"",
	    "[[\"none\"],[\"unit\",\"e2e\"],[\"because \\\"so\\\"\"]]");
	assert_answers(QUESTIONS(TESTS), "unit", "[[\"unit\"]]");
	assert_answers(QUESTIONS(TESTS), "[]", "[[]]");
	assert_answers(QUESTIONS(TESTS), "other", "[[\"other\"]]");
	assert_answers(QUESTIONS(FREE), "[\"reject\"]", "[[\"reject\"]]");
	assert_answers(QUESTIONS(FREE), "a,b", "[[\"a,b\"]]");
	assert_answers(QUESTIONS(FREE), "reject", NULL);
}

TEST(refuses_an_answer_that_does_not_fit)
{
	static const struct {
		const char *state;
		const char *words;
		const char *fault;
	} cases[] = {
		{ QUESTIONS(DATABASE), "SQLite|none",
		    "there is 1 question, and 2 answers: say one for each, or "
		    "reject" },
		{ QUESTIONS(DATABASE "," FREE), "SQLite",
		    "there are 2 questions, and 1 answer: say one for each, or "
		    "reject" },
		{ QUESTIONS(DATABASE), "sqlite",
		    "answer 1: 'sqlite' is none of its labels" },
		{ QUESTIONS(FREE "," DATABASE), "x|[\"SQLite\",\"none\"]",
		    "answer 2 must be one label, and is 2" },
		{ QUESTIONS(DATABASE), "[]",
		    "answer 1 must be one label, and is 0" },
		{ QUESTIONS(FREE), "", "answer 1 is empty" },
		{ QUESTIONS(TESTS), "[\"unit\"",
		    "[\"unit\" is no JSON list of labels" },
		{ QUESTIONS(TESTS), "[1]", "labels[0]: must be text" },
		{ QUESTIONS(""), "x",
		    "there are 0 questions, and 1 answer: say one for each, or "
		    "reject" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refuses(cases[i].state, cases[i].words, cases[i].fault);
}

TEST(cannot_answer_without_a_nonce)
{
	static const char document[] =
	    "{\"asks\":[{\"kind\":\"permission.asked\",\"request\":{\"id\":"
	    "\"per_1\"},\"ask\":" BASH "}]}";

	assert_refuses(document, "reject", "it cannot be answered from here");
}

TEST(shows_what_is_asked_marked_and_behind_a_margin)
{
	struct talk talk;
	struct buf text;

	look(&talk,
	    STATE("{\"tool\":\"bash\",\"input\":\"echo "
	          "\\u001b[2K\\nanswered by me\",\"patterns\":[\"echo "
	          "*\"],\"always\":[\"echo *\",\"a\\nb\"]}"));
	buf_init(&text, PENDING_TEXT_MAX);
	pending_describe(&talk.pending, &text);
	assert_string_equal(buf_text(&text),
	    "permission per_1 of workstation, project shop, session Fix "
	    "[U+202E]login\n"
	    "  | bash: echo [U+001B][2K\n"
	    "  | answered by me\n"
	    "  | Patterns: echo *\n"
	    "  'always' would cover\n"
	    "  | echo *\n"
	    "  | a\n"
	    "  | b\n");
	buf_finish(&text);
	leave(&talk);
}

TEST(says_what_each_question_takes)
{
	struct talk talk;
	struct buf text;

	look(&talk, QUESTIONS(DATABASE "," TESTS));
	buf_init(&text, PENDING_TEXT_MAX);
	pending_describe(&talk.pending, &text);
	assert_string_equal(buf_text(&text),
	    "question per_1\n"
	    "  | Store: Which?\n"
	    "  | - SQLite\n"
	    "  | - none\n"
	    "  | \n"
	    "  | Tests?\n"
	    "  | - unit\n"
	    "  | - e2e\n"
	    "  answer 1: one label\n"
	    "  answer 2: a JSON list of labels, or your own words\n");
	buf_finish(&text);
	leave(&talk);
}

TEST(tells_what_waits)
{
	static const char document[] = STATE(BASH);
	struct fault fault = { "" };
	struct json_object object;
	struct pending pending;
	struct cJSON *root;
	struct buf names;

	assert_int_equal(json_parse(document, strlen(document), &fault, &root,
	                     &object),
	    STATUS_OK);
	assert_false(pending_find(&object, "per_2", &pending));
	assert_false(pending_find(&object, "evt_1", &pending));
	buf_init(&names, 64);
	pending_names(&object, &names);
	assert_string_equal(buf_text(&names), "per_9, per_1");
	buf_finish(&names);
	json_free(root);
}

TEST(refuses_a_state_that_is_malformed)
{
	static const char *const states[] = {
		"{\"asks\":{}}",
		STATE("{\"tool\":1}"),
		QUESTIONS("{\"text\":1}"),
	};

	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct fault fault = { "" };
		struct json_object object;
		struct pending pending;
		struct cJSON *root;

		assert_int_equal(json_parse(states[i], strlen(states[i]),
		                     &fault, &root, &object),
		    STATUS_OK);
		assert_false(pending_find(&object, "per_1", &pending));
		assert_true(fault_is_set(&fault));
		json_free(root);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_a_permission),
		cmocka_unit_test(allows_nothing_that_it_cannot_show_whole),
		cmocka_unit_test(answers_each_question),
		cmocka_unit_test(refuses_an_answer_that_does_not_fit),
		cmocka_unit_test(cannot_answer_without_a_nonce),
		cmocka_unit_test(
		    shows_what_is_asked_marked_and_behind_a_margin),
		cmocka_unit_test(says_what_each_question_takes),
		cmocka_unit_test(tells_what_waits),
		cmocka_unit_test(refuses_a_state_that_is_malformed),
	};

	return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
