#include "io/backlog.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/outbox.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVED_MS INT64_C(1764000000000)
#define MANY 3000 /* more than are counted at a time */

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct outbox *outbox;
static struct backlog *backlog;

static int
set_up(void **state)
{
	struct fault fault = { "" };

	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "%s", directory);
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(backlog_create(outbox_db(outbox), &backlog),
	    STATUS_OK);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	backlog_destroy(backlog);
	outbox_close(outbox);
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

/* An event that came then, and waits there. */
static void
order(enum stage stage, int64_t arrived_ms)
{
	struct outbox_event event = {
		.stamp_ms = arrived_ms,
		.topic = "nudge/alice/event",
		.payload = "x",
		.len = 1,
	};
	const struct outbox_order order = {
		.seq = events_store(outbox, &event, 1),
		.user = "alice",
		.device = "phone",
		.event = "evt",
		.stage = stage,
		.service = stage == STAGE_READY ? "log" : "",
		.due_ms = arrived_ms,
	};

	event.seq = order.seq;
	jobs_add(outbox, &order, &event);
}

/* To the end.
 * Returns: how often it had to go on. */
static int
count(struct backlog_count *counted)
{
	int turns = 1;

	outbox_begin(outbox);
	outbox_commit(outbox);
	assert_true(jobs_write_down_user(outbox, "alice"));
	backlog_begin(backlog);
	while (!backlog_go_on(backlog, counted))
		turns++;
	return turns;
}

TEST(counts_nothing_where_nothing_waits)
{
	struct backlog_count counted = { .jobs = { 7 }, .since_ms = { 7 } };

	assert_int_equal(count(&counted), 1);
	for (int i = 0; i < BACKLOG_STAGES; i++) {
		assert_int_equal(counted.jobs[i], 0);
		assert_int_equal(counted.since_ms[i], 0);
	}
}

TEST(counts_what_waits_on_each_stage_and_since_when)
{
	struct backlog_count counted;

	order(STAGE_QUIET, ARRIVED_MS);
	order(STAGE_QUIET, ARRIVED_MS + 5000);
	order(STAGE_RATE, ARRIVED_MS + 9000);
	order(STAGE_READY, ARRIVED_MS + 10000);
	(void)count(&counted);
	assert_int_equal(counted.jobs[STAGE_QUIET], 2);
	assert_int_equal(counted.since_ms[STAGE_QUIET], ARRIVED_MS);
	assert_int_equal(counted.jobs[STAGE_RATE], 1);
	assert_int_equal(counted.since_ms[STAGE_RATE], ARRIVED_MS + 9000);
	assert_int_equal(counted.jobs[STAGE_READY], 1);
	assert_int_equal(counted.since_ms[STAGE_READY], ARRIVED_MS + 10000);
	assert_int_equal(counted.jobs[STAGE_DELAY], 0);
}

TEST(counts_a_long_list_a_slice_at_a_time)
{
	struct backlog_count counted;

	outbox_begin(outbox);
	for (int i = 0; i < MANY; i++)
		order(STAGE_DELAY, ARRIVED_MS + i);
	outbox_commit(outbox);
	assert_true(count(&counted) > 2);
	assert_int_equal(counted.jobs[STAGE_DELAY], MANY);
	assert_int_equal(counted.since_ms[STAGE_DELAY], ARRIVED_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    counts_nothing_where_nothing_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    counts_what_waits_on_each_stage_and_since_when, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    counts_a_long_list_a_slice_at_a_time, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("backlog", tests, NULL, NULL);
}
