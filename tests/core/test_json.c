#include "core/json.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A document being read; finish() it. */
struct reading {
	struct fault fault;
	struct cJSON *root;
	struct json_object object;
	enum status status;
};

static void
read_bytes(struct reading *reading, const char *bytes, size_t len)
{
	memset(reading, 0, sizeof(*reading));
	reading->status = json_parse(bytes, len, &reading->fault,
	    &reading->root, &reading->object);
	assert_int_equal(reading->root != NULL, reading->status == STATUS_OK);
	assert_int_equal(fault_is_set(&reading->fault),
	    reading->status == STATUS_BAD_INPUT);
}

static void
begin(struct reading *reading, const char *text)
{
	read_bytes(reading, text, strlen(text));
	assert_int_equal(reading->status, STATUS_OK);
}

static void
finish(struct reading *reading)
{
	json_free(reading->root);
}

static void
assert_refused(const char *bytes, size_t len, const char *why)
{
	struct reading reading;

	read_bytes(&reading, bytes, len);
	assert_int_equal(reading.status, STATUS_BAD_INPUT);
	assert_string_equal(reading.fault.text, why);
}

TEST(takes_an_object_with_white_space_around_it)
{
	struct reading reading;

	begin(&reading, " \t\r\n{ } \t\r\n");
	finish(&reading);
}

TEST(refuses_what_is_no_object)
{
	static const char *const others[] = { "[]", "\"text\"", "1", "null",
		"true" };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_refused(others[i], strlen(others[i]),
		    "not a JSON object");
}

TEST(says_where_broken_json_breaks)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "{\"a\":1} x", "not valid JSON at byte 8" },
		{ "{} {}", "not valid JSON at byte 3" },
		{ "{\"a\":}", "not valid JSON at byte 5" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(cases[i].text, strlen(cases[i].text),
		    cases[i].why);
}

TEST(refuses_broken_json_however_it_breaks)
{
	static const char *const broken[] = { "", " ", "{", "}", "{\"a\"",
		"{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":\"",
		"{\"a\":\"\\", "{\"a\":\"\\u00", "{\"a\":[1", "{\"a\":tru}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":nan}",
		"{\"a\":-}" };

	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct reading reading;

		read_bytes(&reading, broken[i], strlen(broken[i]));
		assert_int_equal(reading.status, STATUS_BAD_INPUT);
	}
}

TEST(refuses_bytes_that_are_no_text)
{
	assert_refused("{\"a\":\"\xc0\xaf\"}", 10, "not valid UTF-8");
	assert_refused("{}\0", 3, "not valid UTF-8");
	assert_refused("{\"a\":\"\0\"}", 9, "not valid UTF-8");
}

TEST(hides_nothing_behind_a_nul)
{
	struct reading reading;

	begin(&reading, "{\"a\":\"ls\\u0000; rm\",\"b\":\"\\\\u0000\"}");
	assert_string_equal(json_text(&reading.object, "a", 99),
	    "ls\xef\xbf\xbd; rm");
	assert_string_equal(json_text(&reading.object, "b", 99), "\\u0000");
	finish(&reading);
	assert_refused("{\"a\":\"\\u0000\"} x", 16,
	    "not valid JSON at byte 15");
}

/* count opening brackets, then as many closing ones. */
static size_t
nest(char *out, int count)
{
	size_t len = (size_t)snprintf(out, 8, "{\"a\":");

	for (int i = 1; i < count; i++)
		out[len++] = '[';
	for (int i = 1; i < count; i++)
		out[len++] = ']';
	out[len++] = '}';
	return len;
}

TEST(takes_sixteen_levels_and_no_more)
{
	struct reading reading;
	char text[256];
	size_t len = nest(text, JSON_DEPTH_MAX);

	read_bytes(&reading, text, len);
	assert_int_equal(reading.status, STATUS_OK);
	finish(&reading);
	len = nest(text, JSON_DEPTH_MAX + 1);
	assert_refused(text, len, "nested deeper than 16");
}

TEST(does_not_count_brackets_inside_texts)
{
	struct reading reading;

	begin(&reading,
	    "{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[\"}");
	finish(&reading);
}

TEST(does_not_count_siblings_as_levels)
{
	struct reading reading;

	begin(&reading,
	    "{\"a\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}");
	finish(&reading);
}

