#include "arrive/aside.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(5000)

static struct aside aside;

static int
set_up(void **state)
{
	(void)state;
	memset(&aside, 0, sizeof(aside));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	aside_finish(&aside);
	return 0;
}

static void
charge(const char *name, int64_t now_ms, int64_t us)
{
	aside_charge(&aside, name, now_ms, us);
}

TEST(gives_each_a_share_of_a_while)
{
	assert_false(aside_is_spent(&aside, "alice", NOW_MS));
	charge("alice", NOW_MS, ASIDE_SHARE_US - 1);
	assert_false(aside_is_spent(&aside, "alice", NOW_MS));
	charge("alice", NOW_MS, 1);
	assert_true(aside_is_spent(&aside, "alice", NOW_MS));
	assert_false(aside_is_spent(&aside, "bob", NOW_MS));
	assert_true(
	    aside_is_spent(&aside, "alice", NOW_MS + ASIDE_WINDOW_MS - 1));
	assert_false(aside_is_spent(&aside, "alice", NOW_MS + ASIDE_WINDOW_MS));
}

/* Who floods does not pass for somebody new because many others say a little. */
TEST(remembers_the_greatest_of_many)
{
	charge("mallory", NOW_MS, ASIDE_SHARE_US);
	for (int i = 0; i < 3 * ASIDE_ACCOUNTS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%d", i);
		assert_false(aside_is_spent(&aside, name, NOW_MS + 1));
		charge(name, NOW_MS + 1, 50);
	}
	assert_true(aside_is_spent(&aside, "mallory", NOW_MS + 2));
}

TEST(charges_nobody_for_another)
{
	for (int i = 0; i < ASIDE_ACCOUNTS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%d", i);
		assert_false(aside_is_spent(&aside, name, NOW_MS));
		charge(name, NOW_MS, 100 + i);
	}
	charge("mallory", NOW_MS, ASIDE_SHARE_US);
	for (int i = 1; i < ASIDE_ACCOUNTS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%d", i);
		assert_false(aside_is_spent(&aside, name, NOW_MS));
	}
}

TEST(lets_who_waits_come_in_turn_until_his_end)
{
	assert_int_equal(aside_first(&aside), INT64_MAX);
	assert_non_null(aside_put(&aside, "alice", 3));
	assert_non_null(aside_put(&aside, "bob", 4));
	assert_non_null(aside_put(&aside, "alice", 7));
	assert_int_equal(aside_first(&aside), 3);
	assert_string_equal(aside.first->name, "alice");
	aside_find(&aside, "alice")->after = 5;
	aside_turn(&aside);
	assert_string_equal(aside.first->name, "bob");
	assert_int_equal(aside_first(&aside), 4);
	aside_find(&aside, "bob")->after = 4;
	aside_turn(&aside);
	assert_null(aside_find(&aside, "bob"));
	assert_int_equal(aside_first(&aside), 6);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(gives_each_a_share_of_a_while),
		CASE(remembers_the_greatest_of_many),
		CASE(charges_nobody_for_another),
		CASE(lets_who_waits_come_in_turn_until_his_end),
	};

	return cmocka_run_group_tests_name("aside", tests, NULL, NULL);
}
