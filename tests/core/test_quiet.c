#include "core/quiet.h"
#include "zones.h"

#include <string.h>

#define YEAR_S INT64_C(1767225600) /* 1 January 2026, a Thursday */
#define HOUR_S INT64_C(3600)
#define WEEKDAYS 0x1f
#define EVERY_DAY 0x7f

static struct zone *berlin;
static struct zone *utc;

static int
set_up(void **state)
{
	(void)state;
	berlin = read_zone("Europe/Berlin");
	utc = read_zone("UTC");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	zone_destroy(berlin);
	zone_destroy(utc);
	return 0;
}

static struct quiet_rule
rule(uint8_t days, int from_hour, int to_hour)
{
	return (struct quiet_rule){
		.days = days,
		.digest = true,
		.from = (int16_t)(from_hour * 60),
		.to = (int16_t)(to_hour * 60),
		.zone = utc,
	};
}

static int64_t
at_ms(int day, int hour)
{
	return (YEAR_S + (day * 24 + hour) * HOUR_S) * 1000;
}

static const struct year {
	const char *zone;
	uint8_t days;
	int16_t from;
	int16_t to;
	size_t count;
	const int32_t *minutes;
} years[] = {
#include "quiet_year.inc"
};

static void
check_minute(const struct year *year, const struct quiet *quiet, int32_t minute,
    size_t next)
{
	int64_t now_ms = (YEAR_S + minute * INT64_C(60)) * 1000;
	struct quiet_verdict verdict = quiet_judge(quiet, KIND_NOTE, now_ms);
	bool is_quiet = next % 2 == 1;

	if (verdict.is_quiet != is_quiet ||
	    quiet_is_on(quiet, now_ms) != is_quiet)
		fail_msg("%s, days %d, from %d: minute %d should be %s",
		    year->zone, year->days, year->from, minute,
		    is_quiet ? "quiet" : "loud");
	if (is_quiet)
		assert_int_equal(verdict.until_ms,
		    (YEAR_S + year->minutes[next] * INT64_C(60)) * 1000);
}

/* Each minute at which something changes and the ones around it, and each hour. */
static void
check_year(const struct year *year)
{
	struct zone *zone = read_zone(year->zone);
	struct quiet_rule one = {
		.days = year->days,
		.digest = true,
		.from = year->from,
		.to = year->to,
		.zone = zone,
	};
	const struct quiet quiet = { &one, 1 };
	size_t next = 0;

	for (int32_t minute = 0; minute < 365 * 1440; minute++) {
		bool is_near;

		while (next < year->count && year->minutes[next] <= minute)
			next++;
		is_near = minute % 60 == 0 ||
		    (next > 0 && minute - year->minutes[next - 1] < 2) ||
		    (next < year->count && year->minutes[next] - minute < 2);
		if (is_near)
			check_minute(year, &quiet, minute, next);
	}
	zone_destroy(zone);
}

TEST(agrees_for_a_whole_year_with_another_implementation)
{
	assert_int_equal(COUNT_OF(years), 15);
	for (size_t i = 0; i < COUNT_OF(years); i++)
		check_year(&years[i]);
}

TEST(ends_on_the_millisecond)
{
	struct quiet_rule one = rule(EVERY_DAY, 22, 7);
	const struct quiet quiet = { &one, 1 };

	assert_false(quiet_is_on(&quiet, at_ms(1, 22) - 1));
	assert_true(quiet_is_on(&quiet, at_ms(1, 22)));
	assert_true(quiet_is_on(&quiet, at_ms(2, 7) - 1));
	assert_false(quiet_is_on(&quiet, at_ms(2, 7)));
}

TEST(lets_through_what_is_allowed)
{
	struct quiet_rule one = rule(EVERY_DAY, 22, 7);
	const struct quiet quiet = { &one, 1 };

	one.allow = 1U << KIND_PERMISSION_ASKED;
	assert_false(
	    quiet_judge(&quiet, KIND_PERMISSION_ASKED, at_ms(1, 23)).is_quiet);
	assert_true(
	    quiet_judge(&quiet, KIND_QUESTION_ASKED, at_ms(1, 23)).is_quiet);
	assert_true(quiet_is_on(&quiet, at_ms(1, 23)));
}

TEST(goes_from_one_rule_into_the_next)
{
	struct quiet_rule rules[] = { rule(EVERY_DAY, 22, 2),
		rule(EVERY_DAY, 1, 6), rule(EVERY_DAY, 6, 7) };
	const struct quiet quiet = { rules, COUNT_OF(rules) };
	struct quiet_verdict verdict =
	    quiet_judge(&quiet, KIND_NOTE, at_ms(1, 23));

	assert_true(verdict.is_quiet);
	assert_int_equal(verdict.rule, 0);
	assert_int_equal(verdict.until_ms, at_ms(2, 7));
	/* One that allows the kind does not prolong it. */
	rules[1].allow = 1U << KIND_NOTE;
	verdict = quiet_judge(&quiet, KIND_NOTE, at_ms(1, 23));
	assert_int_equal(verdict.until_ms, at_ms(2, 2));
	verdict = quiet_judge(&quiet, KIND_NOTE, at_ms(2, 4));
	assert_false(verdict.is_quiet);
}

