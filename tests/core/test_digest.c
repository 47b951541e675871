#include "core/digest.h"
#include "unit.h"

static void
assert_text(enum kind first, int32_t first_count, enum kind second,
    int32_t second_count, const char *expected)
{
	struct buf text;

	buf_init(&text, DIGEST_MAX);
	digest_add(first, first_count, &text);
	if (second_count > 0)
		digest_add(second, second_count, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

TEST(counts_in_words)
{
	assert_text(KIND_SESSION_IDLE, 3, KIND_SESSION_ERROR, 1,
	    "3 finished, 1 failed");
	assert_text(KIND_PERMISSION_ASKED, 1, KIND_QUESTION_ASKED, 1,
	    "1 needs permission, 1 question");
	assert_text(KIND_PERMISSION_ASKED, 2, KIND_QUESTION_ASKED, 2,
	    "2 need permission, 2 questions");
	assert_text(KIND_NOTE, 1, KIND_NOTE, 0, "1 note");
	assert_text(KIND_NOTE, 12, KIND_NOTE, 0, "12 notes");
	assert_text(KIND_TEST, 1, KIND_NOTE, 0, "1 note");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_in_words),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
