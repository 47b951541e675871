#include "tell/tally.h"
#include "unit.h"

#include <stdio.h>

TEST(counts_what_was_accepted)
{
	struct tally tally = { 0 };

	tally_count(&tally, "accepted", NULL);
	tally_count(&tally, "accepted", NULL);
	tally_count(&tally, "pushed", NULL);
	assert_int_equal(tally.accepted, 2);
	assert_int_equal(tally.suppressed_count, 0);
}

TEST(counts_what_was_suppressed_for_each_reason)
{
	struct tally tally = { 0 };

	tally_count(&tally, "suppressed", "muted");
	tally_count(&tally, "suppressed", "limit");
	tally_count(&tally, "suppressed", "muted");
	tally_count(&tally, "held", "delay");
	tally_count(&tally, "suppressed", NULL);
	assert_int_equal(tally.suppressed_count, 2);
	assert_int_equal(tally_suppressed(&tally, "muted"), 2);
	assert_int_equal(tally_suppressed(&tally, "limit"), 1);
	assert_int_equal(tally_suppressed(&tally, "delay"), 0);
}

TEST(keeps_to_its_room)
{
	struct tally tally = { 0 };
	char reason[TALLY_REASON_MAX];

	for (int i = 0; i < 2 * TALLY_MAX; i++) {
		(void)snprintf(reason, sizeof(reason), "reason-%d", i);
		tally_count(&tally, "suppressed", reason);
	}
	assert_int_equal(tally.suppressed_count, TALLY_MAX);
	tally_count(&tally, "suppressed", "reason-0");
	assert_int_equal(tally_suppressed(&tally, "reason-0"), 2);
	assert_int_equal(tally_suppressed(&tally, reason), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_was_accepted),
		cmocka_unit_test(counts_what_was_suppressed_for_each_reason),
		cmocka_unit_test(keeps_to_its_room),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
