#include "base/filter.h"
#include "base/siphash.h"
#include "unit.h"

#include <stdio.h>

#define KEYS 12288

static uint64_t
key(int number)
{
	static const uint8_t secret[SIPHASH_KEY_LEN] = { 7 };

	return siphash(secret, &number, sizeof(number));
}

TEST(has_all_that_was_added)
{
	struct filter filter;

	assert_int_equal(filter_init(&filter, KEYS), STATUS_OK);
	for (int i = 0; i < KEYS; i++) {
		filter_add(&filter, key(i));
		assert_true(filter_may_have(&filter, key(i)));
	}
	for (int i = 0; i < KEYS; i++)
		assert_true(filter_may_have(&filter, key(i)));
	filter_finish(&filter);
}

TEST(has_little_of_what_was_not)
{
	struct filter filter;
	int wrong = 0;

	assert_int_equal(filter_init(&filter, KEYS), STATUS_OK);
	assert_false(filter_may_have(&filter, key(0)));
	for (int i = 0; i < KEYS; i++)
		filter_add(&filter, key(i));
	for (int i = KEYS; i < 2 * KEYS; i++)
		wrong += filter_may_have(&filter, key(i));
	assert_true(wrong < KEYS / 40);
	filter_finish(&filter);
}

TEST(works_for_no_keys_at_all)
{
	struct filter filter;

	assert_int_equal(filter_init(&filter, 0), STATUS_OK);
	filter_add(&filter, UINT64_MAX);
	assert_true(filter_may_have(&filter, UINT64_MAX));
	assert_false(filter_may_have(&filter, 0));
	filter_finish(&filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_all_that_was_added),
		cmocka_unit_test(has_little_of_what_was_not),
		cmocka_unit_test(works_for_no_keys_at_all),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
