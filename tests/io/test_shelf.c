#include "core/decide.h"
#include "io/clock.h"
#include "io/db.h"
#include "io/people.h"
#include "io/shelf.h"
#include "io/zones.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1764000000000)

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct outbox *outbox;
static struct outbox *intake;
static struct shelf *shelf;
static struct people *people;

static int
set_up(void **state)
{
	struct fault fault = { "" };

	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	memset(&settings, 0, sizeof(settings));
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "%s", directory);
	assert_int_equal(outbox_open(&settings, false, &outbox, &fault),
	    STATUS_OK);
	assert_int_equal(outbox_open(&settings, true, &intake, &fault),
	    STATUS_OK);
	assert_int_equal(shelf_create(outbox_db(outbox), &shelf), STATUS_OK);
	assert_int_equal(people_create(outbox_db(outbox), &people), STATUS_OK);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	shelf_destroy(shelf);
	people_destroy(people);
	outbox_close(intake);
	outbox_close(outbox);
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

/* An event of a session, and a job for it. */
static void
put(const char *id, enum stage stage, int64_t due_ms, enum kind kind)
{
	const struct outbox_event event = {
		.arrived_ms = NOW_MS,
		.topic = "nudge/alice/event",
		.payload = "x",
		.len = 1,
	};
	const struct outbox_name name = { "alice", id, "ses_1" };
	struct outbox_order order = {
		.user = "alice",
		.device = "phone",
		.stage = stage,
		.service = stage == STAGE_READY ? "log" : "",
		.due_ms = due_ms,
		.kind = (int)kind,
		.thread = "ses_1",
		.request = "",
	};
	bool is_duplicate;

	assert_int_equal(outbox_store(intake, &event, &order.seq), STATUS_OK);
	assert_int_equal(outbox_claim(outbox, order.seq, &name, &is_duplicate),
	    STATUS_OK);
	assert_int_equal(outbox_add_job(outbox, &order), STATUS_OK);
}

static struct shelf_job
find(const char *id)
{
	struct shelf_job job = { .user = "alice" };

	do
		assert_int_equal(shelf_next_of_user(shelf, &job), STATUS_OK);
	while (job.id != 0 && strcmp(job.event_id, id) != 0);
	return job;
}

static int64_t
next_due_ms(void)
{
	int64_t due_ms = 0;

	assert_int_equal(shelf_next_due(shelf, &due_ms), STATUS_OK);
	return due_ms;
}

TEST(tells_when_the_first_that_waits_is_due)
{
	assert_int_equal(next_due_ms(), INT64_MAX);
	put("ready", STAGE_READY, NOW_MS - 9, KIND_NOTE);
	put("shown", STAGE_SHOWN, NOW_MS - 9, KIND_NOTE);
	assert_int_equal(next_due_ms(), INT64_MAX);
	put("quiet", STAGE_QUIET, NOW_MS + 4, KIND_NOTE);
	assert_int_equal(next_due_ms(), NOW_MS + 4);
	put("rate", STAGE_RATE, NOW_MS + 3, KIND_NOTE);
	put("presence", STAGE_PRESENCE, NOW_MS + 2, KIND_NOTE);
	assert_int_equal(next_due_ms(), NOW_MS + 2);
	put("delay", STAGE_DELAY, NOW_MS + 1, KIND_NOTE);
	assert_int_equal(next_due_ms(), NOW_MS + 1);
}

TEST(gives_what_is_due_on_one_stage)
{
	struct shelf_job job;

	put("later", STAGE_DELAY, NOW_MS + 1, KIND_NOTE);
	put("due", STAGE_DELAY, NOW_MS, KIND_SESSION_IDLE);
	put("other", STAGE_QUIET, NOW_MS, KIND_NOTE);
	assert_int_equal(shelf_due(shelf, STAGE_DELAY, NOW_MS, &job),
	    STATUS_OK);
	assert_string_equal(job.event_id, "due");
	assert_string_equal(job.user, "alice");
	assert_string_equal(job.device, "phone");
	assert_string_equal(job.thread, "ses_1");
	assert_int_equal(job.kind, KIND_SESSION_IDLE);
	assert_int_equal(job.arrived_ms, NOW_MS);
	assert_int_equal(shelf_release(shelf, job.id, "log", NOW_MS),
	    STATUS_OK);
	assert_int_equal(find("due").stage, STAGE_READY);
	assert_int_equal(shelf_due(shelf, STAGE_DELAY, NOW_MS, &job),
	    STATUS_OK);
	assert_int_equal(job.id, 0);
}

