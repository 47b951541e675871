#include "deliver/judgement.h"
#include "unit.h"

#include <stdio.h>

static const struct instant at = { .monotonic_ms = 1 };
static struct timers timers;
static struct crowd crowd;
static struct service *service;
static struct trouble trouble;
static struct lines lines;

static int
set_up(void **state)
{
	(void)state;
	lines_init(&lines, &at, &timers);
	assert_int_equal(service_create(&at, &crowd, "webpush https://h", NULL,
	                     &service),
	    STATUS_OK);
	(void)snprintf(service->user, sizeof(service->user), "alice");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	service_destroy(service);
	timers.first = NULL;
	return 0;
}

static void
answer(const char *user, int status)
{
	const struct outbox_job job = {
		.id = 1,
		.user = user,
		.device = "phone",
		.event_id = "evt",
	};
	struct flight *flight = service_take_off(service, &job);

	assert_non_null(flight);
	flight->response.status = status;
	service_note_answered(flight);
	(void)judgement_make(flight, &trouble, &lines);
	service_land(flight);
}

/* Each time often enough for the breaker to open. */
static void
fail_and_work_by_turns(int times)
{
	for (int i = 0; i < times; i++) {
		for (int j = 0; j < BREAKER_FAILURES; j++)
			answer("alice", 500);
		assert_true(breaker_is_open(&service->breaker));
		answer("alice", 201);
	}
}

TEST(counts_as_hers_what_only_one_persons_host_does)
{
	fail_and_work_by_turns(LINES_FIRST + 7);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.of[0].user, "alice");
	assert_int_equal(lines.of[0].left_out, 7);
}

TEST(always_tells_of_a_service_that_others_use_too)
{
	answer("bob", 500);
	for (int j = 1; j < BREAKER_FAILURES; j++)
		answer("alice", 500);
	assert_true(breaker_is_open(&service->breaker));
	assert_int_equal(lines.count, 0);
}

#define JUDGEMENT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGEMENT_TEST(counts_as_hers_what_only_one_persons_host_does),
		JUDGEMENT_TEST(always_tells_of_a_service_that_others_use_too),
	};

	return cmocka_run_group_tests_name("judgement", tests, NULL, NULL);
}
