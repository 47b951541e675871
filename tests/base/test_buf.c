#include "base/buf.h"
#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ROOMY 4096 /* bytes; more than any test here needs */

TEST(is_an_empty_text_before_anything_is_added)
{
	struct buf buf;

	buf_init(&buf, ROOMY);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf_status(&buf), STATUS_OK);
	buf_finish(&buf);
}

TEST(keeps_what_is_added_in_order)
{
	struct buf buf;

	buf_init(&buf, ROOMY);
	buf_add(&buf, "one", 3);
	buf_add(&buf, "", 0);
	buf_addf(&buf, " %d %s", 2, "three");
	assert_string_equal(buf_text(&buf), "one 2 three");
	assert_int_equal(buf.len, strlen("one 2 three"));
	buf_finish(&buf);
}

TEST(keeps_zero_bytes)
{
	struct buf buf;

	buf_init(&buf, ROOMY);
	buf_add(&buf, "a\0b", 3);
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.data, "a\0b", 4);
	buf_finish(&buf);
}

TEST(grows_to_its_limit_and_not_beyond)
{
	struct buf buf;

	buf_init(&buf, 1000);
	for (int i = 0; i < 1000; i++)
		buf_add(&buf, "x", 1);
	assert_int_equal(buf_status(&buf), STATUS_OK);
	assert_int_equal(buf.len, 1000);
	buf_add(&buf, "x", 1);
	assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
	assert_int_equal(buf.len, 1000);
	assert_int_equal(strlen(buf.data), 1000);
	buf_finish(&buf);
}

TEST(adds_all_of_a_piece_or_nothing)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_addf(&buf, "%s", "12345");
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
	buf_finish(&buf);
}

TEST(ignores_what_follows_a_failure)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add(&buf, "12", 2);
	buf_add(&buf, "345", 3);
	buf_add(&buf, "6", 1);
	assert_string_equal(buf_text(&buf), "12");
	assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
	buf_finish(&buf);
}

TEST(is_usable_again_once_cleared)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add(&buf, "12345", 5);
	buf_clear(&buf);
	assert_int_equal(buf_status(&buf), STATUS_OK);
	buf_add(&buf, "1234", 4);
	assert_string_equal(buf_text(&buf), "1234");
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	buf_finish(&buf);
}

TEST(may_be_finished_twice)
{
	struct buf buf = { 0 };

	buf_finish(&buf);
	buf_init(&buf, ROOMY);
	buf_add(&buf, "x", 1);
	buf_finish(&buf);
	buf_finish(&buf);
	assert_string_equal(buf_text(&buf), "");
}

TEST(writes_json_strings_that_rfc_8259_allows)
{
	static const struct {
		const char *text;
		const char *json;
	} cases[] = {
		{ NULL, "null" },
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "\"", "\"\\\"\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\n\tb", "\"a\\n\\tb\"" },
		{ "\x01", "\"\\u0001\"" },
		{ "\x1f\x7f", "\"\\u001f\\u007f\"" },
		{ "\xc2\x85\xc2\xa0", "\"\\u0085\xc2\xa0\"" },
		{ "/", "\"/\"" },
		{ "\xf0\x9f\x94\x94 \xd7\xa9",
		    "\"\xf0\x9f\x94\x94 \xd7\xa9\"" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf buf;

		buf_init(&buf, ROOMY);
		buf_add_json(&buf, cases[i].text);
		assert_string_equal(buf_text(&buf), cases[i].json);
		buf_finish(&buf);
	}
}

TEST(writes_as_printf_does)
{
	struct buf buf;
	char expected[256];

	buf_init(&buf, 256);
	buf_addf(&buf, "%d %d %" PRId64 " %" PRId64 "|%c|%s|%%|", 0, INT_MIN,
	    INT64_MIN, INT64_MAX, 'x', "");
	buf_addf(&buf, "%s%s\n", "one", "two");
	buf_addf(&buf, "%04x %zu %.3s", 10, (size_t)7, "three");
	(void)snprintf(expected, sizeof(expected),
	    "%d %d %" PRId64 " %" PRId64 "|%c|%s|%%|%s%s\n%04x %zu %.3s", 0,
	    INT_MIN, INT64_MIN, INT64_MAX, 'x', "", "one", "two", 10, (size_t)7,
	    "three");
	assert_string_equal(buf_text(&buf), expected);
	buf_finish(&buf);
}

TEST(writes_all_of_a_format_or_nothing)
{
	struct buf buf;

	buf_init(&buf, 6);
	buf_addf(&buf, "%s", "abc");
	buf_addf(&buf, "-%d-%s", 1, "long");
	assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "abc");
	buf_finish(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_an_empty_text_before_anything_is_added),
		cmocka_unit_test(keeps_what_is_added_in_order),
		cmocka_unit_test(keeps_zero_bytes),
		cmocka_unit_test(grows_to_its_limit_and_not_beyond),
		cmocka_unit_test(adds_all_of_a_piece_or_nothing),
		cmocka_unit_test(ignores_what_follows_a_failure),
		cmocka_unit_test(is_usable_again_once_cleared),
		cmocka_unit_test(may_be_finished_twice),
		cmocka_unit_test(writes_json_strings_that_rfc_8259_allows),
		cmocka_unit_test(writes_as_printf_does),
		cmocka_unit_test(writes_all_of_a_format_or_nothing),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
