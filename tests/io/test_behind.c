#include "io/behind.h"
#include "io/clock.h"
#include "io/db.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/outbox.h"
#include "io/people.h"
#include "io/purge.h"
#include "io/runs.h"
#include "io/shelf.h"
#include "search.h"
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 700 /* more than two slices of each */
#define SESSIONS 5

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct outbox *outbox;
static struct shelf *shelf;
static struct people *people;
static int64_t now_ms;

static void
open_in(const char *path)
{
	struct fault fault = { "" };

	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "%s", path);
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(shelf_create(outbox, &shelf), STATUS_OK);
	assert_int_equal(people_create(outbox, &people), STATUS_OK);
}

static void
close_all(void)
{
	shelf_destroy(shelf);
	people_destroy(people);
	outbox_close(outbox);
}

static int
set_up(void **state)
{
	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	now_ms = clock_now_ms();
	settings.state.durability = DURABILITY_PROCESS;
	open_in(directory);
	return 0;
}

static void
run(const char *before, const char *after)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "%s %s.killed %s", before,
	    directory, after);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static void
copy(const char *to)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "cp -r %s %s", directory, to);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static int
tear_down(void **state)
{
	(void)state;
	close_all();
	run("rm -rf", directory);
	return 0;
}

static int64_t
session(int64_t seq)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "ses_%d", (int)(seq % SESSIONS));
	return outbox_number(outbox, "alice", name);
}

/* Alice's event with that id, shown on her phone, waiting for an answer. */
static void
put(int number)
{
	char id[65];
	const struct outbox_event event = {
		.stamp_ms = outbox_clock_ms(outbox),
		.topic = "nudge/alice/event",
		.payload = id,
		.len = (size_t)snprintf(id, sizeof(id), "evt_%d", number),
	};
	struct outbox_order order = {
		.user = "alice",
		.device = "phone",
		.event = id,
		.stage = STAGE_SHOWN,
		.service = "",
		.due_ms = now_ms + 1000000,
	};
	struct people_ask ask = {
		.expires_ms = now_ms + 1000000,
		.facts = "",
		.ask = "",
	};
	struct outbox_event stored;

	ask.seq = order.seq = events_store(outbox, &event, 1);
	ask.thread = order.thread = session(order.seq);
	ask.request = order.request = outbox_number(outbox, "alice", id);
	(void)snprintf(ask.event, sizeof(ask.event), "%s", id);
	outbox_begin(outbox);
	assert_true(events_after(outbox, order.seq - 1, &stored));
	assert_true(events_claim(outbox, &stored, "alice", id));
	people_put_ask(people, "alice", &ask);
	jobs_add(outbox, &order, &stored);
	outbox_note_decided(outbox, order.seq);
	outbox_commit(outbox);
}

/* As the dispatch does at the start. */
static void
recall(void)
{
	struct outbox_event stored = { .seq = outbox_folded(outbox) };
	char id[65];

	outbox_begin(outbox);
	while (events_after(outbox, stored.seq, &stored)) {
		(void)snprintf(id, sizeof(id), "%.*s", (int)stored.len,
		    stored.payload);
		assert_true(events_claim(outbox, &stored, "alice", id));
	}
	outbox_commit(outbox);
}

/* Two bits for each event: its job, and its ask. */
static void
note_found(int64_t id, uint8_t found[EVENTS + 1])
{
	uint8_t bit = BEHIND_IS_ASK(id) ? 2 : 1;

	assert_true(id >> 8 > 0 && id >> 8 <= EVENTS);
	assert_int_equal(found[id >> 8] & bit, 0);
	found[id >> 8] |= bit;
}

static void
find_session(int64_t thread, uint8_t found[EVENTS + 1])
{
	const struct shelf_job like = { .user = "alice", .thread = thread };
	struct behind_cursor cursor = { 0 };
	struct behind_slice slice;

	outbox_begin(outbox);
	while (shelf_search(shelf, &like, &cursor, &slice))
		for (size_t i = 0; i < slice.count; i++)
			note_found(slice.ids[i], found);
	outbox_commit(outbox);
}

/* All of them are found, each once. */
static void
assert_whole(void)
{
	uint8_t found[EVENTS + 1] = { 0 };
	int64_t until_ms = 0;

	for (int64_t i = 0; i < EVENTS; i++) {
		char id[65];
		int64_t number;

		(void)snprintf(id, sizeof(id), "evt_%d", (int)i);
		number = outbox_number(outbox, "alice", id);
		assert_int_equal(shelf_event_of(shelf, number), i + 1);
	}
	for (int64_t i = 0; i < SESSIONS; i++)
		find_session(session(i), found);
	for (int64_t i = 1; i <= EVENTS; i++)
		assert_int_equal(found[i], 3);
	assert_int_equal(people_count_asks(people, "alice", now_ms, &until_ms),
	    EVENTS);
}

