#include "core/retry.h"
#include "unit.h"

#define NOW_MS INT64_C(1764000000000)

static const struct retry_policy policy = { .first_s = 2, .ceiling_s = 30 };

/* How long the next attempt waits, in milliseconds. */
static int64_t
wait_after(int32_t failures, int32_t asked_s, double jitter)
{
	const struct retry_history history = {
		.failures = failures,
		.asked_s = asked_s,
		.expires_ms = INT64_MAX,
	};

	return retry_next(&policy, &history, NOW_MS, jitter) - NOW_MS;
}

TEST(waits_four_times_as_long_after_each_failure)
{
	assert_int_equal(wait_after(1, 0, 0.0), 2000);
	assert_int_equal(wait_after(2, 0, 0.0), 8000);
	assert_int_equal(wait_after(3, 0, 0.0), 30000);
}

TEST(never_waits_longer_than_the_ceiling)
{
	assert_int_equal(wait_after(4, 0, 0.0), 30000);
	assert_int_equal(wait_after(INT32_MAX, 0, 0.0), 30000);
}

TEST(survives_a_policy_of_extremes)
{
	const struct retry_policy wide = { .first_s = 1,
		.ceiling_s = INT32_MAX };
	const struct retry_policy flat = { .first_s = 60, .ceiling_s = 60 };
	const struct retry_history history = {
		.failures = INT32_MAX,
		.expires_ms = INT64_MAX,
	};

	assert_true(retry_next(&wide, &history, NOW_MS, 0.0) ==
	    NOW_MS + INT64_C(1000) * INT32_MAX);
	assert_true(retry_next(&flat, &history, NOW_MS, 0.0) == NOW_MS + 60000);
}

TEST(spreads_a_herd_over_half_the_wait)
{
	assert_int_equal(wait_after(1, 0, 0.5), 2500);
	assert_in_range(wait_after(1, 0, 0.999), 2000, 3000);
	assert_int_equal(wait_after(3, 0, 0.5), 37500);
	for (double jitter = 0.0; jitter < 1.0; jitter += 0.01)
		assert_in_range(wait_after(2, 0, jitter), 8000, 11999);
}

TEST(obeys_a_server_that_asks_for_more_time)
{
	assert_int_equal(wait_after(1, 120, 0.0), 120000);
	assert_in_range(wait_after(1, 120, 0.999), 120000, 180000);
	assert_in_range(wait_after(1, INT32_MAX, 0.0), INT64_C(2147483647000),
	    INT64_C(2147483647000));
}

TEST(does_not_hurry_for_a_server_that_asks_for_less)
{
	assert_int_equal(wait_after(3, 1, 0.0), 30000);
}

static int64_t
next_within(int32_t failures, int32_t asked_s, int64_t left_ms, double jitter)
{
	const struct retry_history history = {
		.failures = failures,
		.asked_s = asked_s,
		.expires_ms = NOW_MS + left_ms,
	};
	int64_t next_ms = retry_next(&policy, &history, NOW_MS, jitter);

	return next_ms == RETRY_NEVER ? -1 : next_ms - NOW_MS;
}

TEST(gives_up_when_not_even_a_last_attempt_helps)
{
	assert_int_equal(next_within(1, 0, 2001, 0.0), 2000);
	assert_int_equal(next_within(1, 0, 2000, 0.0), -1);
	assert_int_equal(next_within(3, 0, RETRY_LAST_MS, 0.0), -1);
	assert_int_equal(next_within(1, 0, -1, 0.0), -1);
}

TEST(comes_a_last_time_shortly_before_the_end)
{
	/* 30 s are too long for what lives 20: our own schedule. */
	assert_int_equal(next_within(3, 0, 20000, 0.0), 15000);
	assert_int_equal(next_within(3, 0, 33000, 0.0), 28000);
	assert_int_equal(next_within(3, 0, 8000, 0.9), 4000);
	/* And where a server asks for more than there is. */
	assert_int_equal(next_within(1, 3600, 60000, 0.5), 55000);
}

TEST(comes_only_one_last_time)
{
	for (int64_t left_ms = 30000; left_ms > 0; left_ms -= 100) {
		int64_t wait_ms = next_within(9, 0, left_ms, 0.0);

		assert_true(wait_ms == -1 ||
		    next_within(9, 0, left_ms - wait_ms, 0.0) == -1);
	}
}

TEST(never_loses_by_chance_what_a_server_asks_to_bring_later)
{
	/* 50 minutes, of 60: half of 50 more would be too late. */
	for (double jitter = 0.0; jitter < 1.0; jitter += 0.01) {
		int64_t wait_ms = next_within(1, 3000, 3600000, jitter);

		assert_in_range(wait_ms, 3000000, 3600000 - RETRY_LAST_MS);
	}
	assert_int_equal(next_within(1, 3000, 3600000, 0.5), 3297500);
	/* A moment before the end is still within it. */
	assert_int_equal(next_within(1, 3598, 3600000, 0.9), 3598000);
}

TEST(never_loses_by_chance_what_our_own_schedule_brings)
{
	for (double jitter = 0.0; jitter < 1.0; jitter += 0.01)
		for (int64_t left_ms = 10000; left_ms < 20000; left_ms += 500)
			assert_in_range(next_within(2, 0, left_ms, jitter), 1,
			    left_ms - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_four_times_as_long_after_each_failure),
		cmocka_unit_test(never_waits_longer_than_the_ceiling),
		cmocka_unit_test(survives_a_policy_of_extremes),
		cmocka_unit_test(spreads_a_herd_over_half_the_wait),
		cmocka_unit_test(obeys_a_server_that_asks_for_more_time),
		cmocka_unit_test(
		    does_not_hurry_for_a_server_that_asks_for_less),
		cmocka_unit_test(gives_up_when_not_even_a_last_attempt_helps),
		cmocka_unit_test(comes_a_last_time_shortly_before_the_end),
		cmocka_unit_test(comes_only_one_last_time),
		cmocka_unit_test(
		    never_loses_by_chance_what_a_server_asks_to_bring_later),
		cmocka_unit_test(
		    never_loses_by_chance_what_our_own_schedule_brings),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
