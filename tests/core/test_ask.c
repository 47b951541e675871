#include "base/text.h"
#include "core/ask.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event's ask, read; finish() it. */
struct reading {
	struct fault fault;
	struct cJSON *root;
	struct ask ask;
};

static void
begin(struct reading *reading, const char *ask)
{
	struct json_object object;
	struct buf text;

	memset(reading, 0, sizeof(*reading));
	buf_init(&text, JSON_MAX);
	buf_addf(&text, "{\"ask\":%s}", ask);
	assert_int_equal(json_parse(buf_text(&text), text.len, &reading->fault,
	                     &reading->root, &object),
	    STATUS_OK);
	ask_read(&object, &reading->ask);
	buf_finish(&text);
}

static void
finish(struct reading *reading)
{
	json_free(reading->root);
}

static void
assert_refused(const char *ask, const char *why)
{
	struct reading reading;

	begin(&reading, ask);
	assert_string_equal(reading.fault.text, why);
	assert_null(reading.ask.node);
	finish(&reading);
}

/* What is written of ask within max bytes is expected, in any order. */
static void
assert_written(const char *ask, size_t max, const char *expected)
{
	struct reading reading;
	struct buf json;
	cJSON *ours;
	cJSON *theirs = cJSON_Parse(expected);

	begin(&reading, ask);
	assert_string_equal(reading.fault.text, "");
	buf_init(&json, max);
	assert_int_equal(ask_write(&reading.ask, max, &json), STATUS_OK);
	ours = cJSON_Parse(buf_text(&json));
	if (!cJSON_Compare(ours, theirs, true))
		assert_string_equal(buf_text(&json), expected);
	cJSON_Delete(ours);
	cJSON_Delete(theirs);
	buf_finish(&json);
	finish(&reading);
}

static void
assert_said(const char *ask, const char *expected)
{
	struct reading reading;
	struct buf text;

	begin(&reading, ask);
	buf_init(&text, ASK_MAX);
	ask_add_text(&reading.ask, &text);
	assert_string_equal(buf_text(&text), expected);
	assert_int_equal(buf_status(&text), STATUS_OK);
	buf_finish(&text);
	finish(&reading);
}

TEST(names_the_path_of_what_is_wrong)
{
	assert_refused("1", "ask: must be an object");
	assert_refused("{\"tool\":[]}", "ask.tool: must be text");
	assert_refused("{\"patterns\":\"*\"}", "ask.patterns: must be a list");
	assert_refused("{\"always\":[\"a\",1]}", "ask.always[1]: must be text");
	assert_refused("{\"cut\":0}", "ask.cut: must be true or false");
	assert_refused("{\"questions\":[{}]}",
	    "ask.questions[0].text: is missing");
	assert_refused("{\"questions\":[{\"text\":\"?\",\"multiple\":1}]}",
	    "ask.questions[0].multiple: must be true or false");
	assert_refused("{\"questions\":[{\"text\":\"?\",\"options\":[{}]}]}",
	    "ask.questions[0].options[0].label: is missing");
}

TEST(keeps_what_is_part_of_an_ask_and_nothing_else)
{
	static const char permission[] =
	    "{\"tool\":\"mcp_pay\",\"input\":{\"to\":\"bob\",\"amount\":1.5,"
	    "\"x\":[null]},\"patterns\":[\"*\"],\"always\":[],\"cut\":false}";
	static const char questions[] =
	    "{\"questions\":[{\"header\":\"DB\",\"text\":\"Which?\","
	    "\"options\":[{\"label\":\"a\",\"description\":\"b\"}],"
	    "\"multiple\":true,\"custom\":false},{\"text\":\"\"}],"
	    "\"cut\":true}";

	assert_written(permission, ASK_MAX, permission);
	assert_written(questions, ASK_MAX, questions);
	assert_written("{\"mood\":1,\"tool\":null,\"questions\":[{\"x\":1,"
	               "\"text\":\"?\",\"options\":[{\"label\":\"a\","
	               "\"y\":2}]}]}",
	    ASK_MAX,
	    "{\"cut\":false,\"questions\":[{\"text\":\"?\",\"options\":"
	    "[{\"label\":\"a\"}]}]}");
	/* Readers differ in which of two they take. */
	assert_written("{\"input\":\"ls\",\"input\":\"rm\",\"tool\":\"bash\"}",
	    ASK_MAX, "{\"cut\":false,\"input\":\"ls\",\"tool\":\"bash\"}");
}

/* {"tool":"…","input":"xxx…"} of len bytes as it is written. */
static char *
long_ask(size_t len)
{
	static const char frame[] = "{\"cut\":false,\"input\":\"\"}";
	size_t count = len - strlen(frame);
	char *text = malloc(len + 1);

	assert_non_null(text);
	memcpy(text, frame, sizeof(frame) - 3);
	memset(text + sizeof(frame) - 3, 'x', count);
	memcpy(text + sizeof(frame) - 3 + count, "\"}", 3);
	return text;
}

TEST(knows_that_more_than_16_kib_is_not_all)
{
	for (size_t more = 0; more < 2; more++) {
		struct reading reading;
		char *text = long_ask(ASK_MAX + more);

		begin(&reading, text);
		assert_int_equal(reading.ask.is_cut, more);
		finish(&reading);
		free(text);
	}
	/* Its writer may have known it before. */
	assert_written("{\"tool\":\"a\",\"cut\":true}", ASK_MAX,
	    "{\"tool\":\"a\",\"cut\":true}");
}

