#include "base/text.h"
#include "unit.h"

#include <string.h>

#define EURO "\xe2\x82\xac"     /* U+20AC, three bytes */
#define BELL "\xf0\x9f\x94\x94" /* U+1F514, four bytes */
#define SHIN "\xd7\xa9"         /* U+05E9, two bytes, written to the left */

#define ID_64 "0123456789abcdefghijklmnopqrstuvwxyz_-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

TEST(accepts_every_length_of_character)
{
	static const char *const good[] = {
		"",
		"plain",
		"\x01\x7f",
		"\xc2\x80",         /* U+0080, the first of two bytes */
		"\xdf\xbf",         /* U+07FF, the last of two bytes */
		"\xe0\xa0\x80",     /* U+0800, the first of three bytes */
		"\xed\x9f\xbf",     /* U+D7FF, the last before surrogates */
		"\xee\x80\x80",     /* U+E000, the first after them */
		"\xef\xbf\xbf",     /* U+FFFF, the last of three bytes */
		"\xf0\x90\x80\x80", /* U+10000, the first of four bytes */
		"\xf4\x8f\xbf\xbf", /* U+10FFFF, the last there is */
		EURO BELL SHIN,
	};

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
}

TEST(refuses_what_rfc_3629_forbids)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\0", 1 },               /* would end the text early */
		{ "a\0b", 3 },             /* the same inside */
		{ "\x80", 1 },             /* continues nothing */
		{ "a\xbf", 2 },            /* continues nothing */
		{ "\xc0\xaf", 2 },         /* overlong '/' */
		{ "\xc1\xbf", 2 },         /* overlong U+007F */
		{ "\xe0\x80\xaf", 3 },     /* overlong '/' */
		{ "\xe0\x9f\xbf", 3 },     /* overlong U+07FF */
		{ "\xf0\x80\x80\xaf", 4 }, /* overlong '/' */
		{ "\xf0\x8f\xbf\xbf", 4 }, /* overlong U+FFFF */
		{ "\xed\xa0\x80", 3 },     /* U+D800, a surrogate */
		{ "\xed\xbf\xbf", 3 },     /* U+DFFF, a surrogate */
		{ "\xed\xa0\xbd\xed\xb4\x94", 6 }, /* CESU-8 */
		{ "\xf4\x90\x80\x80", 4 },         /* U+110000 */
		{ "\xf5\x80\x80\x80", 4 },         /* beyond every plane */
		{ "\xf8\x88\x80\x80\x80", 5 },     /* five bytes: never */
		{ "\xfe", 1 },                     /* begins nothing */
		{ "\xff", 1 },                     /* begins nothing */
		{ "\xc3", 1 },                     /* cut after 1 of 2 */
		{ "\xe2\x82", 2 },                 /* cut after 2 of 3 */
		{ "\xf0\x9f\x94", 3 },             /* cut after 3 of 4 */
		{ "\xc3(", 2 },                    /* broken off by another */
		{ "\xe2(\xac", 3 },                /* the second of three */
		{ "\xe2\x82(", 3 },                /* the third of three */
		{ "\xf0\x9f\x94(", 4 },            /* the fourth of four */
		{ "\xc3\xa9\xc3", 3 },             /* good, then cut */
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(text_is_utf8(bad[i].bytes, bad[i].len));
}

TEST(does_not_look_beyond_the_length_it_was_told)
{
	/* The byte that would complete the character is not ours. */
	assert_false(text_is_utf8(EURO, 2));
	assert_true(text_is_utf8("ok\xff", 2));
}

