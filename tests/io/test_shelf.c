#include "core/rules.h"
#include "io/clock.h"
#include "io/db.h"
#include "io/due.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/people.h"
#include "io/purge.h"
#include "io/receipts.h"
#include "io/schema.h"
#include "io/shelf.h"
#include "io/shown.h"
#include "io/zones.h"
#include "search.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1764000000000)

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct outbox *outbox;
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
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(shelf_create(outbox, &shelf), STATUS_OK);
	assert_int_equal(people_create(outbox, &people), STATUS_OK);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	shelf_destroy(shelf);
	people_destroy(people);
	outbox_close(outbox);
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

static char request[65]; /* of the next event */

/* An event of a session, and a job for it. */
static void
put(const char *id, enum stage stage, int64_t due_ms, enum kind kind)
{
	const struct outbox_event event = {
		.stamp_ms = NOW_MS,
		.topic = "nudge/alice/event",
		.payload = "x",
		.len = 1,
	};
	struct outbox_event stored;
	struct outbox_order order = {
		.user = "alice",
		.device = "phone",
		.event = id,
		.stage = stage,
		.service = stage == STAGE_READY ? "log" : "",
		.due_ms = due_ms,
		.kind = (int)kind,
		.thread = outbox_number(outbox, "alice", "ses_1"),
		.request = outbox_number(outbox, "alice", request),
	};

	order.seq = events_store(outbox, &event, 1);
	outbox_begin(outbox);
	assert_true(events_after(outbox, order.seq - 1, &stored));
	assert_true(events_claim(outbox, &stored, "alice", id));
	jobs_add(outbox, &order, &stored);
	outbox_note_decided(outbox, order.seq);
	outbox_commit(outbox);
	(void)jobs_write_down(outbox, 0);
	*request = '\0';
}

/* Of the thread and the request of a job. */
static void
search(const struct shelf_job *like, struct shelf_slice *all)
{
	const struct behind_key key = {
		.user = like->user,
		.thread = like->thread,
		.request = like->request,
	};

	search_all(outbox, &key, all);
}

static struct shelf_job
find(const char *id)
{
	struct shelf_job job = { .user = "alice" };
	struct shelf_slice slice;

	job.thread = outbox_number(outbox, "alice", "ses_1");
	search(&job, &slice);
	for (size_t i = 0; i < slice.count; i++) {
		/* One that is gone may still be named. */
		if (shelf_find(shelf, slice.ids[i], &job) &&
		    strcmp(job.event_id, id) == 0)
			return job;
	}
	job.id = 0;
	return job;
}