/* What is there when we are killed now. */
static void
assert_whole_after_a_kill(void)
{
	char killed[64];
	struct outbox *outbox_then = outbox;
	struct shelf *shelf_then = shelf;
	struct people *people_then = people;

	run("rm -rf", "");
	(void)snprintf(killed, sizeof(killed), "%s.killed", directory);
	copy(killed);
	open_in(killed);
	recall();
	assert_whole();
	close_all();
	outbox = outbox_then;
	shelf = shelf_then;
	people = people_then;
}

TEST(finds_all_at_each_moment_of_writing_it_down)
{
	int slices = 0;

	for (int i = 0; i < EVENTS; i++)
		put(i);
	assert_false(outbox_fold(outbox));
	assert_whole();
	assert_whole_after_a_kill();
	(void)purge_slice(outbox, now_ms);
	while (outbox_fold(outbox)) {
		slices++;
		assert_whole();
		assert_whole_after_a_kill();
	}
	assert_true(slices >= 3 * EVENTS / BEHIND_SLICE);
	assert_int_equal(outbox_folded(outbox), EVENTS);
	assert_whole();
	assert_whole_after_a_kill();
	while (purge_slice(outbox, now_ms))
		assert_whole_after_a_kill();
	assert_whole();
}

TEST(begins_by_itself_when_there_is_much)
{
	for (int i = 0; i < BEHIND_ALL - 1; i++)
		put(i);
	assert_false(outbox_fold(outbox));
	assert_int_equal(outbox_folded(outbox), 0);
	put(BEHIND_ALL);
	while (outbox_fold(outbox))
		continue;
	assert_int_equal(outbox_folded(outbox), BEHIND_ALL);
}

TEST(forgets_what_is_removed_before_in_and_after_the_writing)
{
	uint8_t found[EVENTS + 1] = { 0 };
	int64_t until_ms = 0;

	for (int i = 0; i < EVENTS; i++)
		put(i);
	jobs_settle(outbox, 5 << 8);
	people_remove_ask(people, 5);
	(void)purge_slice(outbox, now_ms);
	for (int i = 0; i < 4; i++)
		assert_true(outbox_fold(outbox));
	for (int64_t seq = 10; seq < EVENTS; seq += SESSIONS) {
		jobs_settle(outbox, seq << 8);
		people_remove_ask(people, seq);
	}
	while (outbox_fold(outbox))
		continue;
	jobs_settle(outbox, EVENTS << 8);
	people_remove_ask(people, EVENTS);
	assert_int_equal(people_count_asks(people, "alice", now_ms, &until_ms),
	    EVENTS - EVENTS / SESSIONS);
	while (purge_slice(outbox, now_ms))
		continue;
	find_session(session(0), found);
	for (int64_t i = 1; i <= EVENTS; i++)
		assert_int_equal(found[i], 0);
	assert_int_equal(people_count_asks(people, "alice", now_ms, &until_ms),
	    EVENTS - EVENTS / SESSIONS);
}

static int64_t
count_rows(const char *table)
{
	struct sqlite3_stmt *slot = NULL;
	struct sqlite3_stmt *statement;
	char sql[64];
	int64_t count;

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	statement = db_use(outbox_db(outbox), &slot, sql);
	assert_true(db_step(outbox_db(outbox), statement));
	count = db_int(statement, 0);
	db_drop(&slot, 1);
	return count;
}

/* Three runs: the third is begun. */
static void
put_runs(void)
{
	for (int i = 0; i < 2 * RUNS_EVENTS + EVENTS; i++) {
		put(i);
		while (outbox_fold(outbox))
			continue;
	}
	(void)purge_slice(outbox, now_ms);
	while (outbox_fold(outbox))
		continue;
	assert_int_equal(count_rows("run"), 3);
}

static void
assert_found(int64_t seq, bool is_there)
{
	char id[65];
	struct behind_key key = { .user = "alice", .thread = session(seq) };
	struct behind_slice slice;

	(void)snprintf(id, sizeof(id), "evt_%d", (int)seq - 1);
	key.request = outbox_number(outbox, "alice", id);
	assert_int_equal(shelf_event_of(shelf, key.request), seq);
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, is_there ? 2 : 0);
	if (!is_there)
		return;
	assert_int_equal(slice.ids[0], seq << 8);
	assert_int_equal(slice.ids[1], seq << 8 | BEHIND_ASK);
	key.thread = 0;
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, 2);
	key.thread = session(seq + 1);
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, 0);
}

