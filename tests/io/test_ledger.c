#include "io/ledger.h"
#include "unit.h"

static struct ledger ledger;

static int
tear_down(void **state)
{
	(void)state;
	ledger_finish(&ledger);
	return 0;
}

TEST(knows_nobody_before_the_first)
{
	assert_int_equal(ledger_bytes(&ledger, 7), 0);
}

TEST(adds_up_what_each_has_and_had)
{
	ledger_add(&ledger, 7, 100);
	ledger_add(&ledger, 8, 1000);
	ledger_add(&ledger, 7, 20);
	ledger_add(&ledger, 8, -1000);
	assert_int_equal(ledger_bytes(&ledger, 7), 120);
	assert_int_equal(ledger_bytes(&ledger, 8), 0);
	assert_int_equal(ledger_bytes(&ledger, 9), 0);
}

TEST(never_says_that_somebody_has_less_than_nothing)
{
	ledger_add(&ledger, 7, -5);
	ledger_add(&ledger, 7, 3);
	assert_int_equal(ledger_bytes(&ledger, 7), 3);
}

/* Owners that differ above a number's low bits stand in each other's way. */
TEST(keeps_thousands_apart_and_forgets_who_has_nothing)
{
	for (int64_t i = 1; i <= 5000; i++)
		ledger_add(&ledger, i << 20, i);
	for (int64_t i = 1; i <= 5000; i++) {
		assert_int_equal(ledger_bytes(&ledger, i << 20), i);
		ledger_add(&ledger, i << 20, i % 100 == 0 ? 1 : -i);
	}
	for (int64_t i = 1; i <= 10000; i++)
		ledger_add(&ledger, (5000 + i) << 20, i);
	for (int64_t i = 1; i <= 5000; i++)
		assert_int_equal(ledger_bytes(&ledger, i << 20),
		    i % 100 == 0 ? i + 1 : 0);
	assert_true(ledger.size <= 65536);
}

#define CASE(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(knows_nobody_before_the_first),
		CASE(adds_up_what_each_has_and_had),
		CASE(never_says_that_somebody_has_less_than_nothing),
		CASE(keeps_thousands_apart_and_forgets_who_has_nothing),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
