#include "io/program.h"
#include "unit.h"

#include <string.h>

TEST(runs_a_program_to_its_end)
{
	const char *const argv[] = { "sh", "-c", "echo said; exit 0", NULL };
	struct fault fault = { "" };

	assert_int_equal(program_run(argv, &fault), STATUS_OK);
	assert_false(fault_is_set(&fault));
}

TEST(says_that_it_failed)
{
	const char *const argv[] = { "sh", "-c", "exit 3", NULL };
	const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	struct fault fault = { "" };
	struct fault again = { "" };

	assert_int_equal(program_run(argv, &fault), STATUS_IO);
	assert_string_equal(fault.text, "sh failed");
	assert_int_equal(program_run(killed, &again), STATUS_IO);
	assert_string_equal(again.text, "sh failed");
}

TEST(says_that_there_is_none)
{
	const char *const argv[] = { "nudge-has-no-such-program", NULL };
	struct fault fault = { "" };

	assert_int_equal(program_run(argv, &fault), STATUS_IO);
	assert_string_equal(fault.text,
	    "cannot run nudge-has-no-such-program: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_a_program_to_its_end),
		cmocka_unit_test(says_that_it_failed),
		cmocka_unit_test(says_that_there_is_none),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