TEST(finds_what_is_in_an_older_run_also_after_a_restart)
{
	const int64_t count = 2 * RUNS_EVENTS + EVENTS;
	struct behind_slice slice;

	put_runs();
	for (int i = 0; i < 2; i++) {
		for (int64_t seq = 1; seq <= count; seq += 97)
			assert_found(seq, true);
		behind_asks(outbox_behind(outbox), "alice", count, &slice);
		assert_int_equal(slice.count, BEHIND_SLICE);
		for (size_t j = 0; j < slice.count; j++)
			assert_int_equal(slice.ids[j], count - 1 - (int64_t)j);
		close_all();
		open_in(directory);
	}
	assert_int_equal(count_rows("run"), 3);
}

/* An event of an older run is shown again; its row belongs there. */
TEST(finds_a_job_that_comes_late)
{
	struct behind_link link = {
		.owner = behind_owner(outbox_behind(outbox), "alice"),
		.thread = 5,
		.request = 7,
		.id = 3 << 8 | 1,
	};
	struct behind_key key = {
		.user = "alice",
		.thread = 5,
		.request = 7,
	};
	struct fault fault = { "" };
	struct behind_slice slice;

	put_runs();
	assert_int_equal(
	    db_execute(outbox_db(outbox),
	        "CREATE TEMP TABLE late AS SELECT * FROM job WHERE id = 3 << 8;"
	        "UPDATE late SET id = 3 << 8 | 1, thread = 5, request = 7;"
	        "INSERT INTO job SELECT * FROM late",
	        &fault),
	    STATUS_OK);
	outbox_begin(outbox);
	behind_link(outbox_behind(outbox), &link);
	outbox_commit(outbox);
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, 1);
	assert_int_equal(slice.ids[0], link.id);
	key.is_exact = true;
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, 1);
	key.request = 0;
	search_all(outbox, &key, &slice);
	assert_int_equal(slice.count, 0);
}

TEST(removes_a_run_when_all_in_it_is_gone)
{
	struct fault fault = { "" };

	put_runs();
	for (int64_t seq = 1; seq <= RUNS_EVENTS; seq++) {
		jobs_settle(outbox, seq << 8);
		people_remove_ask(people, seq);
	}
	assert_int_equal(db_execute(outbox_db(outbox),
	                     "UPDATE seen SET arrived_ms = 1 WHERE run = 0",
	                     &fault),
	    STATUS_OK);
	while (purge_slice(outbox, now_ms))
		continue;
	assert_int_equal(count_rows("run"), 2);
	assert_int_equal(count_rows("seen"), RUNS_EVENTS + EVENTS);
	assert_int_equal(count_rows("thread"), 3 * (RUNS_EVENTS + EVENTS));
	assert_found(RUNS_EVENTS + 1, true);
	assert_found(2 * RUNS_EVENTS + EVENTS, true);
	put(2 * RUNS_EVENTS + EVENTS);
	assert_found(2 * RUNS_EVENTS + EVENTS + 1, true);
}

/* Its id is known for a day; of what it said nothing has to be kept. */
TEST(removes_a_discarded_event_with_its_id_written_down)
{
	const struct outbox_event event = {
		.stamp_ms = outbox_clock_ms(outbox),
		.topic = "nudge/alice/event",
		.payload = "evt_1",
		.len = 5,
	};
	struct outbox_event stored;
	int64_t seq = events_store(outbox, &event, 1);

	outbox_begin(outbox);
	assert_true(events_after(outbox, 0, &stored));
	assert_true(events_claim(outbox, &stored, "alice", "evt_1"));
	events_discard(outbox, &stored, "alice");
	outbox_note_decided(outbox, seq);
	outbox_commit(outbox);
	assert_true(events_after(outbox, 0, &stored));
	(void)purge_slice(outbox, now_ms);
	while (outbox_fold(outbox))
		continue;
	assert_false(events_after(outbox, 0, &stored));
	assert_int_equal(shelf_event_of(shelf,
	                     outbox_number(outbox, "alice", "evt_1")),
	    seq);
}

