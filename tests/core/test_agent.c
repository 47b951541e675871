#include "core/agent.h"
#include "unit.h"

#include <string.h>

static enum status
parse(const char *text, int32_t *running, struct fault *fault)
{
	return agent_parse(text, strlen(text), running, fault);
}

TEST(counts_what_runs_on_a_host)
{
	struct fault fault = { "" };
	int32_t running = 0;

	assert_int_equal(parse("{\"state\":\"online\",\"running\":2}", &running,
	                     &fault),
	    STATUS_OK);
	assert_int_equal(running, 2);
	assert_int_equal(parse("{\"state\":\"online\"}", &running, &fault),
	    STATUS_OK);
	assert_int_equal(running, 0);
	assert_int_equal(parse("{\"state\":\"offline\",\"running\":2}",
	                     &running, &fault),
	    STATUS_OK);
	assert_true(running < 0);
}

TEST(refuses_what_is_no_state)
{
	static const char *const faulty[] = { "", "online", "{}",
		"{\"state\":\"asleep\"}",
		"{\"state\":\"online\",\"running\":-1}" };

	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		struct fault fault = { "" };
		int32_t running = 7;

		assert_int_equal(parse(faulty[i], &running, &fault),
		    STATUS_BAD_INPUT);
		assert_true(fault_is_set(&fault));
		assert_int_equal(running, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_runs_on_a_host),
		cmocka_unit_test(refuses_what_is_no_state),
	};

	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
