#include "io/db.h"
#include "io/events.h"
#include "io/outbox.h"
#include "io/receipts.h"
#include "unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)
#define KEEP 5

static struct settings settings;
static struct outbox *outbox;
static struct receipts *receipts;

static void
open_all(void)
{
	struct fault fault = { "" };

	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(receipts_create(outbox_db(outbox), KEEP, &receipts),
	    STATUS_OK);
}

static void
close_all(void)
{
	receipts_destroy(receipts);
	outbox_close(outbox);
	receipts = NULL;
	outbox = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(settings.state.directory) == NULL)
		return -1;
	open_all();
	return 0;
}

static int
tear_down(void **state)
{
	char path[PATH_LONGEST];
	glob_t found = { 0 };

	(void)state;
	close_all();
	(void)snprintf(path, sizeof(path), "%s/*", settings.state.directory);
	(void)glob(path, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		(void)unlink(found.gl_pathv[i]);
	globfree(&found);
	return rmdir(settings.state.directory);
}

static void
add(const char *event, const char *receipt)
{
	receipts_add(receipts, "alice", event, receipt);
}

/* The receipts of an event, one after another. */
static const char *
list(const char *event, char out[256])
{
	struct receipts_one one = { .at = 0 };
	size_t len = 0;

	out[0] = '\0';
	while (receipts_next(receipts, event, NULL, &one)) {
		assert_string_equal(one.user, "alice");
		assert_string_equal(one.event, event);
		len +=
		    (size_t)snprintf(out + len, 256 - len, "%s ", one.receipt);
	}
	return out;
}

/* What the other thread commits between two reads of this one. */
static void
store_event(void)
{
	const struct outbox_event event = {
		.topic = "nudge/alice/event",
		.payload = "x",
		.len = 1,
	};

	(void)events_store(outbox, &event, 1);
}

static void
assert_can_write(void)
{
	store_event();
	outbox_begin(outbox);
	outbox_commit(outbox);
}

TEST(knows_nothing_at_first)
{
	char out[256];

	assert_string_equal(list("evt_1", out), "");
}

TEST(tells_the_receipts_of_an_event_in_order)
{
	char out[256];

	add("evt_1", "a");
	add("evt_2", "b");
	add("evt_1", "c");
	assert_string_equal(list("evt_1", out), "a c ");
	assert_string_equal(list("evt_2", out), "b ");
	assert_string_equal(list("evt_3", out), "");
}

TEST(keeps_only_the_last_ones)
{
	char out[256];
	char receipt[8];

	add("evt_1", "old");
	for (int i = 0; i < 2 * KEEP - 1; i++) {
		(void)snprintf(receipt, sizeof(receipt), "%d", i);
		add("evt_2", receipt);
	}
	assert_string_equal(list("evt_1", out), "");
	assert_string_equal(list("evt_2", out), "4 5 6 7 8 ");
	add("evt_2", "9");
	assert_string_equal(list("evt_2", out), "5 6 7 8 9 ");
}

TEST(keeps_as_many_of_each_person)
{
	struct receipts_one one = { .at = 0 };
	char out[256];
	int count = 0;

	add("evt_1", "mine");
	for (int i = 0; i < 4 * KEEP; i++)
		receipts_add(receipts, "bob", "evt_2", "b");
	assert_string_equal(list("evt_1", out), "mine ");
	while (receipts_next(receipts, "evt_2", "bob", &one))
		count++;
	assert_int_equal(count, KEEP);
	one.at = 0;
	assert_false(receipts_next(receipts, "evt_2", "alice", &one));
}

static int64_t
count_rows(void)
{
	struct db *db = outbox_db(outbox);
	struct sqlite3_stmt *slot = NULL;
	struct sqlite3_stmt *statement =
	    db_use(db, &slot, "SELECT count(*) FROM receipt");
	int64_t count;

	assert_true(db_step(db, statement));
	count = db_int(statement, 0);
	db_drop(&slot, 1);
	return count;
}

static void
save_and_sweep(void)
{
	receipts_save(receipts);
	while (receipts_sweep(receipts))
		continue;
}

TEST(sweeps_away_what_is_more_than_each_keeps)
{
	char out[256];

	add("evt_1", "mine");
	for (int i = 0; i < 4 * KEEP; i++)
		receipts_add(receipts, "bob", "evt_2", "b");
	add("evt_1", "too");
	save_and_sweep();
	assert_int_equal(count_rows(), KEEP + 2);
	assert_string_equal(list("evt_1", out), "mine too ");
}

static void
add_to_forty(int count)
{
	char user[16];

	for (int i = 0; i < count; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i % 40);
		receipts_add(receipts, user, "evt_1", "a");
	}
	receipts_save(receipts);
}

TEST(looks_through_nothing_where_nobodys_grew_much)
{
	receipts_destroy(receipts);
	assert_int_equal(receipts_create(outbox_db(outbox), 100, &receipts),
	    STATUS_OK);
	add_to_forty(800);
	assert_true(receipts_sweep(receipts));
	save_and_sweep();
	add_to_forty(480);
	assert_false(receipts_sweep(receipts));
	for (int i = 0; i < 50; i++)
		receipts_add(receipts, "bob", "evt_1", "a");
	receipts_save(receipts);
	assert_true(receipts_sweep(receipts));
}

TEST(sweeps_no_more_at_a_time_than_a_slice)
{
	for (int i = 0; i < 1000; i++)
		add("evt_1", "a");
	receipts_save(receipts);
	assert_true(receipts_sweep(receipts));
	assert_in_range(count_rows(), 700, 999);
	add("evt_1", "b");
	save_and_sweep();
	assert_in_range(count_rows(), KEEP, KEEP + 1);
}

