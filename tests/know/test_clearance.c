#include "know/clearance.h"
#include "unit.h"

TEST(knows_each_clear_of_ours_once)
{
	struct clearance *list = NULL;

	assert_false(clearance_take(&list, "a"));
	clearance_note(&list, "a");
	clearance_note(&list, "b");
	clearance_note(&list, "a");
	assert_false(clearance_take(&list, "c"));
	assert_true(clearance_take(&list, "a"));
	assert_true(clearance_take(&list, "b"));
	assert_false(clearance_take(&list, "b"));
	assert_true(clearance_take(&list, "a"));
	assert_null(list);
}

TEST(expects_all_that_a_connection_left_on_its_way_until_it_is_settled)
{
	struct clearance *list = NULL;

	clearance_note(&list, "a");
	clearance_note(&list, "b");
	clearance_age(list);
	assert_true(clearance_take(&list, "a"));
	assert_true(clearance_take(&list, "a"));
	assert_true(clearance_has(list, "a"));
	assert_false(clearance_take(&list, "c"));
	clearance_drop(&list);
	assert_null(list);
	clearance_drop(&list);
}

TEST(tells_of_each_that_was_on_its_way_when_a_connection_ended)
{
	struct clearance *list = NULL;
	char topic[4];

	clearance_note(&list, "abcdef");
	clearance_age(list);
	clearance_note(&list, "new");
	assert_true(clearance_take_old(&list, topic, sizeof(topic)));
	assert_string_equal(topic, "abc");
	assert_false(clearance_take_old(&list, topic, sizeof(topic)));
	assert_true(clearance_take(&list, "new"));
	assert_null(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_clear_of_ours_once),
		cmocka_unit_test(
		    expects_all_that_a_connection_left_on_its_way_until_it_is_settled),
		cmocka_unit_test(
		    tells_of_each_that_was_on_its_way_when_a_connection_ended),
	};

	return cmocka_run_group_tests_name("clearance", tests, NULL, NULL);
}
