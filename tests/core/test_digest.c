#include "core/digest.h"
#include "unit.h"

#include <string.h>

static void
assert_title(struct digest_tally tally, const char *session,
    const char *expected)
{
	struct buf text;

	for (size_t i = 0; i < KIND_COUNT && tally.counts[i] > 0; i++) {
		tally.total += tally.counts[i];
		tally.count++;
	}
	buf_init(&text, DIGEST_MAX);
	digest_write_title(&tally, session, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

#define TALLY(first, first_count, second, second_count)   \
	(struct digest_tally)                             \
	{                                                 \
		.kinds = { KIND_##first, KIND_##second }, \
		.counts = { first_count, second_count },  \
	}

TEST(counts_in_words)
{
	assert_title(TALLY(SESSION_IDLE, 3, SESSION_ERROR, 1), NULL,
	    "3 finished, 1 failed");
	assert_title(TALLY(PERMISSION_ASKED, 1, QUESTION_ASKED, 1), NULL,
	    "1 needs permission, 1 question");
	assert_title(TALLY(PERMISSION_ASKED, 2, QUESTION_ASKED, 2), NULL,
	    "2 need permission, 2 questions");
	assert_title(TALLY(NOTE, 1, NOTE, 0), NULL, "1 note");
	assert_title(TALLY(NOTE, 12, NOTE, 0), NULL, "12 notes");
	assert_title(TALLY(TEST, 1, NOTE, 0), NULL, "1 note");
}

TEST(says_where_all_of_it_waits)
{
	struct digest_tally tally = TALLY(PERMISSION_ASKED, 30, NOTE, 0);

	assert_title(tally, "Fix login", "30 need permission");
	tally.is_one_thread = true;
	assert_title(tally, "Fix login", "30 permissions wait in Fix login");
	assert_title(tally, NULL, "30 need permission");
	tally = TALLY(QUESTION_ASKED, 2, NOTE, 0);
	tally.is_one_thread = true;
	assert_title(tally, "Fix login", "2 questions wait in Fix login");
	tally = TALLY(PERMISSION_ASKED, 2, QUESTION_ASKED, 1);
	tally.is_one_thread = true;
	assert_title(tally, "Fix login", "2 need permission, 1 question");
	tally = TALLY(SESSION_IDLE, 2, NOTE, 0);
	tally.is_one_thread = true;
	assert_title(tally, "Fix login", "2 finished");
}

static void
assert_names(const char *const *names, int32_t total, const char *expected)
{
	struct digest_names some = { .count = 0 };
	struct buf text;

	while (*names != NULL && digest_name(&some, *names))
		names++;
	buf_init(&text, DIGEST_TEXT_MAX);
	digest_write_names(&some, total, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

TEST(names_the_newest_three)
{
	assert_names((const char *[]){ "a", "b", NULL }, 2, "a\nb");
	assert_names((const char *[]){ "a", "b", "c", "d", "a", NULL }, 8,
	    "a\nb\nc\nand 5 more");
	assert_names((const char *[]){ "a\nmore of it", "b", NULL }, 2, "a\nb");
}

TEST(says_a_name_once)
{
	assert_names((const char *[]){ "a", "b", "a", "c", "b", "a", "d",
	                 NULL },
	    7, "a (3)\nb (2)\nc\nand 1 more");
}

TEST(cuts_a_long_name)
{
	struct digest_names some = { .count = 0 };
	char name[400];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(digest_name(&some, name));
	assert_int_equal(strlen(some.names[0]), NOTICE_TITLE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_in_words),
		cmocka_unit_test(says_where_all_of_it_waits),
		cmocka_unit_test(names_the_newest_three),
		cmocka_unit_test(says_a_name_once),
		cmocka_unit_test(cuts_a_long_name),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