TEST(hurries_one_stage_of_one_device)
{
	put("presence", STAGE_PRESENCE, NOW_MS + 9, KIND_NOTE);
	put("delay", STAGE_DELAY, NOW_MS + 9, KIND_NOTE);
	assert_int_equal(shelf_hurry(shelf, STAGE_PRESENCE, "alice", "tablet",
	                     NOW_MS),
	    STATUS_OK);
	assert_int_equal(shelf_hurry(shelf, STAGE_PRESENCE, "bob", NULL,
	                     NOW_MS),
	    STATUS_OK);
	assert_int_equal(next_due_ms(), NOW_MS + 9);
	assert_int_equal(shelf_hurry(shelf, STAGE_PRESENCE, "alice", "phone",
	                     NOW_MS),
	    STATUS_OK);
	assert_int_equal(find("presence").due_ms, NOW_MS);
	assert_int_equal(find("delay").due_ms, NOW_MS + 9);
}

static void
fold_three(void)
{
	put("one", STAGE_QUIET, NOW_MS, KIND_SESSION_IDLE);
	put("two", STAGE_QUIET, NOW_MS, KIND_SESSION_ERROR);
	put("three", STAGE_QUIET, NOW_MS, KIND_SESSION_IDLE);
	assert_int_equal(shelf_fold(shelf, find("one").id, find("three").id),
	    STATUS_OK);
	assert_int_equal(shelf_fold(shelf, find("two").id, find("three").id),
	    STATUS_OK);
	assert_int_equal(shelf_release_digest(shelf, find("three").id, "log",
	                     NOW_MS, NOW_MS + 5),
	    STATUS_OK);
}

TEST(counts_what_a_digest_tells_of)
{
	int32_t count;
	int kind = 0;

	fold_three();
	assert_int_equal(shelf_count(shelf, find("three").id, 0, &kind, &count),
	    STATUS_OK);
	assert_int_equal(kind, KIND_SESSION_IDLE);
	assert_int_equal(count, 2);
	assert_int_equal(shelf_count(shelf, find("three").id, 1, &kind, &count),
	    STATUS_OK);
	assert_int_equal(kind, KIND_SESSION_ERROR);
	assert_int_equal(count, 1);
	assert_int_equal(shelf_count(shelf, find("three").id, 2, &kind, &count),
	    STATUS_OK);
	assert_int_equal(count, 0);
}

TEST(hands_a_digest_over)
{
	struct shelf_job heir = { .id = 0 };
	int64_t carrier;

	fold_three();
	carrier = find("three").id;
	assert_int_equal(shelf_next_folded(shelf, carrier, &heir), STATUS_OK);
	assert_string_equal(heir.event_id, "two");
	assert_int_equal(shelf_refold(shelf, carrier, heir.id), STATUS_OK);
	carrier = heir.id;
	heir.id = 0;
	assert_int_equal(shelf_next_folded(shelf, carrier, &heir), STATUS_OK);
	assert_string_equal(heir.event_id, "two");
	assert_int_equal(shelf_next_folded(shelf, carrier, &heir), STATUS_OK);
	assert_string_equal(heir.event_id, "one");
	assert_int_equal(shelf_next_folded(shelf, carrier, &heir), STATUS_OK);
	assert_int_equal(heir.id, 0);
}

