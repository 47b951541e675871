#include "core/breaker.h"
#include "unit.h"

#define MOST 64

static bool
fail_times(struct breaker *breaker, int times, bool was_answered)
{
	bool opened = false;

	for (int i = 0; i < times; i++)
		opened = breaker_note_failure(breaker, was_answered, 0);
	return opened;
}

TEST(lets_everything_pass_while_closed)
{
	struct breaker breaker = { 0 };

	assert_int_equal(breaker_room(&breaker, 0, MOST, 0), MOST);
	assert_int_equal(breaker_room(&breaker, 60, MOST, 0), 4);
}

TEST(opens_at_the_fifth_failure_in_a_row)
{
	struct breaker breaker = { 0 };

	assert_false(fail_times(&breaker, 4, true));
	breaker_note_success(&breaker);
	assert_false(fail_times(&breaker, 4, true));
	assert_false(breaker_is_open(&breaker));
	assert_true(breaker_note_failure(&breaker, true, 0));
	assert_true(breaker_is_open(&breaker));
}

TEST(lets_one_probe_through_after_the_pause)
{
	struct breaker breaker = { 0 };

	(void)fail_times(&breaker, 5, true);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 59999), 0);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 60000), 1);
	assert_int_equal(breaker_room(&breaker, 1, MOST, 60000), 0);
	breaker_note_success(&breaker);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 60000), MOST);
}

TEST(doubles_its_pause_up_to_a_quarter_of_an_hour)
{
	static const int64_t pauses_s[] = { 120, 240, 480, 900, 900 };
	struct breaker breaker = { 0 };

	(void)fail_times(&breaker, 5, true);
	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		assert_false(
		    breaker_note_failure(&breaker, true, breaker.until_ms));
		assert_int_equal(breaker.pause_s, pauses_s[i]);
	}
}

TEST(is_back_within_a_minute_when_only_the_line_was_down)
{
	struct breaker breaker = { 0 };

	(void)fail_times(&breaker, 5, false);
	assert_int_equal(breaker.pause_s, 5);
	for (int i = 0; i < 10; i++)
		(void)breaker_note_failure(&breaker, false, breaker.until_ms);
	assert_int_equal(breaker.pause_s, 60);
}

TEST(counts_the_failures_that_were_under_way_only_once)
{
	struct breaker breaker = { 0 };

	(void)fail_times(&breaker, 64, true);
	assert_int_equal(breaker.pause_s, 60);
	assert_int_equal(breaker.until_ms, 60000);
}

TEST(probes_earlier_where_waiting_would_lose_something)
{
	struct breaker breaker = { 0 };

	(void)fail_times(&breaker, 5, true);
	breaker_hurry(&breaker, 20000);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 19999), 0);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 20000), 1);
	breaker_hurry(&breaker, 70000);
	assert_int_equal(breaker_room(&breaker, 0, MOST, 20000), 1);
	/* The pauses grow as if nothing had been. */
	assert_false(breaker_note_failure(&breaker, true, 20000));
	assert_int_equal(breaker.pause_s, 120);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_everything_pass_while_closed),
		cmocka_unit_test(opens_at_the_fifth_failure_in_a_row),
		cmocka_unit_test(lets_one_probe_through_after_the_pause),
		cmocka_unit_test(doubles_its_pause_up_to_a_quarter_of_an_hour),
		cmocka_unit_test(
		    is_back_within_a_minute_when_only_the_line_was_down),
		cmocka_unit_test(
		    counts_the_failures_that_were_under_way_only_once),
		cmocka_unit_test(
		    probes_earlier_where_waiting_would_lose_something),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
