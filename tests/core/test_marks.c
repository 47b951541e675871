#include "core/json.h"
#include "core/marks.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX 32768 /* bytes */

static void
assert_marks(const char *name, const char *text, const char *expected)
{
	struct buf marked;

	buf_init(&marked, MARKS_GROWTH * strlen(text));
	marks_write(text, strlen(text), &marked);
	assert_int_equal(buf_status(&marked), STATUS_OK);
	if (strcmp(buf_text(&marked), expected) != 0)
		fail_msg("%s: '%s' and not '%s'", name, buf_text(&marked),
		    expected);
	buf_finish(&marked);
}

static void
assert_line(const char *text, const char *expected)
{
	struct buf marked;

	buf_init(&marked, 1024);
	marks_write_line(text, &marked);
	assert_string_equal(buf_text(&marked), expected);
	buf_finish(&marked);
}

static void
read_cases(
    void (*check)(const char *name, const char *text, const char *marked))
{
	FILE *stream = fopen("tests/vectors/marks.json", "re");
	char bytes[FILE_MAX];
	struct fault fault = { "" };
	struct json_object file;
	struct json_object one;
	struct json_list cases;
	struct cJSON *root;
	size_t len;

	assert_non_null(stream);
	len = fread(bytes, 1, sizeof(bytes), stream);
	(void)fclose(stream);
	assert_true(len > 0 && len < sizeof(bytes));
	assert_int_equal(json_parse(bytes, len, &fault, &root, &file),
	    STATUS_OK);
	cases = json_list(&file, "cases");
	assert_true(cases.count > 20);
	while (json_next(&cases, &one))
		check(json_text(&one, "name", JSON_MAX),
		    json_text(&one, "text", JSON_MAX),
		    json_text(&one, "marked", JSON_MAX));
	assert_string_equal(fault.text, "");
	json_free(root);
}

static void
check_again(const char *name, const char *text, const char *marked)
{
	(void)text;
	assert_marks(name, marked, marked);
}

TEST(shows_what_the_examples_of_all_languages_show)
{
	read_cases(assert_marks);
}

TEST(marks_nothing_twice)
{
	read_cases(check_again);
}

TEST(shows_a_byte_that_is_no_character)
{
	assert_marks("alone",
	    "a\x9b"
	    "2J",
	    "a[0x9B]2J");
	assert_marks("cut", "\xe2\x82", "[0xE2][0x82]");
	assert_marks("surrogate", "\xed\xa0\x80", "[0xED][0xA0][0x80]");
}

TEST(shows_a_nul)
{
	struct buf marked;

	buf_init(&marked, 64);
	marks_write("a\0b", 3, &marked);
	assert_string_equal(buf_text(&marked), "a[U+0000]b");
	buf_finish(&marked);
}

TEST(says_when_there_is_no_room)
{
	struct buf marked;

	buf_init(&marked, 7);
	marks_write("\x1b", 1, &marked);
	assert_int_equal(buf_status(&marked), STATUS_TOO_LARGE);
	buf_finish(&marked);
}

TEST(joins_nothing_to_what_was_marked)
{
	/* A joiner after a hidden character, and a variation after that. */
	assert_marks("joiner", "\xe2\x80\x8b\xe2\x80\x8d", "[U+200B][U+200D]");
	/* U+2800 is among the pictures, and blank. */
	assert_marks("blank", "\xe2\xa0\x80\xef\xb8\x8f", "[U+2800][U+FE0F]");
	assert_marks("line end", "\n\xef\xb8\x8f", "\n[U+FE0F]");
}

TEST(keeps_a_key_cap_and_no_key_without_its_cap)
{
	assert_marks("star", "*\xef\xb8\x8f\xe2\x83\xa3",
	    "*\xef\xb8\x8f\xe2\x83\xa3");
	assert_marks("end", "#\xef\xb8\x8f", "#[U+FE0F]");
}

TEST(counts_a_line_of_many_spaces_as_a_mark_and_not_as_blank)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "\n%41s\n\n", "");
	assert_marks("spaces", text, "\n[41 spaces]\n\n");
}

TEST(is_one_line_where_one_line_is_meant)
{
	assert_line("a\nb\tc\r\nd\x1b[2J\xc2\x85",
	    "a\\nb\\tc\\nd[U+001B][2J[U+0085]");
	assert_line("", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_the_examples_of_all_languages_show),
		cmocka_unit_test(marks_nothing_twice),
		cmocka_unit_test(shows_a_byte_that_is_no_character),
		cmocka_unit_test(shows_a_nul),
		cmocka_unit_test(says_when_there_is_no_room),
		cmocka_unit_test(joins_nothing_to_what_was_marked),
		cmocka_unit_test(keeps_a_key_cap_and_no_key_without_its_cap),
		cmocka_unit_test(
		    counts_a_line_of_many_spaces_as_a_mark_and_not_as_blank),
		cmocka_unit_test(is_one_line_where_one_line_is_meant),
	};

	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
