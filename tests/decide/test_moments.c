/* When somebody hears of something: snoozes, reminders, steps, digests. */
#include "world.h"

#define ASK(id, more)                                                       \
	"{\"id\":\"" id "\",\"kind\":\"permission.asked\",\"body\":\"ls\"," \
	"\"request\":{\"id\":\"per_" id "\",\"nonce\":\"n\"},"              \
	"\"session\":{\"id\":\"ses_1\",\"title\":\"Fix login\"}" more "}"
#define ANSWER(id)                                                       \
	"{\"kind\":\"permission.replied\",\"request\":{\"id\":\"per_" id \
	"\"},\"session\":{\"id\":\"ses_1\"}}"
#define NOTE(id, title) \
	"{\"id\":\"" id "\",\"kind\":\"note\",\"title\":\"" title "\"}"
#define SHOWN "> alice/phone: Permission needed: Fix login: ls\n"

TEST(reminds_of_a_request_once_and_replaces_it)
{
	int at;

	world_device("phone");
	at = world.count;
	world_event(ASK("a", ""));
	world_pass_s(899);
	world_expect(&at, "a phone held delay\n" SHOWN "a phone pushed\n");
	world_pass_s(2);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
	world_pass_s(86400);
	world_expect(&at, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
		CASE(reminds_of_a_request_once_and_replaces_it),
	};

	return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
