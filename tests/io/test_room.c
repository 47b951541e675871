/* What the events of a person take is known at any time, also after a restart. */
#include "io/clock.h"
#include "io/events.h"
#include "io/purge.h"
#include "io/room.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN 60000
#define EVENTS 300 /* more than a slice */

static struct settings settings;
static struct outbox *outbox;

int64_t __wrap_reserve_left(const char *directory);

static int64_t left;

int64_t
__wrap_reserve_left(const char *directory)
{
	(void)directory;
	return left;
}

static void
reopen(void)
{
	struct fault fault = { "" };

	outbox_close(outbox);
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.mqtt.root, sizeof(settings.mqtt.root),
	    "home/nudge");
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "/tmp/nudge-unit-XXXXXX");
	assert_non_null(mkdtemp(settings.state.directory));
	left = INT64_MAX;
	reopen();
	return 0;
}

static int
tear_down(void **state)
{
	char command[SETTING_MAX + 16];

	(void)state;
	outbox_close(outbox);
	outbox = NULL;
	(void)snprintf(command, sizeof(command), "rm -r %s",
	    settings.state.directory);
	return system(command);
}

static int64_t
store(const char *topic)
{
	static char payload[LEN];
	const struct outbox_event event = {
		.stamp_ms = outbox_clock_ms(outbox),
		.topic = topic,
		.payload = payload,
		.len = sizeof(payload),
	};

	return events_store(outbox, &event, 1);
}

static int64_t
store_many(void)
{
	int64_t seq = 0;

	for (int i = 0; i < EVENTS; i++)
		seq = store("home/nudge/alice/event");
	return seq;
}

/* What the disk has left is asked again when there is more to store. */
static void
leave(int64_t bytes)
{
	left = bytes;
	for (int i = 0; i < 5; i++)
		(void)store("home/nudge/bob/event");
}

static bool
was_stored(int64_t seq, size_t len)
{
	struct outbox_event event;

	outbox_begin(outbox);
	assert_true(events_find(outbox, seq, &event));
	assert_int_equal(event.len, event.is_refused ? 0 : len);
	assert_int_equal(event.expires_ms, 0);
	events_end(outbox);
	outbox_commit(outbox);
	return !event.is_refused;
}

static bool
has_room(const char *user)
{
	char topic[64];

	(void)snprintf(topic, sizeof(topic), "home/nudge/%s/event", user);
	return was_stored(store(topic), LEN);
}

/* All are decided, and no job needs them. */
static void
purge(int64_t seq)
{
	outbox_begin(outbox);
	outbox_note_decided(outbox, seq);
	outbox_commit(outbox);
	while (outbox_fold(outbox) || purge_slice(outbox, clock_now_ms()) ||
	    outbox_is_folding(outbox))
		continue;
}

TEST(is_left_for_others_when_one_has_as_much_as_the_disk)
{
	(void)store_many();
	leave(2 * EVENTS * LEN);
	assert_true(has_room("alice"));
	leave(EVENTS * LEN);
	assert_false(has_room("alice"));
	assert_true(has_room("bob"));
}

TEST(is_not_left_for_what_is_no_event_either)
{
	for (int i = 0; i < EVENTS; i++)
		(void)store(i % 2 == 0 ? "home/nudge/alice/prefs/set"
		                       : "home/nudge/alice/ack");
	leave(EVENTS * LEN);
	assert_false(has_room("alice"));
	assert_false(was_stored(store("home/nudge/alice/prefs/set"), LEN));
	assert_false(was_stored(store("home/nudge/alice/ack"), LEN));
	assert_true(has_room("bob"));
}

TEST(is_left_for_the_id_of_what_is_refused)
{
	static const char payload[] = "{\"body\":\"x\",\"id\":\"n1\"}";
	const struct outbox_event refused = {
		.topic = "home/nudge/alice/event",
		.payload = payload,
		.len = sizeof(payload) - 1,
		.expires_ms = 5000,
	};
	struct outbox_event event;

	(void)store_many();
	leave(EVENTS * LEN);
	outbox_begin(outbox);
	assert_true(
	    events_find(outbox, events_store(outbox, &refused, 1), &event));
	assert_true(event.is_refused);
	assert_int_equal(event.len, 2);
	assert_memory_equal(event.payload, "n1", 2);
	events_end(outbox);
	outbox_commit(outbox);
}

/* Who is refused more often than can be told is not told so. */
TEST(is_not_left_for_all_that_is_refused)
{
	int64_t first;
	int64_t last;

	(void)store_many();
	leave(EVENTS * LEN);
	first = store("home/nudge/alice/event");
	for (int i = 0; i < 100000; i++)
		last = store("home/nudge/alice/event");
	assert_true(last - first < 70000);
	assert_int_equal(store("home/nudge/alice/event"), last);
	assert_true(has_room("bob"));
}

TEST(is_there_again_after_a_purge)
{
	int64_t seq = store_many();

	leave(EVENTS * LEN);
	assert_false(has_room("alice"));
	purge(seq);
	purge(seq);
	assert_true(has_room("alice"));
}

TEST(is_known_again_when_what_was_there_is_weighed)
{
	int64_t seq = store_many();

	reopen();
	leave(EVENTS * LEN);
	assert_true(has_room("alice"));
	while (room_weigh(outbox))
		continue;
	assert_false(has_room("alice"));
	purge(seq);
	purge(seq);
	assert_true(has_room("alice"));
}

/* One that is gone before it is weighed was never counted. */
TEST(is_known_when_events_go_while_they_are_weighed)
{
	int64_t seq = store_many();

	reopen();
	assert_true(room_weigh(outbox));
	purge(seq);
	purge(seq);
	while (room_weigh(outbox))
		continue;
	leave(0);
	assert_true(has_room("alice"));
}

TEST(takes_an_event_of_another_root_for_nobodys)
{
	(void)store("n/a");
	(void)store("x");
	assert_true(has_room("alice"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(is_left_for_others_when_one_has_as_much_as_the_disk),
		CASE(is_not_left_for_what_is_no_event_either),
		CASE(is_left_for_the_id_of_what_is_refused),
		CASE(is_not_left_for_all_that_is_refused),
		CASE(is_there_again_after_a_purge),
		CASE(is_known_again_when_what_was_there_is_weighed),
		CASE(is_known_when_events_go_while_they_are_weighed),
		CASE(takes_an_event_of_another_root_for_nobodys),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
