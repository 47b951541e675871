#include "io/log.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one call writes to standard error. */
static void
catch_line(void (*call)(const char *text), const char *text, char *out,
    size_t size)
{
	int before = dup(STDERR_FILENO);
	int ends[2];
	ssize_t len;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	call(text);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
	(void)close(ends[1]);
	len = read(ends[0], out, size - 1);
	(void)close(ends[0]);
	assert_true(len > 0);
	out[len] = '\0';
}

static void
warn(const char *text)
{
	log_warn("heard %s", text);
}

TEST(shows_what_would_move_the_cursor_or_turn_the_writing)
{
	char line[4096];

	catch_line(warn, "a\nb\x1b[2J\xc2\x9b\xc2\x85\xe2\x80\xae\x9b", line,
	    sizeof(line));
	assert_non_null(strstr(line,
	    "heard a\\nb[U+001B][2J[U+009B][U+0085][U+202E][0x9B]\n"));
}

TEST(writes_one_line_of_whole_characters_however_long_the_text)
{
	char text[6001];
	char line[4096];

	for (size_t i = 0; i < 6000; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	text[6000] = '\0';
	for (size_t start = 0; start < 3; start++) {
		memset(text, 'x', 3);
		catch_line(warn, text + start, line, sizeof(line));
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		assert_null(strstr(line, "[0x"));
		assert_true(strlen(line) > 2000);
	}
}

TEST(shows_a_notification_as_one_line_too)
{
	char line[4096];

	catch_line(log_notification, "a\nb\xe2\x81\xa6", line, sizeof(line));
	assert_non_null(strstr(line, "a\\nb[U+2066]\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    shows_what_would_move_the_cursor_or_turn_the_writing),
		cmocka_unit_test(
		    writes_one_line_of_whole_characters_however_long_the_text),
		cmocka_unit_test(shows_a_notification_as_one_line_too),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
