#include "io/clock.h"
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#define DRAWS 10000

TEST(tells_a_time_after_this_was_written)
{
	assert_true(clock_now_ms() > INT64_C(1764000000000));
	assert_true(clock_now_ms() < INT64_C(1764000000000) * 4);
}

TEST(never_goes_back)
{
	int64_t last_ms = clock_monotonic_ms();

	for (int i = 0; i < DRAWS; i++) {
		int64_t now_ms = clock_monotonic_ms();

		assert_true(now_ms >= last_ms);
		last_ms = now_ms;
	}
	assert_true(last_ms > 0);
}

TEST(goes_on_as_it_was_for_whoever_cannot_follow_one_that_is_set)
{
	const int64_t year_ms = INT64_C(31556952000);
	const int64_t steps[] = { 3 * year_ms, -3 * year_ms,
		CLOCK_STEP_MS + 500, -CLOCK_STEP_MS - 500 };
	struct instant begin;
	struct instant now;
	int64_t offset_ms;

	clock_read(&begin);
	offset_ms = begin.now_ms - begin.monotonic_ms;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		/* It was ahead by so much until a moment ago. */
		clock_read_on(&now, offset_ms + steps[i]);
		assert_int_equal(now.now_ms - now.monotonic_ms,
		    offset_ms + steps[i]);
	}
	/* What a clock is corrected by is followed by itself. */
	clock_read_on(&now, offset_ms + CLOCK_STEP_MS / 2);
	assert_true(
	    now.now_ms - now.monotonic_ms < offset_ms + CLOCK_STEP_MS / 2);
}

TEST(throws_dice_that_are_even)
{
	double sum = 0.0;

	for (int i = 0; i < DRAWS; i++) {
		double jitter = clock_jitter();

		assert_true(jitter >= 0.0 && jitter < 1.0);
		sum += jitter;
	}
	/* Twenty standard deviations wide. */
	assert_true(sum / DRAWS > 0.44 && sum / DRAWS < 0.56);
}

TEST(fills_all_it_was_given_and_no_more)
{
	uint8_t bytes[1000];
	bool has_changed[sizeof(bytes)] = { false };

	/* A byte stays what it was by chance once in 256 draws. */
	for (int i = 0; i < 16; i++) {
		memset(bytes, 0x55, sizeof(bytes));
		clock_random(bytes, sizeof(bytes) - 1);
		assert_int_equal(bytes[sizeof(bytes) - 1], 0x55);
		for (size_t j = 0; j < sizeof(bytes) - 1; j++)
			has_changed[j] |= bytes[j] != 0x55;
	}
	for (size_t j = 0; j < sizeof(bytes) - 1; j++)
		assert_true(has_changed[j]);
	clock_random(bytes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_a_time_after_this_was_written),
		cmocka_unit_test(never_goes_back),
		cmocka_unit_test(
		    goes_on_as_it_was_for_whoever_cannot_follow_one_that_is_set),
		cmocka_unit_test(throws_dice_that_are_even),
		cmocka_unit_test(fills_all_it_was_given_and_no_more),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
