#include "core/blame.h"
#include "unit.h"

TEST(blames_the_service_where_only_one_person_uses_it)
{
	struct blame blame = { 0 };

	assert_true(blame_note_failure(&blame, "alice", 1));
	blame_note_success(&blame, "alice", 2);
	assert_true(blame_note_failure(&blame, "alice", 3));
}

TEST(blames_one_person_while_the_service_works_for_others)
{
	struct blame blame = { 0 };

	blame_note_success(&blame, "bob", 1);
	blame_note_success(&blame, "alice", 2);
	for (int i = 0; i < 100; i++)
		assert_false(blame_note_failure(&blame, "alice", 3 + i));
}

TEST(blames_the_service_when_others_fail_too)
{
	struct blame blame = { 0 };

	blame_note_success(&blame, "bob", 1);
	assert_false(blame_note_failure(&blame, "alice", 2));
	assert_true(blame_note_failure(&blame, "bob", 3));
	assert_true(blame_note_failure(&blame, "alice", 4));
	blame_note_success(&blame, "bob", 5);
	assert_false(blame_note_failure(&blame, "alice", 6));
}

TEST(forgets_after_an_hour_that_it_worked)
{
	struct blame blame = { 0 };

	blame_note_success(&blame, "bob", 1);
	assert_false(blame_note_failure(&blame, "alice", BLAME_SERVED_MS));
	assert_true(blame_note_failure(&blame, "alice", BLAME_SERVED_MS + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    blames_the_service_where_only_one_person_uses_it),
		cmocka_unit_test(
		    blames_one_person_while_the_service_works_for_others),
		cmocka_unit_test(blames_the_service_when_others_fail_too),
		cmocka_unit_test(forgets_after_an_hour_that_it_worked),
	};

	return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
