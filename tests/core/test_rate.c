#include "core/rate.h"
#include "unit.h"

#define NOW_MS INT64_C(1764000000000)

static const struct rate three_then_six = { .burst = 3, .per_minute = 6 };

TEST(gives_a_full_bucket_at_once_and_not_more)
{
	int64_t full_us = 0;

	for (int i = 0; i < 3; i++)
		assert_true(rate_take(&three_then_six, &full_us, NOW_MS));
	assert_false(rate_take(&three_then_six, &full_us, NOW_MS));
}

TEST(changes_nothing_when_it_gives_nothing)
{
	int64_t full_us = 0;
	int64_t before_us;

	while (rate_take(&three_then_six, &full_us, NOW_MS))
		;
	before_us = full_us;
	assert_false(rate_take(&three_then_six, &full_us, NOW_MS));
	assert_int_equal(full_us, before_us);
}

TEST(gives_one_more_for_each_part_of_a_minute)
{
	int64_t full_us = 0;

	while (rate_take(&three_then_six, &full_us, NOW_MS))
		;
	assert_false(rate_take(&three_then_six, &full_us, NOW_MS + 9999));
	assert_true(rate_take(&three_then_six, &full_us, NOW_MS + 10000));
	assert_false(rate_take(&three_then_six, &full_us, NOW_MS + 10000));
}

TEST(never_holds_more_than_a_burst)
{
	int64_t full_us = 0;
	int taken = 0;

	assert_true(rate_take(&three_then_six, &full_us, NOW_MS));
	while (rate_take(&three_then_six, &full_us, NOW_MS + 86400000))
		taken++;
	assert_int_equal(taken, 3);
}

TEST(makes_nobody_wait_longer_than_an_empty_bucket_after_a_step_back)
{
	const int64_t hour_ms = 3600000;
	int64_t full_us = (NOW_MS + hour_ms) * 1000;

	assert_false(rate_take(&three_then_six, &full_us, NOW_MS));
	assert_false(rate_take(&three_then_six, &full_us, NOW_MS + 9999));
	assert_true(rate_take(&three_then_six, &full_us, NOW_MS + 10000));
}

TEST(takes_the_largest_rate)
{
	const struct rate most = { .burst = RATE_MAX, .per_minute = RATE_MAX };
	const struct rate slow = { .burst = RATE_MAX, .per_minute = 1 };
	int64_t full_us = 0;

	assert_true(rate_take(&most, &full_us, NOW_MS));
	assert_true(rate_take(&slow, &full_us, NOW_MS));
	assert_true(full_us > NOW_MS * 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_a_full_bucket_at_once_and_not_more),
		cmocka_unit_test(changes_nothing_when_it_gives_nothing),
		cmocka_unit_test(gives_one_more_for_each_part_of_a_minute),
		cmocka_unit_test(never_holds_more_than_a_burst),
		cmocka_unit_test(
		    makes_nobody_wait_longer_than_an_empty_bucket_after_a_step_back),
		cmocka_unit_test(takes_the_largest_rate),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
