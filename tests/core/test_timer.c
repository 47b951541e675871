#include "core/instant.h"
#include "core/timer.h"
#include "unit.h"

#define LIMIT_MS 60000

static struct instant at;
static struct timers timers;
static int ran;

static int
set_up(void **state)
{
	(void)state;
	at = (struct instant){ .now_ms = 1764000000000, .monotonic_ms = 5000 };
	timers.first = NULL;
	ran = 0;
	return 0;
}

static void
count(void *part)
{
	(void)part;
	ran++;
}

static void
count_and_set(void *part)
{
	ran++;
	timer_set_in(part, 100);
}

TEST(waits_for_the_first_that_is_due_and_no_longer_than_the_limit)
{
	struct timer one = { .now_ms = &at.monotonic_ms, .due_ms = TIMER_OFF };
	struct timer two = { .now_ms = &at.monotonic_ms, .due_ms = TIMER_OFF };

	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	timer_add(&timers, &one);
	timer_add(&timers, &two);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	timer_set_in(&one, 700);
	timer_set_in(&two, 300);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 300);
	timer_set_in(&two, INT64_MAX);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 700);
	timer_set(&one, INT64_MAX - 1);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	at.monotonic_ms += 1000000;
	timer_set(&two, at.monotonic_ms - 5);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 0);
}

TEST(is_due_at_once_until_it_is_set)
{
	struct timer timer = { .now_ms = &at.monotonic_ms };

	timer_add(&timers, &timer);
	assert_true(timer_is_due(&timer));
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 0);
	timer_hasten(&timer, at.monotonic_ms);
	assert_int_equal(timer.due_ms, 0);
}

TEST(comes_earlier_but_not_later_when_it_is_hastened)
{
	struct timer timer = { .now_ms = &at.monotonic_ms,
		.due_ms = TIMER_OFF };

	timer_add(&timers, &timer);
	timer_hasten(&timer, at.monotonic_ms + 500);
	timer_hasten(&timer, at.monotonic_ms + 900);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 500);
	timer_hasten(&timer, at.monotonic_ms + 10);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 10);
}

TEST(calls_whoever_is_due_once)
{
	struct timer once = { .now_ms = &at.monotonic_ms, .run = count };
	struct timer later = { .now_ms = &at.monotonic_ms, .run = count };
	struct timer turn_only = { .now_ms = &at.monotonic_ms };

	timer_add(&timers, &once);
	timer_add(&timers, &later);
	timer_add(&timers, &turn_only);
	timer_set_in(&later, 50);
	timer_run(&timers);
	timer_run(&timers);
	assert_int_equal(ran, 1);
	assert_true(once.due_ms == TIMER_OFF);
	/* Its part looks for itself. */
	assert_true(timer_is_due(&turn_only));
	at.monotonic_ms += 50;
	timer_run(&timers);
	assert_int_equal(ran, 2);
}

TEST(calls_again_whoever_sets_it_while_it_runs)
{
	struct timer timer = { .now_ms = &at.monotonic_ms,
		.run = count_and_set,
		.part = &timer };

	timer_add(&timers, &timer);
	timer_run(&timers);
	timer_run(&timers);
	assert_int_equal(ran, 1);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 100);
	at.monotonic_ms += 100;
	timer_run(&timers);
	assert_int_equal(ran, 2);
}

TEST(goes_by_its_own_clock_when_somebody_sets_the_other)
{
	struct timer wall = { .now_ms = &at.now_ms };
	struct timer steady = { .now_ms = &at.monotonic_ms };

	timer_add(&timers, &wall);
	timer_add(&timers, &steady);
	timer_set_in(&wall, 600000);
	timer_set_in(&steady, 20000);
	at.now_ms += 3600000;
	assert_true(timer_is_due(&wall));
	assert_false(timer_is_due(&steady));
	at.now_ms -= 2 * INT64_C(3600000);
	assert_false(timer_is_due(&wall));
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    waits_for_the_first_that_is_due_and_no_longer_than_the_limit,
		    set_up),
		cmocka_unit_test_setup(is_due_at_once_until_it_is_set, set_up),
		cmocka_unit_test_setup(
		    comes_earlier_but_not_later_when_it_is_hastened, set_up),
		cmocka_unit_test_setup(calls_whoever_is_due_once, set_up),
		cmocka_unit_test_setup(
		    calls_again_whoever_sets_it_while_it_runs, set_up),
		cmocka_unit_test_setup(
		    goes_by_its_own_clock_when_somebody_sets_the_other, set_up),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