TEST(strips_a_payload_to_what_was_meant)
{
	static const struct {
		const char *payload;
		const char *bare;
	} cases[] = {
		{ "", "" },
		{ "a", "a" },
		{ " \t\r\n", "" },
		{ "\xef\xbb\xbf", "" },
		{ "\xef\xbb\xbf\n a b \n", "a b" },
		{ "\xef\xbb", "\xef\xbb" },
		{ " \xef\xbb\xbf", "\xef\xbb\xbf" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *bytes = cases[i].payload;
		size_t len = strlen(bytes);

		text_strip(&bytes, &len);
		assert_int_equal(len, strlen(cases[i].bare));
		assert_memory_equal(bytes, cases[i].bare, len);
	}
}

TEST(takes_only_names_that_fit_a_topic_level_as_ids)
{
	static const struct {
		const char *text;
		bool is_id;
	} cases[] = {
		{ "a", true },
		{ "ses_20712e250001", true },
		{ "A-Z_9", true },
		{ ID_64, true },
		{ ID_64 "x", false },
		{ "", false },
		{ "a b", false },
		{ "a/b", false },
		{ "a+", false },
		{ "#", false },
		{ "$SYS", false },
		{ "a.b", false },
		{ "caf\xc3\xa9", false },
		{ "a\n", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(text_is_id(cases[i].text), cases[i].is_id);
}

TEST(takes_no_control_character_in_a_line)
{
	assert_true(text_is_line(""));
	assert_true(text_is_line("one line, " BELL));
	assert_false(text_is_line("two\nlines"));
	assert_false(text_is_line("a header\r"));
	assert_false(text_is_line("\x1b[31mred"));
	assert_false(text_is_line("rub\x7fout"));
	assert_false(text_is_line("tab\t"));
	assert_false(text_is_line("next line\xc2\x85"));
	assert_false(text_is_line("\xc2\x9b"
	                          "2J"));
	assert_true(text_is_line("\xc2\xa0\xc3\x85"));
}

TEST(cuts_in_front_of_a_character_that_does_not_fit)
{
	static const struct {
		const char *text;
		size_t max;
		size_t len;
	} cases[] = {
		{ "abc", 5, 3 },
		{ "abc", 3, 3 },
		{ "abc", 2, 2 },
		{ "abc", 0, 0 },
		{ "", 0, 0 },
		{ "a" BELL, 5, 5 },
		{ "a" BELL, 4, 1 },
		{ "a" BELL, 2, 1 },
		{ "a" BELL "b", 5, 5 },
		{ BELL, 3, 0 },
		{ SHIN SHIN SHIN, 5, 4 },
		{ EURO EURO, 5, 3 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(text_cut(cases[i].text, cases[i].max),
		    cases[i].len);
}

TEST(trims_what_a_cut_by_length_left_behind)
{
	static const char whole[] = "a" SHIN EURO BELL;
	static const size_t trimmed[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10 };

	for (size_t len = 0; len < sizeof(whole); len++) {
		char text[sizeof(whole)] = "";

		memcpy(text, whole, len);
		text_trim(text);
		assert_int_equal(strlen(text), trimmed[len]);
		assert_true(text_is_utf8(text, strlen(text)));
	}
}

TEST(folds_control_characters_to_spaces)
{
	char text[] = "a\tb\r\n\x1b[0m\x7f" EURO;

	text_fold(text);
	assert_string_equal(text, "a b   [0m " EURO);
	assert_true(text_is_line(text));
}

TEST(folds_a_control_of_two_bytes_to_one_space)
{
	char text[] = "a\xc2\x9b"
	              "b\xc2\xa0"
	              "c\xc2\x80";

	text_fold(text);
	assert_string_equal(text,
	    "a b\xc2\xa0"
	    "c ");
}

TEST(reads_one_character_after_the_other)
{
	uint32_t code = 7;

	assert_int_equal(text_read("", 0, &code), 0);
	assert_int_equal(text_read("\x80", 1, &code), 0);
	assert_int_equal(text_read(EURO, 2, &code), 0);
	assert_int_equal(code, 7);
	assert_int_equal(text_read("a", 1, &code), 1);
	assert_int_equal(code, 'a');
	assert_int_equal(text_read(SHIN, 2, &code), 2);
	assert_int_equal(code, 0x5e9);
	assert_int_equal(text_read(EURO "x", 4, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(text_read(BELL, 4, &code), 4);
	assert_int_equal(code, 0x1f514);
	assert_int_equal(text_read("\0", 1, &code), 1);
	assert_int_equal(code, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_every_length_of_character),
		cmocka_unit_test(refuses_what_rfc_3629_forbids),
		cmocka_unit_test(does_not_look_beyond_the_length_it_was_told),
		cmocka_unit_test(strips_a_payload_to_what_was_meant),
		cmocka_unit_test(
		    takes_only_names_that_fit_a_topic_level_as_ids),
		cmocka_unit_test(takes_no_control_character_in_a_line),
		cmocka_unit_test(
		    cuts_in_front_of_a_character_that_does_not_fit),
		cmocka_unit_test(trims_what_a_cut_by_length_left_behind),
		cmocka_unit_test(folds_control_characters_to_spaces),
		cmocka_unit_test(folds_a_control_of_two_bytes_to_one_space),
		cmocka_unit_test(reads_one_character_after_the_other),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