TEST(waits_if_one_of_the_rules_has_a_digest)
{
	struct quiet_rule rules[] = { rule(EVERY_DAY, 22, 2),
		rule(EVERY_DAY, 21, 23) };
	const struct quiet quiet = { rules, COUNT_OF(rules) };

	rules[1].digest = false;
	assert_true(quiet_judge(&quiet, KIND_NOTE, at_ms(1, 22)).digest);
	assert_false(quiet_judge(&quiet, KIND_NOTE, at_ms(1, 21)).digest);
	assert_int_equal(quiet_judge(&quiet, KIND_NOTE, at_ms(1, 21)).rule, 1);
}

TEST(has_an_end_in_sight_even_if_it_is_always_quiet)
{
	struct quiet_rule one = rule(EVERY_DAY, 0, 0);
	const struct quiet quiet = { &one, 1 };
	struct quiet_verdict verdict =
	    quiet_judge(&quiet, KIND_NOTE, at_ms(1, 12));

	assert_true(verdict.is_quiet);
	assert_true(verdict.until_ms > at_ms(1, 12));
	assert_true(verdict.until_ms < at_ms(60, 0));
}

TEST(tells_when_it_changes_next)
{
	struct quiet_rule rules[] = { rule(WEEKDAYS, 22, 7),
		rule(1U << 5, 3, 4) };
	const struct quiet quiet = { rules, COUNT_OF(rules) };
	const struct quiet none = { .rules = NULL };

	/* Day 0 is a Thursday; the first Saturday is day 2. */
	assert_int_equal(quiet_next_ms(&quiet, at_ms(0, 12)), at_ms(0, 22));
	assert_int_equal(quiet_next_ms(&quiet, at_ms(0, 22)), at_ms(1, 7));
	assert_int_equal(quiet_next_ms(&quiet, at_ms(1, 23)), at_ms(2, 3));
	assert_int_equal(quiet_next_ms(&quiet, at_ms(2, 3)), at_ms(2, 4));
	assert_int_equal(quiet_next_ms(&quiet, at_ms(2, 8)), at_ms(4, 22));
	assert_int_equal(quiet_next_ms(&none, at_ms(0, 0)), INT64_MAX);
}

TEST(never_applies_without_its_zone)
{
	struct quiet_rule one = rule(EVERY_DAY, 0, 0);
	const struct quiet quiet = { &one, 1 };

	one.zone = NULL;
	assert_false(quiet_judge(&quiet, KIND_NOTE, at_ms(1, 12)).is_quiet);
	assert_false(quiet_is_on(&quiet, at_ms(1, 12)));
	assert_int_equal(quiet_next_ms(&quiet, at_ms(1, 12)), INT64_MAX);
}

TEST(counts_days_before_1970_as_well)
{
	struct quiet_rule one = rule(1U << 2, 0, 12); /* Wednesday */
	const struct quiet quiet = { &one, 1 };

	assert_true(quiet_is_on(&quiet, -86400000));
	assert_false(quiet_is_on(&quiet, -1));
	assert_false(quiet_is_on(&quiet, 0));
}

TEST(copies_its_rules)
{
	struct quiet_rule one = rule(WEEKDAYS, 22, 7);
	const struct quiet quiet = { &one, 1 };
	const struct quiet none = { .rules = NULL };
	struct quiet copy;

	assert_int_equal(quiet_copy(&quiet, &copy), STATUS_OK);
	assert_int_equal(copy.count, 1);
	assert_memory_equal(copy.rules, &one, sizeof(one));
	quiet_finish(&copy);
	assert_int_equal(copy.count, 0);
	assert_int_equal(quiet_copy(&none, &copy), STATUS_OK);
	assert_null(copy.rules);
	quiet_finish(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    agrees_for_a_whole_year_with_another_implementation),
		cmocka_unit_test(ends_on_the_millisecond),
		cmocka_unit_test(lets_through_what_is_allowed),
		cmocka_unit_test(goes_from_one_rule_into_the_next),
		cmocka_unit_test(waits_if_one_of_the_rules_has_a_digest),
		cmocka_unit_test(
		    has_an_end_in_sight_even_if_it_is_always_quiet),
		cmocka_unit_test(tells_when_it_changes_next),
		cmocka_unit_test(never_applies_without_its_zone),
		cmocka_unit_test(counts_days_before_1970_as_well),
		cmocka_unit_test(copies_its_rules),
	};

	return cmocka_run_group_tests_name("quiet", tests, set_up, tear_down);
}