TEST(finds_what_is_deferred_for_a_device)
{
	struct shelf_job job = { .user = "alice", .device = "phone" };

	put("quiet", STAGE_QUIET, NOW_MS, KIND_NOTE);
	put("rate", STAGE_RATE, NOW_MS, KIND_NOTE);
	put("later", STAGE_RATE, NOW_MS + 1, KIND_NOTE);
	put("held", STAGE_DELAY, NOW_MS, KIND_NOTE);
	assert_int_equal(shelf_next_deferred(shelf, NOW_MS, &job), STATUS_OK);
	assert_string_equal(job.event_id, "quiet");
	assert_int_equal(shelf_next_deferred(shelf, NOW_MS, &job), STATUS_OK);
	assert_string_equal(job.event_id, "rate");
	assert_int_equal(shelf_next_deferred(shelf, NOW_MS, &job), STATUS_OK);
	assert_int_equal(job.id, 0);
	assert_int_equal(shelf_defer(shelf, find("quiet").id, NOW_MS + 7),
	    STATUS_OK);
	assert_int_equal(find("quiet").due_ms, NOW_MS + 7);
}

TEST(knows_the_thread_of_an_event)
{
	char thread[65];
	int64_t seq = 0;

	put("one", STAGE_SHOWN, NOW_MS, KIND_NOTE);
	assert_int_equal(shelf_find_event(shelf, "alice", "one", &seq, thread),
	    STATUS_OK);
	assert_int_equal(seq, find("one").seq);
	assert_string_equal(thread, "ses_1");
	assert_int_equal(shelf_find_event(shelf, "bob", "one", &seq, thread),
	    STATUS_OK);
	assert_int_equal(seq, 0);
}

static struct outbox_job
first_ready(int64_t now_ms)
{
	struct outbox_job job;

	assert_int_equal(outbox_due_begin(outbox, "log", now_ms), STATUS_OK);
	assert_int_equal(outbox_due_next(outbox, &job), STATUS_OK);
	outbox_due_end(outbox);
	return job;
}

TEST(cancels_and_withdraws)
{
	struct outbox_job job;
	int cancelled = 0;

	put("one", STAGE_READY, NOW_MS + 9, KIND_NOTE);
	assert_int_equal(shelf_cancel(shelf, find("one").id, REASON_SEEN,
	                     NOW_MS),
	    STATUS_OK);
	job = first_ready(NOW_MS);
	assert_int_equal(job.cancelled, REASON_SEEN);
	assert_int_equal(outbox_show(outbox, job.id, NOW_MS + 99, &cancelled),
	    STATUS_OK);
	assert_int_equal(cancelled, REASON_SEEN);
	assert_int_equal(find("one").stage, STAGE_SHOWN);
	assert_int_equal(shelf_withdraw(shelf, job.id, "log", REASON_SEEN,
	                     NOW_MS),
	    STATUS_OK);
	job = first_ready(NOW_MS);
	assert_true(job.withdraws);
	assert_int_equal(job.reason, REASON_SEEN);
	assert_int_equal(job.cancelled, REASON_NONE);
	assert_true(job.expires_ms > NOW_MS);
	assert_int_equal(shelf_remove(shelf, job.id), STATUS_OK);
	assert_int_equal(find("one").id, 0);
}

TEST(forgets_what_a_later_one_took_the_place_of)
{
	int cancelled;

	put("first", STAGE_SHOWN, NOW_MS, KIND_SESSION_IDLE);
	put("asked", STAGE_SHOWN, NOW_MS, KIND_PERMISSION_ASKED);
	put("second", STAGE_READY, NOW_MS, KIND_SESSION_ERROR);
	assert_int_equal(outbox_show(outbox, find("second").id, NOW_MS + 9,
	                     &cancelled),
	    STATUS_OK);
	assert_int_equal(find("first").id, 0);
	assert_int_equal(find("asked").stage, STAGE_SHOWN);
	assert_int_equal(find("second").stage, STAGE_SHOWN);
	/* One that is being withdrawn must not take the new one with it. */
	assert_int_equal(shelf_withdraw(shelf, find("second").id, "log",
	                     REASON_RESOLVED, NOW_MS),
	    STATUS_OK);
	put("third", STAGE_READY, NOW_MS, KIND_SESSION_IDLE);
	assert_int_equal(outbox_show(outbox, find("third").id, NOW_MS + 9,
	                     &cancelled),
	    STATUS_OK);
	assert_int_equal(find("second").id, 0);
}