TEST(takes_a_document_of_the_stated_size_and_no_larger)
{
	struct reading reading;
	char *text = malloc(JSON_MAX + 1);

	assert_non_null(text);
	memset(text, ' ', JSON_MAX + 1);
	text[0] = '{';
	text[JSON_MAX - 1] = '}';
	read_bytes(&reading, text, JSON_MAX);
	assert_int_equal(reading.status, STATUS_OK);
	finish(&reading);
	assert_refused(text, JSON_MAX + 1, "larger than 65536 bytes");
	free(text);
}

/* A message ends where its length says; the next byte may not be ours. */
TEST(reads_nothing_beyond_its_end)
{
	static const char *const ends[] = { "{", "{\"a\"", "{\"a\":1,",
		"{\"a\":\"", "{\"a\":\"\\", "{\"a\":\"\\u12", "{\"a\":[1,",
		"{\"a\":tru", "{\"a\":12", "{}", "{} ", "\xef\xbb\xbf", "" };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t len = strlen(ends[i]);
		char *text = pages + page - len;
		struct reading reading;

		memcpy(text, ends[i], len);
		read_bytes(&reading, text, len);
		finish(&reading);
	}
	(void)munmap(pages, 2 * page);
}

TEST(gives_the_fallback_for_what_is_absent_or_null)
{
	static const char *const words[] = { "one", "two", NULL };
	static const char *const documents[] = { "{}",
		"{\"a\":null,\"A\":\"x\"}" };

	for (size_t i = 0; i < COUNT_OF(documents); i++) {
		struct reading reading;
		struct json_object member;

		begin(&reading, documents[i]);
		member = json_member(&reading.object, "a");
		assert_null(json_text(&reading.object, "a", 10));
		assert_null(json_line(&reading.object, "a", 10));
		assert_null(json_id(&reading.object, "a"));
		assert_int_equal(json_integer(&reading.object, "a", 5, 9, 3),
		    3);
		assert_true(json_bool(&reading.object, "a", true));
		assert_false(json_bool(&reading.object, "a", false));
		assert_int_equal(json_choice(&reading.object, "a", words, 7),
		    7);
		assert_null(json_text(&member, "b", 10));
		assert_false(fault_is_set(&reading.fault));
		finish(&reading);
	}
}

TEST(reads_members_of_each_type)
{
	static const char *const words[] = { "one", "two", NULL };
	struct json_object member;
	struct reading reading;

	begin(&reading,
	    "{\"t\":\"a\\nb\",\"l\":\"a\\nb\",\"i\":\"ses_1\",\"n\":-7,"
	    "\"b\":true,\"c\":\"two\",\"o\":{\"o\":{\"n\":1e3}}}");
	assert_string_equal(json_text(&reading.object, "t", 10), "a\nb");
	assert_string_equal(json_line(&reading.object, "l", 10), "a b");
	assert_string_equal(json_id(&reading.object, "i"), "ses_1");
	assert_int_equal(json_integer(&reading.object, "n", -10, 10, 0), -7);
	assert_true(json_bool(&reading.object, "b", false));
	assert_int_equal(json_choice(&reading.object, "c", words, 0), 1);
	member = json_member(&reading.object, "o");
	member = json_member(&member, "o");
	assert_int_equal(json_integer(&member, "n", 0, 1000, 0), 1000);
	assert_false(fault_is_set(&reading.fault));
	finish(&reading);
}

TEST(cuts_long_texts_on_a_character_boundary)
{
	struct reading reading;

	begin(&reading,
	    "{\"t\":\"ab\xf0\x9f\x94\x94\",\"l\":\"ab\xf0\x9f\x94\x94\"}");
	assert_string_equal(json_text(&reading.object, "t", 5), "ab");
	assert_string_equal(json_line(&reading.object, "l", 5), "ab");
	assert_false(fault_is_set(&reading.fault));
	finish(&reading);
}

typedef void read_member(const struct json_object *object);

static void
read_text(const struct json_object *object)
{
	assert_null(json_text(object, "x", 10));
}

static void
read_line(const struct json_object *object)
{
	assert_null(json_line(object, "x", 10));
}

static void
read_id(const struct json_object *object)
{
	assert_null(json_id(object, "x"));
}

static void
read_integer(const struct json_object *object)
{
	assert_int_equal(json_integer(object, "x", -5, 9, 3), 3);
}

static void
read_bool(const struct json_object *object)
{
	assert_true(json_bool(object, "x", true));
}

