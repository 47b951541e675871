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

TEST(gives_up_when_the_next_attempt_would_come_too_late)
{
	struct retry_history history = { .failures = 1 };

	history.expires_ms = NOW_MS + 2001;
	assert_true(
	    retry_next(&policy, &history, NOW_MS, 0.0) == NOW_MS + 2000);
	history.expires_ms = NOW_MS + 2000;
	assert_true(retry_next(&policy, &history, NOW_MS, 0.0) == RETRY_NEVER);
	history.expires_ms = NOW_MS - 1;
	assert_true(retry_next(&policy, &history, NOW_MS, 0.0) == RETRY_NEVER);
}

TEST(gives_up_when_the_server_asks_beyond_the_expiry)
{
	const struct retry_history history = {
		.failures = 1,
		.asked_s = 3600,
		.expires_ms = NOW_MS + 60000,
	};

	assert_true(retry_next(&policy, &history, NOW_MS, 0.0) == RETRY_NEVER);
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
		cmocka_unit_test(
		    gives_up_when_the_next_attempt_would_come_too_late),
		cmocka_unit_test(
		    gives_up_when_the_server_asks_beyond_the_expiry),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