TEST(follows_a_clock_that_was_set)
{
	put("held", STAGE_DELAY, NOW_MS, KIND_NOTE);
	put("rate", STAGE_RATE, NOW_MS, KIND_NOTE);
	assert_int_equal(outbox_move_held(outbox, -5000), STATUS_OK);
	assert_int_equal(find("held").due_ms, NOW_MS - 5000);
	assert_int_equal(find("rate").due_ms, NOW_MS);
	assert_int_equal(outbox_follow_clock(outbox, 70000, 99), STATUS_OK);
	assert_int_equal(find("held").due_ms, NOW_MS - 5000);
	assert_int_equal(find("rate").due_ms, NOW_MS + 70000);
}

TEST(purges_what_can_no_longer_be_withdrawn)
{
	put("old", STAGE_SHOWN, NOW_MS - 1, KIND_NOTE);
	put("new", STAGE_SHOWN, NOW_MS, KIND_NOTE);
	assert_int_equal(outbox_purge(outbox, NOW_MS), STATUS_OK);
	assert_int_equal(find("old").id, 0);
	assert_string_equal(find("new").event_id, "new");
}

static void
ask(const char *event, int64_t expires_ms)
{
	struct people_ask new = {
		.kind = KIND_QUESTION_ASKED,
		.thread = "ses_1",
		.request = "que_1",
		.expires_ms = expires_ms,
		.facts = "",
		.ask = "",
	};

	(void)snprintf(new.event, sizeof(new.event), "%s", event);
	assert_int_equal(people_put_ask(people, "alice", &new), STATUS_OK);
}