static void
read_choice(const struct json_object *object)
{
	static const char *const words[] = { "one", "two", "three", NULL };

	assert_int_equal(json_choice(object, "x", words, 7), 7);
}

static void
read_object(const struct json_object *object)
{
	struct json_object member = json_member(object, "x");

	assert_null(json_text(&member, "y", 10));
}

#define ID_FORM "must be 1 to 64 of the characters A-Z a-z 0-9 _ -"

static const struct {
	read_member *read;
	const char *value;
	const char *must;
} wrong_members[] = {
	{ read_text, "1", "must be text" },
	{ read_text, "{}", "must be text" },
	{ read_line, "[]", "must be text" },
	{ read_id, "true", "must be text" },
	{ read_id, "\"\"", ID_FORM },
	{ read_id, "\"a/b\"", ID_FORM },
	{ read_integer, "\"1\"", "must be a whole number from -5 to 9" },
	{ read_integer, "1.5", "must be a whole number from -5 to 9" },
	{ read_integer, "-6", "must be a whole number from -5 to 9" },
	{ read_integer, "10", "must be a whole number from -5 to 9" },
	{ read_integer, "1e999", "must be a whole number from -5 to 9" },
	{ read_bool, "1", "must be true or false" },
	{ read_bool, "\"true\"", "must be true or false" },
	{ read_choice, "2", "must be text" },
	{ read_choice, "\"Two\"", "must be one or two or three" },
	{ read_object, "[]", "must be an object" },
	{ read_object, "\"\"", "must be an object" },
};

TEST(names_the_path_of_a_wrong_member)
{
	for (size_t i = 0; i < COUNT_OF(wrong_members); i++) {
		struct json_object member;
		struct reading reading;
		char text[128];
		char why[256];

		(void)snprintf(text, sizeof(text), "{\"x\":%s}",
		    wrong_members[i].value);
		(void)snprintf(why, sizeof(why), "x: %s",
		    wrong_members[i].must);
		begin(&reading, text);
		wrong_members[i].read(&reading.object);
		assert_string_equal(reading.fault.text, why);
		finish(&reading);

		(void)snprintf(text, sizeof(text), "{\"a\":{\"b\":{\"x\":%s}}}",
		    wrong_members[i].value);
		(void)snprintf(why, sizeof(why), "a.b.x: %s",
		    wrong_members[i].must);
		begin(&reading, text);
		member = json_member(&reading.object, "a");
		member = json_member(&member, "b");
		wrong_members[i].read(&member);
		assert_string_equal(reading.fault.text, why);
		finish(&reading);
	}
}

TEST(reads_a_list_of_objects)
{
	struct json_object item;
	struct json_list list;
	struct reading reading;
	int64_t sum = 0;

	begin(&reading,
	    "{\"l\":[{\"n\":1},{\"n\":2},{}],\"empty\":[],\"no\":null}");
	list = json_list(&reading.object, "l");
	while (json_next(&list, &item))
		sum += json_integer(&item, "n", 0, 9, 5);
	assert_int_equal(sum, 1 + 2 + 5);
	list = json_list(&reading.object, "empty");
	assert_false(json_next(&list, &item));
	list = json_list(&reading.object, "no");
	assert_false(json_next(&list, &item));
	list = json_list(&reading.object, "absent");
	assert_false(json_next(&list, &item));
	assert_false(fault_is_set(&reading.fault));
	finish(&reading);
}

TEST(names_the_path_of_what_is_wrong_in_a_list)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "{\"l\":{}}", "l: must be a list" },
		{ "{\"l\":\"\"}", "l: must be a list" },
		{ "{\"l\":[{},7]}", "l[1]: must be an object" },
		{ "{\"l\":[{},null,{}]}", "l[1]: must be an object" },
		{ "{\"l\":[{\"n\":\"1\"}]}",
		    "l[0].n: must be a whole number from 0 to 9" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct json_object item;
		struct json_list list;
		struct reading reading;

		begin(&reading, cases[i].text);
		list = json_list(&reading.object, "l");
		while (json_next(&list, &item))
			(void)json_integer(&item, "n", 0, 9, 0);
		assert_string_equal(reading.fault.text, cases[i].why);
		finish(&reading);
	}
}

