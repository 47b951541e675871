#include "core/agent.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static enum status
parse(const char *text, struct agent *agent, struct fault *fault)
{
	return agent_parse(text, strlen(text), agent, fault);
}

TEST(counts_what_runs_on_a_host)
{
	struct fault fault = { "" };
	struct agent agent;

	assert_int_equal(parse("{\"state\":\"online\",\"running\":2}", &agent,
	                     &fault),
	    STATUS_OK);
	assert_int_equal(agent.running, 2);
	assert_int_equal(parse("{\"state\":\"online\"}", &agent, &fault),
	    STATUS_OK);
	assert_int_equal(agent.running, 0);
	assert_int_equal(parse("{\"state\":\"offline\",\"running\":2}", &agent,
	                     &fault),
	    STATUS_OK);
	assert_true(agent.running < 0);
	assert_int_equal(agent.count, 0);
}

TEST(tells_what_each_session_does)
{
	struct fault fault = { "" };
	struct agent agent;
	const struct agent_session *session;

	assert_int_equal(
	    parse("{\"state\":\"online\",\"running\":1,\"waiting\":0,"
	          "\"sessions\":[{\"id\":\"ses_1\",\"title\":\"Fix\\nlogin\","
	          "\"project\":\"webshop\",\"state\":\"busy\",\"since\":7},"
	          "{\"id\":\"ses_2\",\"title\":null,\"project\":\"blog\","
	          "\"state\":\"error\",\"since\":8}]}",
	        &agent, &fault),
	    STATUS_OK);
	assert_int_equal(agent.count, 2);
	session = agent_session(&agent, "ses_1");
	assert_non_null(session);
	assert_string_equal(session->title, "Fix login");
	assert_string_equal(session->project, "webshop");
	assert_string_equal(agent_doing_str(session->doing), "busy");
	assert_int_equal(session->since_ms, 7);
	session = agent_session(&agent, "ses_2");
	assert_non_null(session);
	assert_string_equal(session->title, "");
	assert_int_equal(session->doing, AGENT_ERROR);
	assert_null(agent_session(&agent, "ses_3"));
	agent_finish(&agent);
}

TEST(reads_so_many_sessions_and_no_more)
{
	static char text[8192] = "{\"state\":\"online\",\"sessions\":[";
	struct fault fault = { "" };
	struct agent agent;

	for (int i = 0; i < AGENT_SESSIONS_MAX + 5; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s{\"id\":\"ses_%d\",\"state\":\"busy\"}",
		    i > 0 ? "," : "", i);
	strcat(text, "]}");
	assert_int_equal(parse(text, &agent, &fault), STATUS_OK);
	assert_int_equal(agent.count, AGENT_SESSIONS_MAX);
	agent_finish(&agent);
}

TEST(refuses_what_is_no_state)
{
	static const char *const faulty[] = { "", "online", "{}",
		"{\"state\":\"asleep\"}",
		"{\"state\":\"online\",\"running\":-1}",
		"{\"state\":\"online\",\"sessions\":7}",
		"{\"state\":\"online\",\"sessions\":[{\"state\":\"busy\"}]}",
		"{\"state\":\"online\",\"sessions\":[{\"id\":\"ses_1\"}]}",
		"{\"state\":\"online\",\"sessions\":[{\"id\":\"ses_1\","
		"\"state\":\"asleep\"}]}" };

	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		struct fault fault = { "" };
		struct agent agent = { .running = 7 };

		assert_int_equal(parse(faulty[i], &agent, &fault),
		    STATUS_BAD_INPUT);
		assert_true(fault_is_set(&fault));
		assert_int_equal(agent.running, 7);
		assert_null(agent.sessions);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_runs_on_a_host),
		cmocka_unit_test(tells_what_each_session_does),
		cmocka_unit_test(reads_so_many_sessions_and_no_more),
		cmocka_unit_test(refuses_what_is_no_state),
	};

	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