/* Whatever the limit: JSON, not longer, and cut where it is not all. */
static void
check_cut(const char *text, size_t max)
{
	struct reading reading;
	struct json_object object;
	struct buf json;
	struct cJSON *root;

	begin(&reading, text);
	buf_init(&json, 2 * JSON_MAX);
	assert_int_equal(ask_write(&reading.ask, max, &json), STATUS_OK);
	assert_in_range(json.len, 2, max);
	assert_true(text_is_utf8(buf_text(&json), json.len));
	assert_int_equal(json_parse(buf_text(&json), json.len, &reading.fault,
	                     &root, &object),
	    STATUS_OK);
	if (json.len < strlen(text))
		assert_true(json_bool(&object, "cut", false));
	json_free(root);
	buf_finish(&json);
	finish(&reading);
}

TEST(cuts_to_any_limit)
{
	struct buf list;
	char *text = long_ask(6000);

	buf_init(&list, JSON_MAX);
	buf_addf(&list, "{\"cut\":false,\"questions\":[");
	for (int i = 0; i < 600; i++)
		buf_addf(&list,
		    "%s{\"text\":\"\xf0\x9f\x94\x94\\u0007\\\"\","
		    "\"options\":[{\"label\":\"\xd7\xa9\"}]}",
		    i > 0 ? "," : "");
	buf_addf(&list, "]}");
	for (size_t max = ASK_LEAST; max < 7000; max = max * 5 / 4) {
		check_cut(text, max);
		check_cut(buf_text(&list), max);
		check_cut("{\"cut\":false,\"input\":{\"command\":\"\\n\\n\\n\","
		          "\"and\":[1,2,{\"more\":\"things\"}]}}",
		    max);
	}
	buf_finish(&list);
	free(text);
}

TEST(cuts_the_longest_texts_and_leaves_the_short_ones)
{
	struct reading reading;
	struct json_object object;
	struct buf json;
	struct cJSON *root;
	char *text = long_ask(6000);

	memcpy(text, "{\"tool\":\"bash\"", 14); /* in place of "cut" */
	memcpy(text + 14, ",\"input\":\"", 10);
	begin(&reading, text);
	buf_init(&json, 1000);
	assert_int_equal(ask_write(&reading.ask, 1000, &json), STATUS_OK);
	assert_int_equal(json.len, 1000);
	assert_int_equal(json_parse(buf_text(&json), json.len, &reading.fault,
	                     &root, &object),
	    STATUS_OK);
	assert_string_equal(json_text(&object, "tool", 10), "bash");
	assert_int_equal(strlen(json_text(&object, "input", JSON_MAX)), 963);
	json_free(root);
	buf_finish(&json);
	finish(&reading);
	free(text);
}

TEST(makes_a_text_of_an_input_that_is_cut)
{
	assert_written("{\"input\":{\"command\":\"0123456789\",\"n\":1}}", 48,
	    "{\"cut\":true,\"input\":\"{\\\"command\\\":\\\"0123456789\"}");
}

TEST(says_what_a_permission_is_for)
{
	assert_said("{\"tool\":\"bash\",\"input\":\"rm -rf build\","
	            "\"patterns\":[\"rm -rf build\"],\"always\":[\"rm *\"]}",
	    "bash: rm -rf build");
	assert_said("{\"tool\":\"pay\",\"input\":{\"to\":\"bob\",\"n\":2},"
	            "\"patterns\":[\"*\",\"x\"]}",
	    "pay: {\"to\":\"bob\",\"n\":2}\nPatterns: *, x");
	assert_said("{\"tool\":\"doom_loop\"}", "doom_loop");
	assert_said("{\"input\":\"ls\"}", "ls");
	assert_said("{\"patterns\":[\"a\"]}", "Patterns: a");
	assert_said("{}", "");
	assert_said("null", "");
}

TEST(says_each_question_with_its_options)
{
	assert_said("{\"questions\":[{\"header\":\"Database\",\"text\":"
	            "\"This is my plan:\\n- drop it\\nGo on?\",\"options\":["
	            "{\"label\":\"Yes\",\"description\":\"at once\"},"
	            "{\"label\":\"No\",\"description\":\"\"}]},"
	            "{\"header\":\"\",\"text\":\"Why?\"}]}",
	    "Database: This is my plan:\n- drop it\nGo on?\n- Yes: at once\n"
	    "- No\n\nWhy?");
}

TEST(says_as_much_as_there_is_room_for)
{
	struct reading reading;
	struct buf text;

	begin(&reading, "{\"tool\":\"bash\",\"input\":\"\xd7\xa9\xd7\xa9\"}");
	for (size_t max = 0; max < 12; max++) {
		buf_init(&text, max);
		ask_add_text(&reading.ask, &text);
		assert_int_equal(buf_status(&text), STATUS_OK);
		assert_true(text_is_utf8(buf_text(&text), text.len));
		assert_memory_equal(buf_text(&text), "bash: \xd7\xa9\xd7\xa9",
		    text.len);
		buf_finish(&text);
	}
	finish(&reading);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_path_of_what_is_wrong),
		cmocka_unit_test(keeps_what_is_part_of_an_ask_and_nothing_else),
		cmocka_unit_test(knows_that_more_than_16_kib_is_not_all),
		cmocka_unit_test(cuts_to_any_limit),
		cmocka_unit_test(
		    cuts_the_longest_texts_and_leaves_the_short_ones),
		cmocka_unit_test(makes_a_text_of_an_input_that_is_cut),
		cmocka_unit_test(says_what_a_permission_is_for),
		cmocka_unit_test(says_each_question_with_its_options),
		cmocka_unit_test(says_as_much_as_there_is_room_for),
	};

	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