TEST(reads_a_list_of_lines)
{
	struct json_list list;
	struct reading reading;

	begin(&reading, "{\"l\":[\"a\",\"bc\"],\"m\":[\"a\",7,\"c\"]}");
	list = json_list(&reading.object, "l");
	assert_int_equal(list.count, 2);
	assert_string_equal(json_next_line(&list, 2), "a");
	assert_string_equal(json_next_line(&list, 2), "bc");
	assert_null(json_next_line(&list, 2));
	assert_false(fault_is_set(&reading.fault));
	list = json_list(&reading.object, "m");
	assert_string_equal(json_next_line(&list, 2), "a");
	assert_null(json_next_line(&list, 2));
	assert_null(json_next_line(&list, 2));
	assert_string_equal(reading.fault.text,
	    "m[1]: must be a line of 1 to 2 bytes");
	finish(&reading);
}

TEST(tells_null_from_absent)
{
	struct reading reading;

	begin(&reading, "{\"n\":null,\"o\":0}");
	assert_true(json_is_null(&reading.object, "n"));
	assert_false(json_has(&reading.object, "n"));
	assert_false(json_is_null(&reading.object, "o"));
	assert_true(json_has(&reading.object, "o"));
	assert_false(json_is_null(&reading.object, "p"));
	assert_false(json_has(&reading.object, "p"));
	finish(&reading);
}

TEST(keeps_the_first_fault_of_several)
{
	struct reading reading;

	begin(&reading, "{\"a\":1,\"b\":2}");
	(void)json_text(&reading.object, "b", 10);
	(void)json_text(&reading.object, "a", 10);
	assert_string_equal(reading.fault.text, "b: must be text");
	finish(&reading);
}

TEST(reads_whole_numbers_exactly)
{
	struct reading reading;

	begin(&reading, "{\"a\":1764000000123,\"b\":9007199254740991}");
	assert_true(json_integer(&reading.object, "a", 0, INT64_C(1) << 53,
	                0) == INT64_C(1764000000123));
	assert_true(json_integer(&reading.object, "b", 0, INT64_C(1) << 53,
	                0) == INT64_C(9007199254740991));
	finish(&reading);
}

TEST(writes_an_object_as_one_line)
{
	static const char text[] =
	    "{ \"a\":\n[1,\t2.5 ],\"ts\":1764000000123,\"b\":\"x\\ny\"}\n";
	struct json_object none = { .node = NULL };
	struct fault fault = { "" };
	struct json_object object;
	struct cJSON *root;
	struct buf line;

	buf_init(&line, JSON_MAX);
	json_write(&none, &line);
	assert_string_equal(buf_text(&line), "");
	assert_int_equal(json_parse(text, strlen(text), &fault, &root, &object),
	    STATUS_OK);
	json_write(&object, &line);
	assert_string_equal(buf_text(&line),
	    "{\"a\":[1,2.5],\"ts\":1764000000123,\"b\":\"x\\ny\"}");
	buf_finish(&line);
	json_free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_an_object_as_one_line),
		cmocka_unit_test(takes_an_object_with_white_space_around_it),
		cmocka_unit_test(refuses_what_is_no_object),
		cmocka_unit_test(says_where_broken_json_breaks),
		cmocka_unit_test(refuses_broken_json_however_it_breaks),
		cmocka_unit_test(refuses_bytes_that_are_no_text),
		cmocka_unit_test(hides_nothing_behind_a_nul),
		cmocka_unit_test(takes_sixteen_levels_and_no_more),
		cmocka_unit_test(does_not_count_brackets_inside_texts),
		cmocka_unit_test(does_not_count_siblings_as_levels),
		cmocka_unit_test(
		    takes_a_document_of_the_stated_size_and_no_larger),
		cmocka_unit_test(reads_nothing_beyond_its_end),
		cmocka_unit_test(gives_the_fallback_for_what_is_absent_or_null),
		cmocka_unit_test(reads_members_of_each_type),
		cmocka_unit_test(cuts_long_texts_on_a_character_boundary),
		cmocka_unit_test(names_the_path_of_a_wrong_member),
		cmocka_unit_test(reads_a_list_of_objects),
		cmocka_unit_test(names_the_path_of_what_is_wrong_in_a_list),
		cmocka_unit_test(reads_a_list_of_lines),
		cmocka_unit_test(tells_null_from_absent),
		cmocka_unit_test(keeps_the_first_fault_of_several),
		cmocka_unit_test(reads_whole_numbers_exactly),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
