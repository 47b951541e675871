#include "io/descriptors.h"
#include "unit.h"

#include <sys/resource.h>

static struct rlimit before;

static int
set_up(void **state)
{
	(void)state;
	return getrlimit(RLIMIT_NOFILE, &before);
}

static int
tear_down(void **state)
{
	(void)state;
	return setrlimit(RLIMIT_NOFILE, &before);
}

static void
lower_to(rlim_t soft)
{
	const struct rlimit limit = { soft, before.rlim_max };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(descriptors_limit(), soft);
}

TEST(raises_the_limit_as_far_as_it_may)
{
	struct rlimit after;
	rlim_t most = before.rlim_max < DESCRIPTORS_WANTED ? before.rlim_max
	                                                   : DESCRIPTORS_WANTED;

	lower_to(256);
	assert_int_equal(descriptors_raise(), most);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_int_equal(after.rlim_cur, most);
	assert_int_equal(after.rlim_max, before.rlim_max);
}

TEST(counts_no_more_than_are_wanted)
{
	const struct rlimit most = { before.rlim_max, before.rlim_max };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
	assert_true(descriptors_raise() <= DESCRIPTORS_WANTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    raises_the_limit_as_far_as_it_may, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_no_more_than_are_wanted,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
