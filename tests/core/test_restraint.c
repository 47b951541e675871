#include "core/restraint.h"
#include "unit.h"

static void
fail_often(struct restraint *restraint, int64_t now_ms)
{
	for (int i = 0; i < BREAKER_FAILURES; i++)
		(void)breaker_note_failure(&restraint->breaker, true, now_ms);
}

static void
ask_to_wait(struct restraint *restraint, int32_t asked_s, int64_t now_ms)
{
	const struct throttle_policy policy = {
		.asked_s = asked_s,
		.first_s = 300,
		.longest_s = 300,
	};

	throttle_note_refusal(&restraint->throttle, &policy, now_ms);
}

TEST(holds_nothing_back_at_first)
{
	struct restraint restraint = { 0 };

	assert_true(restraint_is_off(&restraint));
	assert_int_equal(restraint_room(&restraint, 3, 8, 1), 5);
	assert_int_equal(restraint_until_ms(&restraint), 0);
	(void)breaker_note_failure(&restraint.breaker, true, 1);
	assert_false(restraint_is_off(&restraint));
}

TEST(waits_for_the_longer_of_two_pauses)
{
	struct restraint restraint = { 0 };

	fail_often(&restraint, 0);
	assert_int_equal(restraint_until_ms(&restraint), 60000);
	ask_to_wait(&restraint, 90, 0);
	assert_int_equal(restraint_until_ms(&restraint), 90000);
	assert_int_equal(restraint_room(&restraint, 0, 8, 89999), 0);
	assert_int_equal(restraint_room(&restraint, 0, 8, 90000), 1);
	breaker_note_success(&restraint.breaker);
	assert_false(restraint_is_off(&restraint));
}

TEST(hurries_what_we_chose_and_not_what_was_asked_for)
{
	struct restraint chosen = { 0 };
	struct restraint asked = { 0 };

	fail_often(&chosen, 0);
	ask_to_wait(&chosen, 0, 0);
	restraint_hurry(&chosen, 10);
	assert_int_equal(restraint_until_ms(&chosen), 10);
	ask_to_wait(&asked, 90, 0);
	restraint_hurry(&asked, 10);
	assert_int_equal(restraint_until_ms(&asked), 90000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_nothing_back_at_first),
		cmocka_unit_test(waits_for_the_longer_of_two_pauses),
		cmocka_unit_test(
		    hurries_what_we_chose_and_not_what_was_asked_for),
	};

	return cmocka_run_group_tests_name("restraint", tests, NULL, NULL);
}