TEST(sweeps_away_the_oldest_of_all_where_there_are_many_people)
{
	struct receipts_one one = { .at = 0 };
	char user[16];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < KEEP * (RECEIPTS_PEOPLE + 10); i++) {
			(void)snprintf(user, sizeof(user), "user%d", i / KEEP);
			receipts_add(receipts, user, "evt_1", "a");
		}
		save_and_sweep();
	}
	assert_int_equal(count_rows(), KEEP * RECEIPTS_PEOPLE);
	assert_true(receipts_next(receipts, "evt_1", NULL, &one));
	assert_string_equal(one.user, "user10");
}

TEST(keeps_those_of_the_quiet_whatever_another_gets)
{
	struct receipts_one one = { .at = 0 };

	receipts_add(receipts, "bob", "evt_2", "b");
	for (int i = 0; i < 4 * KEEP * RECEIPTS_PEOPLE; i++)
		add("evt_1", "a");
	save_and_sweep();
	assert_int_equal(count_rows(), KEEP + 1);
	assert_true(receipts_since(receipts, "bob", 1, &one));
}

TEST(keeps_pace_with_whatever_is_added)
{
	for (int i = 0; i < 60000; i++) {
		add("evt_1", "a");
		assert_true(i % 1000 != 0 || count_rows() < 20000);
	}
}

TEST(keeps_pace_with_many_people_none_of_whom_keeps_all)
{
	char user[16];

	for (int i = 0; i < 60000; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i % 400);
		receipts_add(receipts, user, "evt_1", "a");
		assert_true(i % 1000 != 0 || count_rows() < 30000);
	}
}

TEST(sweeps_what_an_earlier_run_left)
{
	for (int i = 0; i < 3 * KEEP; i++)
		add("evt_1", "a");
	receipts_save(receipts);
	close_all();
	open_all();
	assert_int_equal(count_rows(), 3 * KEEP);
	save_and_sweep();
	assert_int_equal(count_rows(), KEEP);
	assert_false(receipts_sweep(receipts));
}

TEST(tells_what_became_of_a_persons_events_since_a_moment)
{
	struct receipts_one one = { .at = 0 };

	add("evt_1", "a");
	receipts_add(receipts, "bob", "evt_2", "b");
	add("evt_3", "c");
	assert_true(receipts_since(receipts, "alice", 1, &one));
	assert_string_equal(one.event, "evt_1");
	assert_true(receipts_since(receipts, "alice", 1, &one));
	assert_string_equal(one.event, "evt_3");
	assert_string_equal(one.receipt, "c");
	assert_false(receipts_since(receipts, "alice", 1, &one));
	one.at = 0;
	assert_false(receipts_since(receipts, "alice", INT64_MAX, &one));
}

TEST(goes_on_counting_after_a_restart)
{
	char out[256];

	for (int i = 0; i < KEEP - 1; i++)
		add("evt_1", "a");
	receipts_save(receipts);
	receipts_save(receipts);
	close_all();
	open_all();
	add("evt_1", "b");
	add("evt_1", "c");
	assert_string_equal(list("evt_1", out), "a a a b c ");
}

TEST(keeps_nothing_when_told_so)
{
	char out[256];

	add("evt_1", "before");
	receipts_save(receipts);
	receipts_destroy(receipts);
	assert_int_equal(receipts_create(outbox_db(outbox), 0, &receipts),
	    STATUS_OK);
	add("evt_1", "a");
	assert_string_equal(list("evt_1", out), "");
	save_and_sweep();
	assert_int_equal(count_rows(), 0);
}

/* A reader left open holds an old view of the file, from which SQLite lets
 * nobody write once another thread has: the bridge would end. */
TEST(holds_nobody_up_when_a_reader_stops_early)
{
	struct receipts_one one = { .at = 0 };

	add("evt_1", "a");
	add("evt_1", "b");
	assert_true(receipts_next(receipts, "evt_1", NULL, &one));
	assert_can_write();
	store_event();
	add("evt_1", "c");
	assert_string_equal(one.receipt, "a");
}

#define DECISIONS_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DECISIONS_TEST(knows_nothing_at_first),
		DECISIONS_TEST(tells_the_receipts_of_an_event_in_order),
		DECISIONS_TEST(keeps_only_the_last_ones),
		DECISIONS_TEST(keeps_as_many_of_each_person),
		DECISIONS_TEST(sweeps_away_what_is_more_than_each_keeps),
		DECISIONS_TEST(looks_through_nothing_where_nobodys_grew_much),
		DECISIONS_TEST(sweeps_no_more_at_a_time_than_a_slice),
		DECISIONS_TEST(
		    sweeps_away_the_oldest_of_all_where_there_are_many_people),
		DECISIONS_TEST(keeps_those_of_the_quiet_whatever_another_gets),
		DECISIONS_TEST(keeps_pace_with_whatever_is_added),
		DECISIONS_TEST(
		    keeps_pace_with_many_people_none_of_whom_keeps_all),
		DECISIONS_TEST(sweeps_what_an_earlier_run_left),
		DECISIONS_TEST(
		    tells_what_became_of_a_persons_events_since_a_moment),
		DECISIONS_TEST(goes_on_counting_after_a_restart),
		DECISIONS_TEST(keeps_nothing_when_told_so),
		DECISIONS_TEST(holds_nobody_up_when_a_reader_stops_early),
	};

	return cmocka_run_group_tests_name("decisions", tests, NULL, NULL);
}