/* Whether an event is the first with its id. */
static bool
claim(int64_t seq, const char *user, int64_t number, int64_t stamp_ms)
{
	const struct outbox_event event = { .seq = seq, .stamp_ms = stamp_ms };
	char id[65];

	(void)snprintf(id, sizeof(id), "evt_%" PRId64, number);
	return events_claim(outbox, &event, user, id);
}

/* They are thousands. */
static void
fold_all(int64_t seq)
{
	outbox_note_decided(outbox, seq);
	outbox_commit(outbox);
	while (outbox_fold(outbox))
		continue;
	outbox_begin(outbox);
}

/* So many new ids of alice's. */
static void
claim_many(int64_t count, int64_t at_ms)
{
	for (int64_t i = 1; i <= count; i++) {
		if (i % 5000 == 0)
			fold_all(i - 1);
		assert_true(claim(i, "alice", i, at_ms));
	}
}

TEST(keeps_as_many_ids_of_a_person_and_day_and_more_for_a_while)
{
	int64_t at_ms = outbox_clock_ms(outbox);
	int64_t seq = OUTBOX_IDS_MAX + 10000;
	int64_t last = OUTBOX_IDS_MAX + 5000;

	recall();
	outbox_note_recalled(outbox);
	outbox_begin(outbox);
	claim_many(last, at_ms);
	assert_true(claim(seq, "bob", 1, at_ms));
	assert_false(claim(seq + 1, "alice", last, at_ms));
	fold_all(seq + 1);
	assert_false(claim(seq + 2, "alice", 1, at_ms));
	assert_false(claim(seq + 2, "alice", OUTBOX_IDS_MAX, at_ms));
	assert_false(claim(seq + 2, "bob", 1, at_ms));
	assert_true(claim(seq + 3, "alice", OUTBOX_IDS_MAX + 1, at_ms));
	outbox_commit(outbox);
}

TEST(keeps_as_many_ids_of_the_next_day)
{
	int64_t at_ms = outbox_clock_ms(outbox);
	int64_t seq = OUTBOX_IDS_MAX + 1;

	recall();
	outbox_note_recalled(outbox);
	outbox_begin(outbox);
	claim_many(seq, at_ms);
	at_ms += OUTBOX_DEDUP_MS;
	for (int64_t i = 1; i <= 5000; i++)
		assert_true(claim(seq + i, "alice", -i, at_ms));
	fold_all(seq + 5000);
	assert_false(claim(seq + 5001, "alice", -5000, at_ms));
	outbox_commit(outbox);
}

/* Whatever a hand or a broken disk left there. */
TEST(lives_with_a_file_that_names_no_run_or_a_huge_one)
{
	static const char *const broken[] = {
		"DELETE FROM run",
		"UPDATE run SET events = 1 << 60",
		"UPDATE run SET events = -1",
		"UPDATE job SET kind = 1 << 40",
		"UPDATE ask SET kind = -7",
	};
	struct fault fault = { "" };

	for (int i = 0; i < (int)COUNT_OF(broken); i++) {
		put(i + 1);
		assert_int_equal(db_execute(outbox_db(outbox), broken[i],
		                     &fault),
		    STATUS_OK);
		close_all();
		open_in(directory);
		recall();
		while (behind_fold(outbox_behind(outbox), i + 1, true))
			continue;
		(void)purge_slice(outbox, now_ms);
	}
	for (int i = 0; i < (int)COUNT_OF(broken); i++) {
		char id[65];

		(void)snprintf(id, sizeof(id), "evt_%d", i + 1);
		assert_true(shelf_event_of(shelf,
		                outbox_number(outbox, "alice", id)) != 0);
	}
}

#define BEHIND_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BEHIND_TEST(finds_all_at_each_moment_of_writing_it_down),
		BEHIND_TEST(begins_by_itself_when_there_is_much),
		BEHIND_TEST(
		    forgets_what_is_removed_before_in_and_after_the_writing),
		BEHIND_TEST(finds_what_is_in_an_older_run_also_after_a_restart),
		BEHIND_TEST(finds_a_job_that_comes_late),
		BEHIND_TEST(removes_a_run_when_all_in_it_is_gone),
		BEHIND_TEST(removes_a_discarded_event_with_its_id_written_down),
		BEHIND_TEST(
		    keeps_as_many_ids_of_a_person_and_day_and_more_for_a_while),
		BEHIND_TEST(keeps_as_many_ids_of_the_next_day),
		BEHIND_TEST(lives_with_a_file_that_names_no_run_or_a_huge_one),
	};

	return cmocka_run_group_tests_name("behind", tests, NULL, NULL);
}