TEST(counts_what_waits_for_an_answer)
{
	struct people_ask next = { .event = "" };
	int64_t until_ms = 0;
	int32_t count = 0;

	ask("one", NOW_MS + 5);
	ask("two", NOW_MS + 3);
	ask("gone", NOW_MS);
	assert_int_equal(people_count_asks(people, "alice", NOW_MS, &count,
	                     &until_ms),
	    STATUS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(until_ms, NOW_MS + 3);
	assert_int_equal(people_next_ask(people, "alice", &next), STATUS_OK);
	assert_string_equal(next.event, "gone");
	assert_string_equal(next.request, "que_1");
	assert_int_equal(people_remove_ask(people, "alice", "two"), STATUS_OK);
	assert_int_equal(people_count_asks(people, "alice", NOW_MS + 5, &count,
	                     &until_ms),
	    STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(until_ms, INT64_MAX);
}

struct visited {
	char text[128];
};

static void
visit_bucket(void *context, const char *user, const char *device,
    int64_t full_us)
{
	struct visited *visited = context;
	size_t len = strlen(visited->text);

	(void)snprintf(visited->text + len, sizeof(visited->text) - len,
	    "%s/%s=%d ", user, device, (int)full_us);
}

static void
visit_last(void *context, const char *user, const char *event)
{
	struct visited *visited = context;
	size_t len = strlen(visited->text);

	(void)snprintf(visited->text + len, sizeof(visited->text) - len,
	    "%s:%s ", user, event);
}

TEST(remembers_buckets_and_last_events)
{
	struct visited visited = { "" };
	const struct people_visitor visitor = { visit_bucket, visit_last,
		&visited };

	assert_int_equal(people_put_bucket(people, "alice", "phone", 1),
	    STATUS_OK);
	assert_int_equal(people_put_bucket(people, "alice", "phone", 7),
	    STATUS_OK);
	assert_int_equal(people_put_last(people, "bob", "{}"), STATUS_OK);
	assert_int_equal(people_visit(people, &visitor), STATUS_OK);
	assert_string_equal(visited.text, "alice/phone=7 bob:{} ");
}

TEST(finds_zones_by_name_and_nothing_else)
{
	struct zones *zones;
	const struct zone *berlin;

	assert_int_equal(zones_create(&zones), STATUS_OK);
	berlin = zones_find(zones, "Europe/Berlin");
	assert_non_null(berlin);
	assert_ptr_equal(zones_find(zones, "Europe/Berlin"), berlin);
	assert_null(zones_find(zones, "Europe/Atlantis"));
	assert_null(zones_find(zones, "Europe"));
	assert_null(zones_find(zones, "../../../etc/passwd"));
	assert_null(zones_find(zones, "zone.tab"));
	assert_null(zones_find(zones, ""));
	zones_destroy(zones);
	zones_destroy(NULL);
}

/* The tables of the first development builds. */
TEST(brings_an_old_file_up_to_date)
{
	static const char old[] =
	    "DROP TABLE job; DROP TABLE event;"
	    "CREATE TABLE event(seq INTEGER PRIMARY KEY, arrived_ms INTEGER,"
	    " expires_ms INTEGER, topic TEXT, payload BLOB, user TEXT, id TEXT);"
	    "CREATE TABLE job(id INTEGER PRIMARY KEY, service TEXT, due_ms"
	    " INTEGER, attempts INTEGER, seq INTEGER, device TEXT);"
	    "INSERT INTO event VALUES(1, 1, 0, 't', 'x', 'alice', 'done');"
	    "INSERT INTO event VALUES(2, 1, 0, 't', 'x', 'alice', 'waits');"
	    "INSERT INTO job VALUES(1, 'log', 1, 0, 2, 'phone');"
	    "PRAGMA user_version = 1;";
	struct fault fault = { "" };
	int64_t decided = 0;
	int64_t newest = 0;

	assert_int_equal(db_execute(outbox_db(outbox), old, &fault), STATUS_OK);
	shelf_destroy(shelf);
	people_destroy(people);
	outbox_close(intake);
	outbox_close(outbox);
	outbox = NULL;
	assert_int_equal(outbox_open(&settings, false, &outbox, &fault),
	    STATUS_OK);
	assert_int_equal(outbox_open(&settings, true, &intake, &fault),
	    STATUS_OK);
	assert_int_equal(shelf_create(outbox_db(outbox), &shelf), STATUS_OK);
	assert_int_equal(people_create(outbox_db(outbox), &people), STATUS_OK);
	assert_int_equal(outbox_extent(outbox, &decided, &newest), STATUS_OK);
	assert_int_equal(decided, 1);
	assert_int_equal(newest, 2);
}

TEST(leaves_a_file_of_a_newer_bridge_alone)
{
	struct fault fault = { "" };
	struct outbox *again = NULL;

	assert_int_equal(db_execute(outbox_db(outbox),
	                     "PRAGMA user_version = 4", &fault),
	    STATUS_OK);
	outbox_close(intake);
	intake = NULL;
	shelf_destroy(shelf);
	shelf = NULL;
	people_destroy(people);
	people = NULL;
	outbox_close(outbox);
	outbox = NULL;
	assert_int_equal(outbox_open(&settings, false, &again, &fault),
	    STATUS_IO);
	assert_non_null(strstr(fault.text, "it is of a newer nudge"));
	assert_null(again);
}

#define SHELF_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHELF_TEST(tells_when_the_first_that_waits_is_due),
		SHELF_TEST(gives_what_is_due_on_one_stage),
		SHELF_TEST(hurries_one_stage_of_one_device),
		SHELF_TEST(counts_what_a_digest_tells_of),
		SHELF_TEST(hands_a_digest_over),
		SHELF_TEST(finds_what_is_deferred_for_a_device),
		SHELF_TEST(knows_the_thread_of_an_event),
		SHELF_TEST(cancels_and_withdraws),
		SHELF_TEST(forgets_what_a_later_one_took_the_place_of),
		SHELF_TEST(follows_a_clock_that_was_set),
		SHELF_TEST(purges_what_can_no_longer_be_withdrawn),
		SHELF_TEST(counts_what_waits_for_an_answer),
		SHELF_TEST(remembers_buckets_and_last_events),
		cmocka_unit_test(finds_zones_by_name_and_nothing_else),
		SHELF_TEST(brings_an_old_file_up_to_date),
		SHELF_TEST(leaves_a_file_of_a_newer_bridge_alone),
	};

	return cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
