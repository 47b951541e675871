#include "arrive/intake.h"
#include "io/events.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct settings settings;
static struct outbox *outbox;
static struct intake intake;

static int
set_up(void **state)
{
	struct fault fault = { "" };

	(void)state;
	(void)snprintf(settings.state.directory, SETTING_MAX,
	    "/tmp/nudge-intake-XXXXXX");
	assert_non_null(mkdtemp(settings.state.directory));
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	memset(&intake, 0, sizeof(intake));
	intake.root = "nudge";
	intake.users = "+";
	intake.outbox = outbox;
	return 0;
}

static int
tear_down(void **state)
{
	char command[SETTING_MAX + 16];

	(void)state;
	intake_finish(&intake);
	outbox_close(outbox);
	(void)snprintf(command, sizeof(command), "rm -r %s",
	    settings.state.directory);
	return system(command);
}

static bool
store(const char *topic, const char *payload, bool is_retained)
{
	const struct mqtt_message message = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.is_retained = is_retained,
	};

	return intake_store(&intake, &message);
}

static void
assert_stored(int64_t after, const char *payload)
{
	struct outbox_event event;

	if (payload == NULL) {
		assert_false(events_after(outbox, after, &event));
		return;
	}
	assert_true(events_after(outbox, after, &event));
	assert_int_equal(event.seq, after + 1);
	assert_int_equal(event.len, strlen(payload));
	assert_memory_equal(event.payload, payload, event.len);
}

TEST(keeps_what_happens_once_and_leaves_the_rest)
{
	assert_true(store("nudge/me/event", "a", false));
	assert_true(store("nudge/me/ack", "b", false));
	assert_true(store("nudge/me/prefs/set", "", false));
	assert_false(store("nudge/me/prefs", "{}", false));
	assert_false(store("nudge/me/device/phone", "{}", false));
	assert_false(store("elsewhere/me/event", "a", false));
	assert_true(intake_commit(&intake));
	assert_stored(0, "a");
	assert_stored(1, "b");
	assert_stored(2, "");
	assert_stored(3, NULL);
	assert_int_equal(atomic_load(&intake.newest_seq), 3);
}

TEST(leaves_what_is_retained_to_be_refused)
{
	assert_false(store("nudge/me/event", "a", true));
	assert_false(store("nudge/me/ack", "a", true));
	assert_false(store("nudge/me/prefs/set", "{}", true));
	assert_false(intake_commit(&intake));
}

/* Whatever the network does meanwhile. */
TEST(keeps_nobody_out_before_it_commits)
{
	assert_true(store("nudge/me/event", "a", false));
	outbox_begin(outbox);
	assert_stored(0, NULL);
	outbox_commit(outbox);
	assert_int_equal(atomic_load(&intake.newest_seq), 0);
	assert_true(intake_commit(&intake));
	assert_stored(0, "a");
	assert_false(intake_commit(&intake));
}

TEST(stores_much_before_it_is_told_to_and_says_so_then)
{
	char *payload = malloc(65537);

	assert_non_null(payload);
	memset(payload, 'x', 65536);
	payload[65536] = '\0';
	for (int i = 0; i < 4; i++)
		assert_true(store("nudge/me/event", payload, false));
	assert_stored(3, payload);
	assert_true(store("nudge/me/event", "one more", false));
	assert_stored(4, NULL);
	assert_true(intake_commit(&intake));
	assert_stored(4, "one more");
	free(payload);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    keeps_what_happens_once_and_leaves_the_rest, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    leaves_what_is_retained_to_be_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_nobody_out_before_it_commits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    stores_much_before_it_is_told_to_and_says_so_then, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
