#include "core/blame.h"
#include "unit.h"

#include <stdio.h>

/* Also where nobody was served yet. */
TEST(blames_a_person_until_another_fails_too)
{
	struct blame blame = { 0 };

	for (int i = 0; i < 100; i++)
		assert_false(blame_note_failure(&blame, "alice"));
	assert_true(blame_note_failure(&blame, "bob"));
	assert_true(blame_note_failure(&blame, "alice"));
	blame_note_success(&blame, "bob", 5);
	assert_false(blame_note_failure(&blame, "alice"));
	assert_false(blame_note_failure(&blame, "alice"));
}

TEST(forgets_after_an_hour_that_it_worked_for_others)
{
	struct blame blame = { 0 };

	blame_note_success(&blame, "bob", 1);
	blame_note_success(&blame, "alice", 2);
	assert_true(blame_works_for_others(&blame, "alice", 3));
	assert_true(blame_works_for_others(&blame, "alice", BLAME_SERVED_MS));
	assert_false(
	    blame_works_for_others(&blame, "alice", BLAME_SERVED_MS + 1));
}

static void
fail_often(struct blame *blame, const char *user, int64_t now_ms)
{
	struct restraint *own = blame_hold(blame, user, now_ms);

	for (int i = 0; i < BREAKER_FAILURES; i++)
		(void)breaker_note_failure(&own->breaker, true, now_ms);
}

TEST(holds_back_each_person_until_nothing_does)
{
	struct blame blame = { 0 };
	struct restraint *own;

	fail_often(&blame, "alice", 1);
	assert_int_equal(restraint_room(blame_find(&blame, "alice"), 0, 8, 2),
	    0);
	assert_null(blame_find(&blame, "bob"));
	own = blame_hold(&blame, "alice", 2);
	assert_ptr_equal(own, blame_find(&blame, "alice"));
	breaker_note_success(&own->breaker);
	assert_null(blame_find(&blame, "alice"));
}

static void
fail_of_many(struct blame *blame, int64_t now_ms)
{
	char user[16];

	for (int i = 0; i < BLAME_PERSONS; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i);
		fail_often(blame, user, now_ms);
	}
}

/* Whose place were given away, all that waits of theirs would begin. */
TEST(blames_the_service_when_those_of_more_fail_than_it_holds_back)
{
	struct blame blame = { 0 };
	int64_t waited_ms = 1 + BLAME_KEPT_MS - 1;

	fail_of_many(&blame, 1);
	blame_note_success(&blame, "bob", 2);
	assert_false(blame_note_failure(&blame, "alice"));
	assert_null(blame_hold(&blame, "alice", waited_ms));
	assert_true(blame_note_failure(&blame, "alice"));
	assert_non_null(blame_find(&blame, "user0"));
	assert_non_null(blame_find(&blame, "user31"));
}

TEST(forgets_whose_pushes_met_nothing_for_an_hour_if_there_are_many)
{
	struct blame blame = { 0 };

	fail_of_many(&blame, 1);
	fail_often(&blame, "user0", 2);
	assert_non_null(blame_hold(&blame, "alice", 1 + BLAME_KEPT_MS));
	assert_non_null(blame_find(&blame, "user0"));
	assert_null(blame_find(&blame, "user1"));
}

TEST(forgets_nobody_who_was_asked_to_wait)
{
	const struct throttle_policy policy = { .asked_s = 86400 };
	struct blame blame = { 0 };

	fail_of_many(&blame, 1);
	throttle_note_refusal(&blame_hold(&blame, "user0", 1)->throttle,
	    &policy, 1);
	(void)blame_hold(&blame, "alice", 86000000);
	assert_non_null(blame_find(&blame, "user0"));
}

TEST(forgives_failures_but_not_what_was_asked_for)
{
	const struct throttle_policy policy = { .asked_s = 60, .first_s = 1 };
	struct blame blame = { 0 };

	fail_often(&blame, "alice", 1);
	throttle_note_refusal(&blame_hold(&blame, "bob", 1)->throttle, &policy,
	    1);
	blame_forgive(&blame);
	assert_null(blame_find(&blame, "alice"));
	assert_int_equal(restraint_until_ms(blame_find(&blame, "bob")), 60001);
}

TEST(finds_broken_what_works_for_nobody_else)
{
	struct blame blame = { 0 };

	assert_false(blame_finds_broken(&blame, 1));
	fail_often(&blame, "alice", 1);
	assert_true(blame_finds_broken(&blame, 1));
	blame_note_success(&blame, "bob", 2);
	assert_false(blame_finds_broken(&blame, 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blames_a_person_until_another_fails_too),
		cmocka_unit_test(
		    forgets_after_an_hour_that_it_worked_for_others),
		cmocka_unit_test(holds_back_each_person_until_nothing_does),
		cmocka_unit_test(
		    blames_the_service_when_those_of_more_fail_than_it_holds_back),
		cmocka_unit_test(
		    forgets_whose_pushes_met_nothing_for_an_hour_if_there_are_many),
		cmocka_unit_test(forgets_nobody_who_was_asked_to_wait),
		cmocka_unit_test(forgives_failures_but_not_what_was_asked_for),
		cmocka_unit_test(finds_broken_what_works_for_nobody_else),
	};

	return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