static int64_t
next_due_ms(void)
{
	int64_t due_ms = 0;

	due_ms = shelf_next_due(shelf);
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

TEST(gives_what_is_due)
{
	struct shelf_job job;

	put("later", STAGE_DELAY, NOW_MS + 1, KIND_NOTE);
	put("due", STAGE_QUIET, NOW_MS, KIND_SESSION_IDLE);
	put("ready", STAGE_READY, NOW_MS, KIND_NOTE);
	put("shown", STAGE_SHOWN, NOW_MS, KIND_NOTE);
	assert_true(shelf_due(shelf, NOW_MS, &job));
	assert_string_equal(job.event_id, "due");
	assert_string_equal(job.user, "alice");
	assert_string_equal(job.device, "phone");
	assert_int_equal(job.thread, outbox_number(outbox, "alice", "ses_1"));
	assert_int_equal(job.kind, KIND_SESSION_IDLE);
	assert_int_equal(job.arrived_ms, NOW_MS);
	shelf_release(shelf, &job, "log", REASON_NONE, NOW_MS);
	assert_int_equal(find("due").stage, STAGE_READY);
	assert_false(shelf_due(shelf, NOW_MS, &job));
}

static int64_t
hurry(enum stage stage, const char *user, const char *device, int64_t after)
{
	struct shelf_job job = { .id = after, .stage = stage };

	(void)snprintf(job.user, sizeof(job.user), "%s", user);
	(void)snprintf(job.device, sizeof(job.device), "%s", device);
	return shelf_hurry(shelf, &job, NOW_MS);
}

TEST(hurries_one_stage_of_one_device)
{
	put("presence", STAGE_PRESENCE, NOW_MS + 9, KIND_NOTE);
	put("delay", STAGE_DELAY, NOW_MS + 9, KIND_NOTE);
	put("quiet", STAGE_QUIET, NOW_MS + 9, KIND_NOTE);
	put("overdue", STAGE_QUIET, NOW_MS - 9, KIND_NOTE);
	assert_int_equal(hurry(STAGE_PRESENCE, "alice", "tablet", 0), 0);
	assert_int_equal(hurry(STAGE_PRESENCE, "bob", "phone", 0), 0);
	assert_int_equal(find("presence").due_ms, NOW_MS + 9);
	assert_int_equal(hurry(STAGE_PRESENCE, "alice", "phone", 0), 0);
	assert_int_equal(find("presence").due_ms, NOW_MS);
	assert_int_equal(find("delay").due_ms, NOW_MS + 9);
	assert_int_equal(hurry(STAGE_QUIET, "alice", "phone", 0), 0);
	assert_int_equal(find("quiet").due_ms, NOW_MS);
	assert_int_equal(find("overdue").due_ms, NOW_MS - 9);
}

TEST(hurries_no_more_at_a_time_than_a_slice)
{
	char id[16];
	int64_t last;

	for (int i = 0; i < OUTBOX_SLICE + 1; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		put(id, STAGE_QUIET, NOW_MS + 9, KIND_NOTE);
	}
	last = hurry(STAGE_QUIET, "alice", "phone", 0);
	assert_true(last != 0);
	assert_int_equal(hurry(STAGE_QUIET, "alice", "phone", last), 0);
}

/* three, which carries one and two. */
static void
fold_three(void)
{
	put("one", STAGE_QUIET, NOW_MS, KIND_SESSION_IDLE);
	put("two", STAGE_QUIET, NOW_MS, KIND_SESSION_ERROR);
	put("three", STAGE_QUIET, NOW_MS, KIND_SESSION_IDLE);
	shelf_carry(shelf, find("three").id);
	shelf_fold(shelf, find("one").id, find("three").digest);
	shelf_fold(shelf, find("two").id, find("three").digest);
}

static void
release_three(void)
{
	fold_three();
	shelf_release_digest(shelf, find("three").id, "log", NOW_MS,
	    NOW_MS + 5);
}

TEST(counts_what_a_digest_tells_of)
{
	struct digest_tally tally;

	release_three();
	shelf_tally(shelf, find("three").digest, &tally);
	assert_int_equal(tally.count, 2);
	assert_int_equal(tally.total, 3);
	assert_int_equal(tally.kinds[0], KIND_SESSION_IDLE);
	assert_int_equal(tally.counts[0], 2);
	assert_int_equal(tally.kinds[1], KIND_SESSION_ERROR);
	assert_int_equal(tally.counts[1], 1);
	shelf_tally(shelf, 0, &tally);
	assert_int_equal(tally.count, 0);
	assert_int_equal(tally.total, 0);
}

static void
assert_folded(int64_t digest, size_t count, const char *newest)
{
	struct shelf_slice slice;
	struct shelf_job job;

	shelf_folded(shelf, digest, &slice);
	assert_int_equal(slice.count, count);
	if (count > 0) {
		assert_true(shelf_find(shelf, slice.ids[0], &job));
		assert_string_equal(job.event_id, newest);
	}
}

TEST(passes_a_digest_on)
{
	struct shelf_job three;

	release_three();
	three = find("three");
	assert_folded(three.digest, 2, "two");
	shelf_pass_on(shelf, &three, "log", NOW_MS);
	assert_int_equal(find("three").digest, 0);
	assert_int_equal(find("two").stage, STAGE_READY);
	assert_int_equal(find("two").expires_ms, NOW_MS + 5);
	assert_int_equal(find("two").digest, three.digest);
	assert_folded(three.digest, 1, "one");
}

TEST(passes_on_what_is_not_released_yet)
{
	struct shelf_job three;

	fold_three();
	three = find("three");
	shelf_pass_on(shelf, &three, "", NOW_MS + 3);
	assert_int_equal(find("two").stage, STAGE_QUIET);
	assert_int_equal(find("two").due_ms, NOW_MS + 3);
	assert_int_equal(find("two").digest, three.digest);
	assert_folded(three.digest, 1, "one");
}

TEST(finds_a_digest_whose_carrier_is_gone)
{
	int64_t digest;

	release_three();
	digest = find("three").digest;
	assert_int_equal(shelf_orphaned(shelf, 0), 0);
	(void)shown_add(outbox, find("three").id, NOW_MS + 9);
	assert_int_equal(shelf_orphaned(shelf, 0), digest);
	assert_int_equal(shelf_orphaned(shelf, digest), 0);
}

TEST(finds_what_is_deferred_for_a_device)
{
	struct shelf_job job = { .user = "alice", .device = "phone" };
	struct shelf_job carrier;
	struct shelf_slice slice;

	put("quiet", STAGE_QUIET, NOW_MS, KIND_NOTE);
	put("rate", STAGE_RATE, NOW_MS, KIND_NOTE);
	put("later", STAGE_RATE, NOW_MS + 1, KIND_NOTE);
	put("held", STAGE_DELAY, NOW_MS, KIND_NOTE);
	shelf_deferred(shelf, &job, NOW_MS, &slice);
	assert_int_equal(slice.count, 2);
	assert_int_equal(slice.ids[0], find("rate").id);
	assert_int_equal(slice.ids[1], find("quiet").id);
	assert_false(shelf_carrying(shelf, &job, NOW_MS, &carrier));
	shelf_carry(shelf, find("quiet").id);
	assert_true(shelf_carrying(shelf, &job, NOW_MS, &carrier));
	assert_string_equal(carrier.event_id, "quiet");
	job = find("quiet");
	job.due_ms = NOW_MS + 7;
	shelf_wait(shelf, &job);
	assert_int_equal(find("quiet").due_ms, NOW_MS + 7);
}

TEST(finds_jobs_by_their_request)
{
	struct shelf_job job = { .user = "alice" };
	struct shelf_slice slice;

	(void)strcpy(request, "per_1");
	put("one", STAGE_SHOWN, NOW_MS, KIND_PERMISSION_ASKED);
	(void)strcpy(request, "per_2");
	put("two", STAGE_SHOWN, NOW_MS, KIND_PERMISSION_ASKED);
	put("none", STAGE_SHOWN, NOW_MS, KIND_PERMISSION_ASKED);
	job.request = outbox_number(outbox, "alice", "per_2");
	search(&job, &slice);
	assert_int_equal(slice.count, 1);
	assert_int_equal(slice.ids[0], find("two").id);
	job.thread = outbox_number(outbox, "alice", "ses_1");
	search(&job, &slice);
	assert_int_equal(slice.count, 2);
	assert_int_equal(slice.ids[1], find("none").id);
}

TEST(knows_an_event_by_its_id)
{
	struct shelf_slice slice;
	int64_t seq;

	put("one", STAGE_SHOWN, NOW_MS, KIND_NOTE);
	seq = shelf_event_of(shelf, outbox_number(outbox, "alice", "one"));
	assert_int_equal(seq, find("one").seq);
	assert_int_equal(shelf_event_of(shelf,
	                     outbox_number(outbox, "bob", "one")),
	    0);
	shelf_of_event(shelf, seq, &slice);
	assert_int_equal(slice.count, 1);
	assert_int_equal(slice.ids[0], find("one").id);
}

static struct outbox_job
first_ready(int64_t now_ms)
{
	struct outbox_job job;

	due_begin(outbox, "log", "alice", now_ms);
	assert_true(due_next(outbox, &job));
	due_end(outbox);
	return job;
}

TEST(cancels_and_withdraws)
{
	struct outbox_job job;
	int cancelled = 0;

	put("one", STAGE_READY, NOW_MS + 9, KIND_NOTE);
	shelf_cancel(shelf, find("one").id, REASON_SEEN, NOW_MS);
	job = first_ready(NOW_MS);
	assert_int_equal(job.cancelled, REASON_SEEN);
	cancelled = shown_add(outbox, job.id, NOW_MS + 99);
	assert_int_equal(cancelled, REASON_SEEN);
	assert_int_equal(find("one").stage, STAGE_SHOWN);
	shelf_withdraw(shelf, job.id, "log", REASON_SEEN, NOW_MS);
	job = first_ready(NOW_MS);
	assert_true(job.withdraws);
	assert_int_equal(job.reason, REASON_SEEN);
	assert_int_equal(job.cancelled, REASON_NONE);
	assert_true(job.expires_ms > NOW_MS);
	jobs_settle(outbox, job.id);
	assert_int_equal(find("one").id, 0);
}

TEST(forgets_what_a_later_one_took_the_place_of)
{
	put("first", STAGE_SHOWN, NOW_MS, KIND_SESSION_IDLE);
	put("asked", STAGE_SHOWN, NOW_MS, KIND_PERMISSION_ASKED);
	put("second", STAGE_READY, NOW_MS, KIND_SESSION_ERROR);
	(void)shown_add(outbox, find("second").id, NOW_MS + 9);
	assert_int_equal(find("first").id, 0);
	assert_int_equal(find("asked").stage, STAGE_SHOWN);
	assert_int_equal(find("second").stage, STAGE_SHOWN);
	/* One that is being withdrawn must not take the new one with it. */
	shelf_withdraw(shelf, find("second").id, "log", REASON_RESOLVED,
	    NOW_MS);
	put("third", STAGE_READY, NOW_MS, KIND_SESSION_IDLE);
	(void)shown_add(outbox, find("third").id, NOW_MS + 9);
	assert_int_equal(find("second").id, 0);
}

TEST(follows_a_clock_that_was_set)
{
	put("held", STAGE_DELAY, NOW_MS, KIND_NOTE);
	put("rate", STAGE_RATE, NOW_MS, KIND_NOTE);
	people_put_bucket(people, "alice", "phone", NOW_MS * 1000);
	outbox_follow_clock(outbox, -5000);
	assert_int_equal(find("held").due_ms, NOW_MS - 5000);
	assert_int_equal(find("rate").due_ms, NOW_MS - 5000);
	assert_int_equal(find("rate").arrived_ms, NOW_MS - 5000);
	assert_int_equal(next_due_ms(), NOW_MS - 5000);
}

TEST(purges_what_can_no_longer_be_withdrawn)
{
	put("old", STAGE_SHOWN, NOW_MS - 1, KIND_NOTE);
	put("new", STAGE_SHOWN, NOW_MS, KIND_NOTE);
	while (purge_slice(outbox, NOW_MS))
		continue;
	assert_int_equal(find("old").id, 0);
	assert_string_equal(find("new").event_id, "new");
}

static int64_t newest_ask;

static void
ask(const char *event, int64_t expires_ms)
{
	struct people_ask new = {
		.kind = KIND_QUESTION_ASKED,
		.seq = ++newest_ask,
		.thread = outbox_number(outbox, "alice", "ses_1"),
		.request = outbox_number(outbox, "alice", "que_1"),
		.expires_ms = expires_ms,
		.facts = "",
		.ask = "",
	};

	(void)snprintf(new.event, sizeof(new.event), "%s", event);
	people_put_ask(people, "alice", &new);
}

TEST(counts_what_waits_for_an_answer)
{
	struct people_ask found = { .seq = 0 };
	int64_t until_ms = 0;
	int32_t count = 0;

	ask("one", NOW_MS + 5);
	ask("two", NOW_MS + 3);
	ask("gone", NOW_MS);
	count = people_count_asks(people, "alice", NOW_MS, &until_ms);
	assert_int_equal(count, 2);
	assert_int_equal(until_ms, NOW_MS + 3);
	assert_true(people_find_ask(people, newest_ask, &found));
	assert_int_equal(found.request,
	    outbox_number(outbox, "alice", "que_1"));
	people_remove_ask(people, newest_ask - 1);
	count = people_count_asks(people, "alice", NOW_MS + 5, &until_ms);
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

	people_put_bucket(people, "alice", "phone", 1);
	people_put_bucket(people, "alice", "phone", 7);
	people_put_last(people, "bob", "{}");
	people_visit(people, &visitor);
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

static void
close_all(void)
{
	shelf_destroy(shelf);
	people_destroy(people);
	outbox_close(outbox);
	shelf = NULL;
	people = NULL;
	outbox = NULL;
}

/* Begin again, after some SQL. */
static void
go_on_with(const char *sql)
{
	struct fault fault = { "" };
	struct db *db;
	char path[128];

	close_all();
	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	assert_int_equal(db_open(path, &db, &fault), STATUS_OK);
	assert_int_equal(db_execute(db, sql, &fault), STATUS_OK);
	db_close(db);
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(shelf_create(outbox, &shelf), STATUS_OK);
	assert_int_equal(people_create(outbox, &people), STATUS_OK);
}

/* The same, with a file that was made by other means. */
static void
begin_with(const char *sql)
{
	char command[128];

	close_all();
	(void)snprintf(command, sizeof(command), "rm -f %s/nudge.db*",
	    directory);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	go_on_with(sql);
}

/* The tables of the first development builds: what had jobs is judged again. */
TEST(brings_an_old_file_up_to_date)
{
	int64_t decided = 0;
	int64_t newest = 0;

	begin_with(
	    "CREATE TABLE bridge(key BLOB NOT NULL);"
	    "CREATE TABLE event(seq INTEGER PRIMARY KEY, arrived_ms INTEGER,"
	    " expires_ms INTEGER, topic TEXT, payload BLOB, user TEXT, id TEXT);"
	    "CREATE TABLE job(id INTEGER PRIMARY KEY, service TEXT, due_ms"
	    " INTEGER, attempts INTEGER, seq INTEGER, device TEXT);"
	    "INSERT INTO event VALUES(1, 1, 0, 't', 'x', 'alice', 'done');"
	    "INSERT INTO event VALUES(2, 1, 0, 't', 'x', 'alice', 'waits');"
	    "INSERT INTO job VALUES(1, 'log', 1, 0, 2, 'phone');"
	    "PRAGMA user_version = 1;");
	outbox_extent(outbox, &decided, &newest);
	assert_int_equal(decided, 1);
	assert_int_equal(newest, 2);
	assert_int_equal(shelf_event_of(shelf,
	                     outbox_number(outbox, "alice", "done")),
	    1);
	assert_int_equal(shelf_event_of(shelf,
	                     outbox_number(outbox, "alice", "waits")),
	    0);
}

/* As the dispatch does at the start: whose event it is, and its id. */
static void
recall(void)
{
	struct outbox_event event = { .seq = outbox_folded(outbox) };
	int64_t decided = 0;
	int64_t newest = 0;
	char text[512];
	char user[65];
	char id[65];

	outbox_extent(outbox, &decided, &newest);
	outbox_begin(outbox);
	while (event.seq < decided && events_after(outbox, event.seq, &event)) {
		assert_int_equal(sscanf(event.topic, "nudge/%64[^/]/event",
		                     user),
		    1);
		(void)snprintf(text, sizeof(text), "%.*s", (int)event.len,
		    (const char *)event.payload);
		assert_int_equal(sscanf(text, "{\"id\":\"%64[^\"]", id), 1);
		assert_true(events_claim(outbox, &event, user, id));
	}
	outbox_commit(outbox);
	outbox_note_recalled(outbox);
}

/* Append tests/io/state-<version>.sql. */
static void
read_state(int version, char *sql, size_t size)
{
	size_t len = strlen(sql);
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "tests/io/state-%d.sql", version);
	file = fopen(path, "r");
	assert_non_null(file);
	sql[len + fread(sql + len, 1, size - len - 1, file)] = '\0';
	(void)fclose(file);
}

/* With the file that a version left; each tells the same. 7 says what became of 6,
 * and each later one of that before it. */
static void
take_over(int version)
{
	static char sql[65536];

	*sql = '\0';
	if (version >= 7)
		read_state(6, sql, sizeof(sql));
	read_state(version >= 8 ? 7 : version, sql, sizeof(sql));
	begin_with(sql);
	for (int later = 8; later <= version; later++) {
		char since[1024] = "";

		recall();
		read_state(later, since, sizeof(since));
		go_on_with(since);
	}
	recall();
}

/* The job of an event that the file had. */
static struct shelf_job
taken_over(const char *user, const char *id)
{
	struct shelf_slice slice;
	struct shelf_job job = { 0 };

	shelf_of_event(shelf,
	    shelf_event_of(shelf, outbox_number(outbox, user, id)), &slice);
	assert_int_equal(slice.count, 1);
	assert_true(shelf_find(shelf, slice.ids[0], &job));
	assert_string_equal(job.user, user);
	assert_string_equal(job.device, "phone");
	assert_string_equal(job.event_id, id);
	return job;
}

/* What version 4 looked up in an index. */
static void
find_shown_by_thread(void)
{
	struct shelf_job after = { .user = "user1" };
	struct shelf_slice slice;

	after.thread = outbox_number(outbox, "user1", "ses_1");
	after.request = outbox_number(outbox, "user1", "per_1");
	search(&after, &slice);
	assert_int_equal(slice.count, 2);
	assert_int_equal(slice.ids[0], taken_over("user1", "evt_user1_1").id);
	assert_int_equal(slice.ids[1] & 255, BEHIND_ASK);
	assert_int_equal(slice.ids[1] >> 8, slice.ids[0] >> 8);
}

static void
take_ask(void *context, const struct people_ask *ask)
{
	char *list = context;

	(void)snprintf(list + strlen(list), 512 - strlen(list), "%s %s %s %s;",
	    ask->event, ask->name, ask->facts, ask->ask);
}

/* Since version 3 it is known what is asked, by an event or by none. */
static void
assert_asks(int version)
{
	char list[512] = "";
	struct people_list wanted = {
		.user = "user1",
		.max = 5,
		.take = take_ask,
		.context = list,
	};
	int64_t until_ms = 0;

	people_list_asks(people, &wanted);
	assert_string_equal(list, "evt_user1_1 per_1  ;");
	assert_int_equal(people_count_asks(people, "user1", 0, &until_ms), 1);
	assert_int_equal(until_ms - db_offset(outbox_db(outbox)),
	    INT64_C(1795726279870));
	if (version == 2)
		return;
	*list = '\0';
	wanted.user = "user7";
	people_list_asks(people, &wanted);
	assert_string_equal(list,
	    "evt_user7_1 que_7 \"request\":{\"id\":\"que_7\",\"nonce\":"
	    "\"n7\"},\"session\":{\"id\":\"ses_7\",\"title\":"
	    "\"Fix login\"},\"project\":\"webshop\",\"host\":"
	    "\"workstation\" {\"cut\":false,\"questions\":[]};");
}

/* In the order they came, whoever's they are. */
static void
assert_receipts(int version)
{
	struct receipts_one one = { .at = 0 };
	struct receipts *receipts;

	assert_int_equal(receipts_create(outbox_db(outbox), 1000, &receipts),
	    STATUS_OK);
	assert_true(receipts_next(receipts, "evt_user6_3", NULL, &one));
	assert_int_equal(one.at, 12);
	assert_string_equal(one.user, "user6");
	assert_non_null(strstr(one.receipt, "deferred"));
	assert_true(receipts_next(receipts, "evt_user6_3", "user6", &one));
	assert_int_equal(one.at, 13);
	assert_non_null(strstr(one.receipt, "retry"));
	assert_false(receipts_next(receipts, "evt_user6_3", NULL, &one));
	one.at = 0;
	assert_int_equal(receipts_since(receipts, "user5",
	                     INT64_C(1795639880906), &one),
	    version >= 5);
	receipts_add(receipts, "user6", "evt_user6_3", "{}");
	one.at = 13;
	assert_true(receipts_next(receipts, "evt_user6_3", NULL, &one));
	assert_int_equal(one.at, 15);
	receipts_destroy(receipts);
}

static void
assert_takes_over(int version)
{
	struct outbox_event event;
	struct shelf_job job;
	int64_t decided = 0;
	int64_t newest = 0;

	take_over(version);
	outbox_extent(outbox, &decided, &newest);
	assert_int_equal(decided, 12);
	assert_int_equal(newest, 13);
	outbox_begin(outbox);
	assert_true(events_after(outbox, decided, &event));
	assert_int_equal(event.len, 56);
	assert_true(events_claim(outbox, &event, "user1", "undecided"));
	assert_false(events_claim(outbox, &event, "user1", "evt_user1_1"));
	outbox_commit(outbox);

	job = taken_over("user1", "evt_user1_1");
	assert_int_equal(job.stage, STAGE_SHOWN);
	assert_int_equal(job.kind, KIND_PERMISSION_ASKED);
	assert_int_equal(job.thread, outbox_number(outbox, "user1", "ses_1"));
	assert_int_equal(job.request, outbox_number(outbox, "user1", "per_1"));
	assert_int_equal(job.due_ms - db_offset(outbox_db(outbox)),
	    INT64_C(1795726280884));
	job = taken_over("user1", "evt_user1_2");
	assert_int_equal(job.thread,
	    outbox_number(outbox, "user1", "evt_user1_2"));
	assert_int_equal(job.request, 0);
	assert_int_equal(taken_over("user2", "evt_user2_1").stage, STAGE_DELAY);
	assert_int_equal(taken_over("user3", "evt_user3_2").stage, STAGE_QUIET);
	assert_int_equal(taken_over("user4", "evt_user4_2").stage, STAGE_RATE);
	assert_int_equal(taken_over("user5", "evt_user5_1").stage, STAGE_READY);
	find_shown_by_thread();
	assert_asks(version);
	assert_receipts(version);
}

static void
assert_takes_over_digest(int version)
{
	struct outbox_job job;
	struct shelf_slice slice;
	char user[65] = "";
	int looks = 9;

	take_over(version);
	assert_true(due_user_after(outbox, "apns https://localhost:33365",
	    INT64_MAX, user, &looks));
	assert_string_equal(user, "user5");
	assert_true(due_user_after(outbox, "apns https://localhost:33365",
	    INT64_MAX, user, &looks));
	assert_string_equal(user, "user6");
	due_begin(outbox, "apns https://localhost:33365", user, INT64_MAX);
	assert_true(due_next(outbox, &job));
	assert_string_equal(job.event_id, "evt_user6_3");
	assert_int_equal(job.attempts, 1);
	assert_int_equal(job.reason, REASON_DIGEST);
	assert_true(job.digest != 0);
	assert_true(job.event.len > 0);
	shelf_folded(shelf, job.digest, &slice);
	due_end(outbox);
	assert_int_equal(slice.count, 2);
	assert_int_equal(slice.ids[0], taken_over("user6", "evt_user6_2").id);
	assert_int_equal(shelf_orphaned(shelf, 0), 0);
}

TEST(takes_over_what_waits_in_a_file_of_an_older_version)
{
	for (int version = 2; version < SCHEMA_VERSION; version++) {
		assert_takes_over(version);
		assert_takes_over_digest(version);
	}
}

/* A file of version 7, and what happened to it since. */
static void
begin_with_7(const char *since)
{
	static char sql[65536];

	*sql = '\0';
	read_state(6, sql, sizeof(sql));
	read_state(7, sql, sizeof(sql));
	assert_true(strlen(sql) + strlen(since) < sizeof(sql));
	(void)strcat(sql, since);
	begin_with(sql);
}

TEST(knows_an_id_that_is_all_that_an_older_version_left_of_an_event)
{
	const struct outbox_event event = {
		.seq = 100,
		.stamp_ms = INT64_C(1795639881000),
	};

	begin_with_7("DELETE FROM event WHERE seq IN (9, 11);"
	             "DELETE FROM job WHERE id >> 8 IN (9, 11);");
	outbox_begin(outbox);
	assert_false(events_claim(outbox, &event, "user6", "evt_user6_1"));
	outbox_commit(outbox);
}

TEST(
    goes_on_where_an_older_version_was_killed_while_it_wrote_down_the_first_ids)
{
	begin_with_7(
	    "DELETE FROM thread; DELETE FROM ask_of; DELETE FROM ask;"
	    "UPDATE mark SET folded = 0, folding = 5000, decided = 5000;"
	    "WITH RECURSIVE n(seq) AS (SELECT 14 UNION ALL"
	    " SELECT seq + 1 FROM n WHERE seq < 5000)"
	    " INSERT OR IGNORE INTO seen SELECT seq * 977, seq, 1795639880000"
	    " FROM n;");
	while (behind_fold(outbox_behind(outbox), 5000, true))
		continue;
	assert_int_equal(outbox_folded(outbox), 5000);
}

/* They are on disk: another name, or another order, is another meaning. */
TEST(keeps_the_numbers_that_are_on_disk)
{
	static const char *const kinds[] = {
		"permission.asked",
		"question.asked",
		"session.error",
		"session.idle",
		"note",
		"test",
		"permission.replied",
		"question.replied",
		"question.rejected",
		"session.busy",
		"session.deleted",
	};
	static const char *const reasons[] = { "none", "invalid", "duplicate",
		"expired", "no-device", "disabled", "kind", "subagent", "short",
		"muted", "snoozed", "quiet", "rate", "delay", "presence",
		"foreground", "resolution", "resolved", "seen", "digest",
		"limit" };
	static const enum stage stages[] = { STAGE_READY, STAGE_DELAY,
		STAGE_PRESENCE, STAGE_QUIET, STAGE_RATE, STAGE_FOLDED,
		STAGE_SHOWN, STAGE_DONE };

	assert_int_equal(COUNT_OF(kinds), KIND_COUNT);
	for (int i = 0; i < KIND_COUNT; i++)
		assert_string_equal(kind_str((enum kind)i), kinds[i]);
	for (int i = 0; i < (int)COUNT_OF(stages); i++)
		assert_int_equal(stages[i], i);
	assert_int_equal(COUNT_OF(reasons), REASON_LIMIT + 1);
	for (int i = 0; i <= REASON_LIMIT; i++)
		assert_string_equal(reason_str((enum reason)i), reasons[i]);
}

TEST(leaves_a_file_of_a_newer_bridge_alone)
{
	struct fault fault = { "" };
	struct outbox *again = NULL;

	assert_int_equal(db_execute(outbox_db(outbox),
	                     "PRAGMA user_version = 1000", &fault),
	    STATUS_OK);
	shelf_destroy(shelf);
	shelf = NULL;
	people_destroy(people);
	people = NULL;
	outbox_close(outbox);
	outbox = NULL;
	assert_int_equal(outbox_open(&settings, &again, &fault), STATUS_IO);
	assert_non_null(strstr(fault.text, "it is of a newer nudge"));
	assert_null(again);
}

#define SHELF_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* It did not begin: a key could not be read, a port was taken. */
TEST(knows_ids_also_behind_a_start_that_came_to_nothing)
{
	static char sql[65536];
	int64_t number;

	*sql = '\0';
	read_state(6, sql, sizeof(sql));
	read_state(7, sql, sizeof(sql));
	begin_with(sql);
	go_on_with("");
	recall();
	number = outbox_number(outbox, "user5", "evt_user5_1");
	assert_int_equal(shelf_event_of(shelf, number), 12);
}

static void
assert_index(const char *sql, const char *index)
{
	struct sqlite3_stmt *slot = NULL;
	struct db *db = outbox_db(outbox);
	struct sqlite3_stmt *plan = db_use(db, &slot, sql);

	assert_true(db_step(db, plan));
	if (strstr(db_text(plan, 3), index) == NULL)
		fail_msg("%s: %s", sql, db_text(plan, 3));
	db_drop(&slot, 1);
}

/* What is due next is asked at each turn, whatever waits; and what waits is counted
 * whatever was shown. */
TEST(finds_what_waits_by_indexes)
{
	take_over(SCHEMA_VERSION - 1);
	assert_index(
	    "EXPLAIN QUERY PLAN SELECT due_ms FROM job WHERE " STAGE_SQL_WAITING
	    " ORDER BY due_ms LIMIT 1",
	    "INDEX job_release");
	assert_index("EXPLAIN QUERY PLAN SELECT min(id) FROM job"
	             " WHERE user = ?1 AND " STAGE_SQL_UNSETTLED " AND id > ?2",
	    "INDEX job_waiting (user=? AND rowid>?)");
	assert_index("EXPLAIN QUERY PLAN SELECT id FROM job"
	             " WHERE " STAGE_SQL_HELD " AND " STAGE_SQL_PRESENCE
	             " AND user = ?1 AND device = ?2 AND id > ?3 ORDER BY id",
	    "INDEX job_held (user=? AND device=? AND rowid>?)");
	assert_index("EXPLAIN QUERY PLAN SELECT id FROM job"
	             " WHERE " STAGE_SQL_DEFERRED " AND digest > 0"
	             " AND user = ?1 AND device = ?2 ORDER BY id DESC",
	    "INDEX job_carrying (user=? AND device=?)");
	assert_index("EXPLAIN QUERY PLAN SELECT id FROM job"
	             " INDEXED BY job_leaving WHERE " STAGE_SQL_DEFERRED
	             " AND user = ?1 AND device = ?2 AND due_ms <= ?3"
	             " ORDER BY id DESC",
	    "INDEX job_leaving (user=? AND device=? AND due_ms<?)");
	assert_index("EXPLAIN QUERY PLAN SELECT 1 FROM job"
	             " WHERE digest = ?1 AND digest > 0 AND stage > 5",
	    "INDEX job_digest (digest=? AND stage>?)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHELF_TEST(tells_when_the_first_that_waits_is_due),
		SHELF_TEST(gives_what_is_due),
		SHELF_TEST(hurries_one_stage_of_one_device),
		SHELF_TEST(hurries_no_more_at_a_time_than_a_slice),
		SHELF_TEST(counts_what_a_digest_tells_of),
		SHELF_TEST(passes_a_digest_on),
		SHELF_TEST(passes_on_what_is_not_released_yet),
		SHELF_TEST(finds_a_digest_whose_carrier_is_gone),
		SHELF_TEST(finds_jobs_by_their_request),
		SHELF_TEST(finds_what_is_deferred_for_a_device),
		SHELF_TEST(knows_an_event_by_its_id),
		SHELF_TEST(cancels_and_withdraws),
		SHELF_TEST(forgets_what_a_later_one_took_the_place_of),
		SHELF_TEST(follows_a_clock_that_was_set),
		SHELF_TEST(purges_what_can_no_longer_be_withdrawn),
		SHELF_TEST(counts_what_waits_for_an_answer),
		SHELF_TEST(remembers_buckets_and_last_events),
		cmocka_unit_test(finds_zones_by_name_and_nothing_else),
		SHELF_TEST(brings_an_old_file_up_to_date),
		SHELF_TEST(takes_over_what_waits_in_a_file_of_an_older_version),
		SHELF_TEST(
		    knows_an_id_that_is_all_that_an_older_version_left_of_an_event),
		SHELF_TEST(
		    goes_on_where_an_older_version_was_killed_while_it_wrote_down_the_first_ids),
		SHELF_TEST(keeps_the_numbers_that_are_on_disk),
		SHELF_TEST(knows_ids_also_behind_a_start_that_came_to_nothing),
		SHELF_TEST(finds_what_waits_by_indexes),
		SHELF_TEST(leaves_a_file_of_a_newer_bridge_alone),
	};

	return cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
