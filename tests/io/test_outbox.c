#include "core/rules.h"
#include "io/clock.h"
#include "io/due.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/outbox.h"
#include "io/purge.h"
#include "io/shown.h"
#include "io/window.h"
#include "unit.h"

#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARRIVED_MS INT64_C(1764000000000)
#define PATH_LONGEST (SETTING_MAX + 64)
#define TOPIC "nudge/alice/event"

static struct settings settings;
static struct outbox *outbox;
static bool must_write_down; /* what a test orders */

static void
path_of(const char *name, char path[PATH_LONGEST])
{
	(void)snprintf(path, PATH_LONGEST, "%s/%s", settings.state.directory,
	    name);
}

static void
open_both(void)
{
	struct fault fault = { "" };

	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_false(fault_is_set(&fault));
}

static void
close_both(void)
{
	outbox_close(outbox);
	outbox = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	must_write_down = true;
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(settings.state.directory) == NULL)
		return -1;
	open_both();
	return 0;
}

static void
find(const char *pattern, glob_t *found)
{
	char path[PATH_LONGEST];

	path_of(pattern, path);
	(void)glob(path, 0, NULL, found);
}

static int
tear_down(void **state)
{
	glob_t found = { 0 };

	(void)state;
	close_both();
	find("*", &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		(void)unlink(found.gl_pathv[i]);
	globfree(&found);
	return rmdir(settings.state.directory);
}

static void
note_decided(int64_t seq)
{
	outbox_begin(outbox);
	outbox_note_decided(outbox, seq);
	outbox_commit(outbox);
}

/* Store an event and return its number. */
static int64_t
store(const char *payload, int64_t arrived_ms)
{
	const struct outbox_event event = {
		.stamp_ms = arrived_ms,
		.topic = TOPIC,
		.payload = payload,
		.len = strlen(payload),
	};

	return events_store(outbox, &event, 1);
}

static char claimed[65]; /* the last id */

/* Whether it is a duplicate. */
static bool
claim(int64_t seq, const char *user, const char *id)
{
	struct outbox_event event;
	bool is_new;

	outbox_begin(outbox);
	assert_true(events_after(outbox, seq - 1, &event));
	is_new = events_claim(outbox, &event, user, id);
	(void)snprintf(claimed, sizeof(claimed), "%s", id);
	outbox_commit(outbox);
	return !is_new;
}

static void
add_job_of(const char *user, int64_t seq, const char *device,
    const char *service, int64_t due_ms)
{
	const struct outbox_order order = {
		.seq = seq,
		.user = user,
		.device = device,
		.event = claimed,
		.service = service,
		.due_ms = due_ms,
		.kind = 4,
		.thread = outbox_number(outbox, user, "e1"),
	};
	struct outbox_event event;

	outbox_begin(outbox);
	assert_true(events_after(outbox, seq - 1, &event));
	jobs_add(outbox, &order, &event);
	outbox_commit(outbox);
	if (must_write_down)
		(void)jobs_write_down(outbox, 0);
}

static void
add_job(int64_t seq, const char *device, const char *service, int64_t due_ms)
{
	add_job_of("alice", seq, device, service, due_ms);
}

/* An event of alice's with a job for her phone. */
static int64_t
order(const char *id, int64_t arrived_ms, int64_t due_ms)
{
	int64_t seq = store(id, arrived_ms);

	assert_false(claim(seq, "alice", id));
	add_job(seq, "phone", "log", due_ms);
	return seq;
}

/* The due jobs of a service, as the ids of their events. */
static const char *
due(const char *service, int64_t now_ms, char list[256])
{
	struct outbox_job job;
	char user[65] = "";
	int looks = 100;
	size_t len = 0;

	list[0] = '\0';
	while (due_user_after(outbox, service, now_ms, user, &looks)) {
		due_begin(outbox, service, user, now_ms);
		while (due_next(outbox, &job))
			len += (size_t)snprintf(list + len, 256 - len, "%s ",
			    job.event_id);
		due_end(outbox);
	}
	return list;
}

/* The number of the first due job, 0 = none. */
static int64_t
first_due(int64_t now_ms, int32_t *attempts)
{
	struct outbox_job job = { 0 };

	due_begin(outbox, "log", "alice", now_ms);
	if (!due_next(outbox, &job))
		job.id = 0;
	*attempts = job.id != 0 ? job.attempts : -1;
	due_end(outbox);
	return job.id;
}

static void
assert_extent(int64_t expected_decided, int64_t expected_newest)
{
	int64_t decided = -1;
	int64_t newest = -1;

	outbox_extent(outbox, &decided, &newest);
	assert_int_equal(decided, expected_decided);
	assert_int_equal(newest, expected_newest);
}

/* The number of the first event after seq, 0 = none. */
static int64_t
event_after(int64_t seq)
{
	struct outbox_event event;

	outbox_begin(outbox);
	if (!events_after(outbox, seq, &event))
		event.seq = 0;
	outbox_commit(outbox);
	return event.seq;
}

static void
discard(int64_t seq)
{
	events_discard(outbox, &(struct outbox_event){ .seq = seq }, "alice");
}

TEST(is_empty_at_first)
{
	char list[256];
	int64_t due_ms = 0;

	assert_extent(0, 0);
	assert_int_equal(event_after(0), 0);
	assert_string_equal(due("log", INT64_MAX, list), "");
	due_ms = due_next_ms(outbox, "log", 0);
	assert_true(due_ms == INT64_MAX);
}

TEST(keeps_events_as_they_came_in_order)
{
	static const struct outbox_event events[] = {
		{ 0, 0, 0, 1, TOPIC, "{\"kind\":\"note\"}", 15, false },
		{ 0, 0, 99, 2, "nudge/bob/event", "a\0b", 3, false },
		{ 0, 0, INT64_MAX, INT64_MAX, TOPIC, "", 0, false },
	};
	struct outbox_event kept;
	int64_t last = 0;
	int64_t seq = 0;

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		seq = events_store(outbox, &events[i], 1);
		assert_true(seq > last);
		last = seq;
	}
	assert_extent(0, last);
	last = 0;
	for (size_t i = 0; i < COUNT_OF(events); i++) {
		assert_true(events_after(outbox, last, &kept));
		assert_true(kept.seq > last);
		assert_true(kept.arrived_ms == events[i].stamp_ms);
		assert_true(kept.stamp_ms == events[i].stamp_ms);
		assert_true(kept.expires_ms == events[i].expires_ms);
		assert_string_equal(kept.topic, events[i].topic);
		assert_int_equal(kept.len, events[i].len);
		assert_memory_equal(kept.payload, events[i].payload, kept.len);
		last = kept.seq;
	}
	assert_int_equal(event_after(last), 0);
}

TEST(knows_how_far_it_was_decided)
{
	int64_t first = store("1", ARRIVED_MS);
	int64_t second = store("2", ARRIVED_MS);

	assert_extent(0, second);
	note_decided(first);
	assert_extent(first, second);
	discard(second);
	note_decided(second);
	assert_extent(second, second);
	close_both();
	open_both();
	assert_extent(second, second);
}

TEST(finds_a_duplicate_within_a_day)
{
	int64_t first = store("1", clock_now_ms() - OUTBOX_DEDUP_MS + 60000);
	int64_t second = store("2", clock_now_ms());

	assert_false(claim(first, "alice", "evt_1"));
	assert_true(claim(second, "alice", "evt_1"));
}

TEST(frees_an_id_after_a_day)
{
	int64_t first = store("1", clock_now_ms() - OUTBOX_DEDUP_MS - 60000);
	int64_t second = store("2", clock_now_ms());
	int64_t third = store("3", clock_now_ms());

	assert_false(claim(first, "alice", "evt_1"));
	assert_false(claim(second, "alice", "evt_1"));
	assert_true(claim(third, "alice", "evt_1"));
}

TEST(tells_the_same_id_of_two_people_apart)
{
	assert_false(claim(store("1", clock_now_ms()), "alice", "evt_1"));
	assert_false(claim(store("2", clock_now_ms()), "bob", "evt_1"));
	assert_false(claim(store("3", clock_now_ms()), "alice", "EVT_1"));
	assert_true(claim(store("4", clock_now_ms()), "bob", "evt_1"));
}

TEST(takes_no_event_for_a_duplicate_of_itself)
{
	int64_t seq = store("1", clock_now_ms());

	assert_false(claim(seq, "alice", "evt_1"));
	assert_false(claim(seq, "alice", "evt_1"));
}

TEST(discards_as_many_events_as_it_likes)
{
	for (int i = 0; i < 3; i++)
		discard(store("bad", ARRIVED_MS));
	assert_int_equal(event_after(0), 0);
}

TEST(gives_due_jobs_in_order)
{
	char list[256];

	(void)order("late", ARRIVED_MS, 3000);
	(void)order("early", ARRIVED_MS, 1000);
	(void)order("middle", ARRIVED_MS, 2000);
	(void)order("same", ARRIVED_MS, 2000);
	assert_string_equal(due("log", 999, list), "");
	assert_string_equal(due("log", 1000, list), "early ");
	assert_string_equal(due("log", 2999, list), "early middle same ");
	assert_string_equal(due("log", 3000, list), "early middle same late ");
	assert_string_equal(due("apns", 3000, list), "");
}

TEST(tells_which_services_are_waited_for)
{
	int64_t seq = order("evt_1", ARRIVED_MS, 1000);
	char name[32] = "";
	char user[65];
	int64_t due_ms;

	add_job(seq, "tablet", "apns https://one", 5000);
	add_job_of("bob", seq, "watch", "apns https://one", 1000);
	assert_true(
	    due_service_after(outbox, name, sizeof(name), &due_ms, user));
	assert_string_equal(name, "apns https://one");
	assert_true(due_ms == 1000);
	assert_string_equal(user, "bob");
	assert_true(
	    due_service_after(outbox, name, sizeof(name), &due_ms, user));
	assert_string_equal(name, "log");
	assert_false(
	    due_service_after(outbox, name, sizeof(name), &due_ms, user));
}

TEST(gives_a_job_to_another_service)
{
	char list[256];
	int32_t attempts;
	int64_t job;

	(void)order("evt_1", ARRIVED_MS, 1000);
	job = first_due(1000, &attempts);
	jobs_postpone(outbox, job, 1500, 3);
	jobs_move(outbox, job, "fcm", 2000);
	assert_string_equal(due("log", 9000, list), "");
	assert_string_equal(due("fcm", 1999, list), "");
	assert_string_equal(due("fcm", 2000, list), "evt_1 ");
}

TEST(gives_all_that_a_job_needs)
{
	struct outbox_job job;
	int64_t seq = order("evt_1", ARRIVED_MS, 5);

	due_begin(outbox, "log", "alice", 5);
	assert_true(due_next(outbox, &job));
	assert_true(job.id > 0);
	assert_true(job.due_ms == 5);
	assert_int_equal(job.attempts, 0);
	assert_string_equal(job.user, "alice");
	assert_string_equal(job.device, "phone");
	assert_string_equal(job.event_id, "evt_1");
	assert_true(job.event.seq == seq);
	assert_true(job.event.arrived_ms == ARRIVED_MS);
	assert_string_equal(job.event.topic, TOPIC);
	assert_int_equal(job.event.len, 5);
	assert_memory_equal(job.event.payload, "evt_1", 5);
	due_end(outbox);
}

TEST(tells_when_the_next_job_is_due)
{
	int64_t due_ms = 0;

	(void)order("evt_1", ARRIVED_MS, 1000);
	(void)order("evt_2", ARRIVED_MS, 2000);
	due_ms = due_next_ms(outbox, "log", 0);
	assert_true(due_ms == 1000);
	due_ms = due_next_ms(outbox, "log", 1000);
	assert_true(due_ms == 2000);
	due_ms = due_next_ms(outbox, "log", 2000);
	assert_true(due_ms == INT64_MAX);
	due_ms = due_next_ms(outbox, "apns", 0);
	assert_true(due_ms == INT64_MAX);
}

TEST(postpones_a_job_with_its_attempts)
{
	int32_t attempts = 0;
	int64_t job;

	(void)order("evt_1", ARRIVED_MS, 1000);
	job = first_due(1000, &attempts);
	assert_int_equal(attempts, 0);
	jobs_postpone(outbox, job, 5000, 3);
	assert_int_equal(first_due(4999, &attempts), 0);
	assert_int_equal(first_due(5000, &attempts), job);
	assert_int_equal(attempts, 3);
}

TEST(forgets_a_settled_job)
{
	int32_t attempts = 0;
	char list[256];

	(void)order("evt_1", ARRIVED_MS, 1000);
	(void)order("evt_2", ARRIVED_MS, 2000);
	jobs_settle(outbox, first_due(INT64_MAX, &attempts));
	assert_string_equal(due("log", INT64_MAX, list), "evt_2 ");
}

static void
settle_device(const char *user, const char *device, int64_t seq)
{
	int64_t looked = 0;
	int64_t after;

	do {
		after = looked;
		looked = jobs_settle_device(outbox, user, device, after, seq);
	} while (looked != after);
}

TEST(settles_what_waits_for_a_device_that_is_gone)
{
	int64_t alices = store("1", ARRIVED_MS);
	int64_t bobs = store("2", ARRIVED_MS);
	char list[256];

	assert_false(claim(alices, "alice", "evt_a"));
	add_job(alices, "phone", "log", 1);
	add_job(alices, "phone", "apns", 2);
	add_job(alices, "tablet", "log", 3);
	assert_false(claim(bobs, "bob", "evt_b"));
	add_job_of("bob", bobs, "phone", "log", 4);
	settle_device("alice", "phone", bobs);
	assert_string_equal(due("apns", INT64_MAX, list), "");
	assert_string_equal(due("log", INT64_MAX, list), "evt_a evt_b ");
}

TEST(looks_at_a_slice_at_a_time_for_a_device_that_is_gone)
{
	int64_t seq = 0;
	int64_t looked;
	char list[256];
	char id[16];

	for (int i = 0; i < 2 * OUTBOX_SLICE; i++) {
		(void)snprintf(id, sizeof(id), "evt_%d", i);
		seq = order(id, ARRIVED_MS, 1000);
	}
	add_job(seq, "tablet", "apns", 1);
	looked = jobs_settle_device(outbox, "alice", "tablet", 0, seq);
	assert_true(looked >> 8 < seq);
	assert_string_equal(due("apns", INT64_MAX, list), "evt_511 ");
	settle_device("alice", "tablet", seq);
	assert_string_equal(due("apns", INT64_MAX, list), "");
	assert_int_equal(jobs_count_waiting(outbox, "alice", 10000),
	    2 * OUTBOX_SLICE);
}

static void
purge_all(int64_t now_ms)
{
	while (purge_slice(outbox, now_ms))
		(void)outbox_fold(outbox);
}

TEST(purges_what_nobody_needs_any_more)
{
	int64_t first = store("settled", ARRIVED_MS);
	int64_t waiting = order("waiting", ARRIVED_MS, 1000);
	int64_t undecided;

	for (int i = 0; i < 3 * OUTBOX_SLICE; i++)
		(void)store("settled", ARRIVED_MS);
	note_decided(first + 1 + 3 * OUTBOX_SLICE);
	undecided = store("undecided", ARRIVED_MS);
	purge_all(ARRIVED_MS);
	assert_int_equal(event_after(0), waiting);
	assert_int_equal(event_after(waiting), undecided);
	assert_int_equal(event_after(undecided), 0);
}

TEST(knows_an_id_for_a_day_whatever_is_purged)
{
	int64_t now_ms = clock_now_ms();

	assert_false(claim(store("1", now_ms), "alice", "evt_1"));
	note_decided(1);
	purge_all(now_ms + OUTBOX_DEDUP_MS - 60000);
	assert_true(claim(store("2", now_ms), "alice", "evt_1"));
	now_ms += OUTBOX_DEDUP_MS + 60000;
	purge_all(now_ms);
	assert_false(claim(store("3", now_ms), "alice", "evt_1"));
}

TEST(counts_what_waits_for_a_user)
{
	assert_int_equal(jobs_count_waiting(outbox, "alice", 100), 0);
	add_job(order("one", ARRIVED_MS, 1), "tablet", "log", 1);
	(void)order("two", ARRIVED_MS, 1);
	assert_int_equal(jobs_count_waiting(outbox, "alice", 100), 2);
	assert_int_equal(jobs_count_waiting(outbox, "bob", 100), 0);
}

TEST(follows_a_clock_that_was_set)
{
	int64_t arrived_ms = clock_now_ms() - 60000;
	struct outbox_event event;

	(void)order("evt_1", arrived_ms, 1000);
	outbox_follow_clock(outbox, 5000);
	close_both();
	open_both();
	outbox_begin(outbox);
	assert_true(events_after(outbox, 0, &event));
	assert_true(event.arrived_ms == arrived_ms + 5000);
	assert_true(event.stamp_ms == arrived_ms);
	assert_true(event.expires_ms == 0);
	outbox_commit(outbox);
	assert_true(due_next_ms(outbox, "log", 0) == 6000);
}

TEST(knows_which_reading_of_the_clock_it_goes_by)
{
	const int64_t offset_ms = outbox_clock_offset_ms(outbox);
	const int64_t now_ms = clock_now_ms() - clock_monotonic_ms();

	assert_true(offset_ms > now_ms - 1000 && offset_ms < now_ms + 1000);
	outbox_follow_clock(outbox, 5000);
	assert_true(outbox_clock_offset_ms(outbox) == offset_ms + 5000);
}

/* How long ago the one event came, as the next life sees it. */
static int64_t
age_in_another_life(void)
{
	struct outbox_event event;
	int64_t age_ms;

	close_both();
	open_both();
	outbox_begin(outbox);
	assert_true(events_after(outbox, 0, &event));
	age_ms = clock_now_ms() - event.arrived_ms;
	outbox_commit(outbox);
	return age_ms;
}

#define DAY_MS INT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)

TEST(believes_that_it_was_away_for_as_long_as_an_event_may_live)
{
	(void)order("evt_1", clock_now_ms() - 29 * DAY_MS, 1000);
	assert_true(age_in_another_life() >= 29 * DAY_MS);
}

TEST(goes_on_where_it_was_when_the_clock_is_years_ahead)
{
	struct outbox_event event;

	(void)order("evt_1", clock_now_ms() - 3 * YEAR_MS, 1000);
	assert_true(age_in_another_life() < DAY_MS);
	/* And again, whatever came meanwhile. */
	(void)store("evt_2", outbox_clock_ms(outbox));
	assert_true(age_in_another_life() < DAY_MS);
	/* Somebody sets it right: what waits moves with it. */
	outbox_follow_clock(outbox, -3 * YEAR_MS);
	outbox_begin(outbox);
	assert_true(events_after(outbox, 0, &event));
	assert_true(event.arrived_ms <= event.stamp_ms + DAY_MS);
	outbox_commit(outbox);
}

TEST(counts_on_when_the_clock_was_years_ahead_at_first)
{
	int64_t age_ms;

	(void)order("evt_1", clock_now_ms() + 3 * YEAR_MS - 9 * DAY_MS, 1000);
	outbox_follow_clock(outbox, -3 * YEAR_MS);
	for (int i = 0; i < 2; i++) {
		age_ms = age_in_another_life();
		assert_true(age_ms >= 9 * DAY_MS && age_ms < 10 * DAY_MS);
	}
}

TEST(goes_on_with_that_when_nothing_waits_any_more)
{
	struct outbox_event event;

	(void)store("evt_1", clock_now_ms() - 3 * YEAR_MS);
	assert_true(age_in_another_life() < DAY_MS);
	outbox_begin(outbox);
	assert_true(events_after(outbox, 0, &event));
	events_discard(outbox, &event, "alice");
	outbox_commit(outbox);
	close_both();
	open_both();
	assert_true(clock_now_ms() - outbox_clock_ms(outbox) > 2 * YEAR_MS);
}

TEST(knows_after_quiet_days_at_least_what_time_it_was)
{
	int64_t last_ms = clock_now_ms() - 3 * YEAR_MS;

	for (int i = 0; i < 3 * OUTBOX_SLICE; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "evt_%d", i);
		assert_false(claim(store(id, last_ms - i), "alice", id));
	}
	note_decided(3 * OUTBOX_SLICE);
	for (int i = 0; i < 4; i++)
		purge_all(last_ms + 2 * DAY_MS);
	assert_int_equal(event_after(0), 0);
	close_both();
	open_both();
	assert_true(outbox_clock_ms(outbox) >= last_ms);
	assert_true(outbox_clock_ms(outbox) < last_ms + DAY_MS);
}

TEST(takes_an_offset_that_was_made_up_for_none)
{
	int64_t age_ms;

	(void)order("evt_1", clock_now_ms() - DAY_MS, 1000);
	/* The last life had a clock three years late, and it was set a little. */
	outbox_follow_clock(outbox, -3 * YEAR_MS);
	age_ms = age_in_another_life();
	assert_true(age_ms >= DAY_MS && age_ms < 2 * DAY_MS);
}

TEST(stores_with_a_clock_that_nobody_sets)
{
	int64_t before_ms = outbox_clock_ms(outbox);

	outbox_follow_clock(outbox, 3600000);
	assert_true(outbox_clock_ms(outbox) - before_ms < 60000);
	close_both();
	open_both();
	/* The clock on the wall was not set, so this one seems to be late. */
	assert_true(before_ms - outbox_clock_ms(outbox) > 3500000);
}

TEST(orders_nothing_twice_in_another_life)
{
	int64_t seq = order("evt_1", clock_now_ms(), 1000);
	char list[256];

	close_both();
	open_both();
	add_job(seq, "phone", "log", 1000);
	assert_string_equal(due("log", 1000, list), "evt_1 ");
	add_job(seq, "tablet", "log", 1000);
	assert_string_equal(due("log", 1000, list), "evt_1 evt_1 ");
}

/* What is in memory for a service, as the ids of the events; all is taken. */
static const char *
take_all(const char *service, int64_t *last, char list[256])
{
	struct outbox_job job;
	size_t len = 0;

	list[0] = '\0';
	while (jobs_take(outbox, service, &job)) {
		len += (size_t)snprintf(list + len, 256 - len, "%s ",
		    job.event_id);
		*last = job.id;
	}
	return list;
}

TEST(pushes_from_memory_and_writes_down_what_is_shown)
{
	const char *user = NULL;
	char list[256];
	int64_t job = 0;
	int64_t seq;

	must_write_down = false;
	seq = order("evt_1", ARRIVED_MS, 1000);
	note_decided(seq);
	assert_extent(seq - 1, seq);
	assert_string_equal(jobs_service_in_memory(outbox, 0, &user), "log");
	assert_string_equal(user, "alice");
	assert_null(jobs_service_in_memory(outbox, 1, &user));
	assert_string_equal(take_all("apns", &job, list), "");
	assert_string_equal(take_all("log", &job, list), "evt_1 ");
	assert_null(jobs_service_in_memory(outbox, 0, &user));
	assert_string_equal(take_all("log", &job, list), "");
	assert_string_equal(due("log", INT64_MAX, list), "");
	outbox_begin(outbox);
	assert_int_equal(shown_add(outbox, job, 5000), REASON_NONE);
	outbox_commit(outbox);
	assert_extent(seq, seq);
	assert_int_equal(jobs_count_waiting(outbox, "alice", 100), 0);
}

TEST(judges_again_what_was_in_memory_and_no_more)
{
	char list[256];
	int64_t first;
	int64_t second;
	int64_t job = 0;

	must_write_down = false;
	first = order("evt_1", ARRIVED_MS, 1000);
	second = order("evt_2", ARRIVED_MS, 1000);
	assert_string_equal(take_all("log", &job, list), "evt_1 evt_2 ");
	jobs_settle(outbox, job);
	note_decided(second);
	/* The first is not done, so that both are judged again. */
	close_both();
	open_both();
	assert_extent(first - 1, second);
	add_job(first, "phone", "log", 1000);
	add_job(second, "phone", "log", 1000);
	note_decided(second);
	(void)jobs_write_down(outbox, 0);
	(void)take_all("log", &job, list);
	assert_int_equal(jobs_count_waiting(outbox, "alice", 100), 1);
	assert_extent(second, second);
	purge_all(ARRIVED_MS);
	assert_int_equal(event_after(0), first);
	assert_int_equal(event_after(first), 0);
}

TEST(writes_down_what_waits_for_long)
{
	char list[256];
	int64_t job = 0;

	must_write_down = false;
	(void)order("evt_1", ARRIVED_MS, 1000);
	assert_true(jobs_write_down_in_ms(outbox, 60000) > 0);
	assert_false(jobs_write_down(outbox, 60000));
	assert_string_equal(due("log", 1000, list), "");
	assert_true(jobs_write_down(outbox, 0));
	assert_string_equal(due("log", 1000, list), "evt_1 ");
	assert_true(jobs_write_down_in_ms(outbox, 0) == INT64_MAX);
	/* One that is under way is no news. */
	(void)order("evt_2", ARRIVED_MS, 1000);
	(void)take_all("log", &job, list);
	assert_false(jobs_write_down(outbox, 0));
	assert_string_equal(due("log", 1000, list), "evt_1 evt_2 ");
}

TEST(writes_down_what_is_one_users)
{
	char list[256];

	must_write_down = false;
	(void)order("evt_1", ARRIVED_MS, 1000);
	add_job_of("bob", store("x", ARRIVED_MS), "phone", "log", 1000);
	assert_true(jobs_write_down_user(outbox, "bob"));
	assert_string_equal(due("log", 1000, list), "evt_1 ");
	assert_int_equal(jobs_count_waiting(outbox, "alice", 100), 1);
}

TEST(writes_down_no_more_of_a_user_at_a_time_than_a_slice)
{
	int64_t seq;

	must_write_down = false;
	add_job_of("bob", store("x", ARRIVED_MS), "phone", "log", 1000);
	for (int i = 0; i <= OUTBOX_SLICE; i++) {
		seq = store("x", ARRIVED_MS);
		add_job_of("alice", seq, "phone", i % 2 == 0 ? "apns" : "ntfy",
		    1000);
	}
	outbox_begin(outbox);
	assert_false(jobs_write_down_user(outbox, "alice"));
	assert_int_equal(jobs_written(outbox), OUTBOX_SLICE);
	outbox_commit(outbox);
	outbox_begin(outbox);
	assert_true(jobs_write_down_user(outbox, "alice"));
	assert_int_equal(jobs_written(outbox), 1);
	outbox_commit(outbox);
}

TEST(keeps_in_memory_no_more_than_fits)
{
	char list[256];
	int64_t seq;

	must_write_down = false;
	seq = order("evt_1", ARRIVED_MS, 1000);
	for (int i = 2; i < WINDOW_SERVICE_MAX; i++)
		add_job(seq, "phone", "log", 1000);
	(void)order("evt_2", ARRIVED_MS, 1000);
	assert_string_equal(due("log", 1000, list), "");
	(void)order("evt_3", ARRIVED_MS, 1000);
	assert_string_equal(due("log", 1000, list), "evt_3 ");
}

TEST(lets_nobody_overtake_who_waits_in_a_row)
{
	char list[256];
	int64_t job = 0;

	must_write_down = false;
	(void)order("evt_1", ARRIVED_MS, 1000);
	(void)order("evt_2", ARRIVED_MS, 1000);
	assert_true(jobs_write_down(outbox, 0));
	(void)order("evt_3", ARRIVED_MS, 1000);
	assert_string_equal(take_all("log", &job, list), "");
	assert_string_equal(due("log", 1000, list), "evt_1 evt_2 evt_3 ");
}

TEST(keeps_users_apart_at_a_service)
{
	char user[65] = "";
	int looks = 3;

	add_job_of("bob", order("evt_1", ARRIVED_MS, 5), "phone", "log", 9);
	add_job_of("carol", store("x", ARRIVED_MS), "phone", "log", 4);
	assert_true(due_user_after(outbox, "log", 5, user, &looks));
	assert_string_equal(user, "alice");
	assert_true(due_user_after(outbox, "log", 5, user, &looks));
	assert_string_equal(user, "carol");
	assert_int_equal(looks, 0);
	*user = '\0';
	looks = 4;
	while (due_user_after(outbox, "log", 5, user, &looks))
		continue;
	assert_int_equal(looks, 0);
}

TEST(never_uses_a_number_twice)
{
	int64_t seq = store("1", ARRIVED_MS);

	discard(seq);
	note_decided(seq);
	purge_all(ARRIVED_MS + 2 * (int64_t)OUTBOX_DEDUP_MS);
	close_both();
	open_both();
	assert_true(store("2", ARRIVED_MS) > seq);
}

/* The mark stays behind what is on its way, and what nobody hears of goes at once. */
TEST(never_uses_the_number_of_a_long_event_twice_that_went_before_a_kill)
{
	int64_t first = store("1", ARRIVED_MS);
	struct outbox_event last;
	char text[1500];
	int64_t seq;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	seq = store(text, ARRIVED_MS);
	outbox_begin(outbox);
	assert_true(events_after(outbox, first, &last));
	assert_int_equal(last.seq, seq);
	assert_true(events_claim(outbox, &last, "alice", "long"));
	events_discard(outbox, &last, "alice");
	outbox_commit(outbox);
	close_both();
	open_both();
	assert_true(store("2", ARRIVED_MS) > seq);
}

TEST(survives_a_restart)
{
	int64_t seq = order("evt_1", clock_now_ms(), 1000);
	uint8_t key[OUTBOX_KEY_LEN];
	char list[256];

	note_decided(seq);
	memcpy(key, outbox_key(outbox), sizeof(key));
	close_both();
	open_both();
	assert_memory_equal(outbox_key(outbox), key, sizeof(key));
	assert_int_equal(event_after(0), seq);
	assert_string_equal(due("log", 1000, list), "evt_1 ");
	assert_true(claim(store("again", clock_now_ms()), "alice", "evt_1"));
}

TEST(has_a_key_that_nobody_else_has)
{
	static const uint8_t nothing[OUTBOX_KEY_LEN];
	uint8_t key[OUTBOX_KEY_LEN];

	memcpy(key, outbox_key(outbox), sizeof(key));
	assert_memory_not_equal(key, nothing, sizeof(key));
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	assert_memory_not_equal(key, outbox_key(outbox), sizeof(key));
}

TEST(forgets_what_was_begun_and_not_committed)
{
	int64_t seq = store("1", clock_now_ms());
	char list[256];

	outbox_begin(outbox);
	assert_false(claim(seq, "alice", "evt_1"));
	add_job(seq, "phone", "log", 1);
	outbox_note_decided(outbox, seq);
	close_both();
	open_both();
	assert_extent(seq - 1, seq);
	assert_string_equal(due("log", 1, list), "");
	assert_false(claim(seq, "alice", "evt_1"));
}

static void
assert_cannot_open(const char *why, const char *path)
{
	struct outbox *second = NULL;
	struct fault fault = { "" };
	char text[FAULT_MAX];

	assert_int_equal(outbox_open(&settings, &second, &fault), STATUS_IO);
	(void)snprintf(text, sizeof(text), "%s%s", why, path);
	assert_memory_equal(fault.text, text, strlen(text));
	assert_null(second);
}

TEST(refuses_a_second_bridge_on_the_same_directory)
{
	assert_cannot_open("another nudge is running with the state directory ",
	    settings.state.directory);
	close_both();
	open_both();
}

TEST(says_when_the_directory_is_missing)
{
	struct settings kept = settings;

	memcpy(settings.state.directory, "/nonexistent", 13);
	assert_cannot_open("cannot write in the state directory ",
	    "/nonexistent: No such file or directory");
	settings = kept;
}

static void
spoil(const char *mode, long offset)
{
	char path[PATH_LONGEST];
	FILE *file;

	path_of("nudge.db", path);
	file = fopen(path, mode);
	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	for (int i = 0; i < 1000; i++)
		(void)fputs("this is no database\n", file);
	assert_int_equal(fclose(file), 0);
}

TEST(keeps_a_damaged_file_aside_and_begins_a_new_one)
{
	static const struct {
		const char *mode;
		long offset;
	} cases[] = {
		{ "w", 0 },
		{ "r+", 4096 },
	};
	glob_t found = { 0 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)store("1", ARRIVED_MS);
		close_both();
		spoil(cases[i].mode, cases[i].offset);
		open_both();
		assert_extent(0, 0);
		find("nudge.db.damaged-*", &found);
		assert_int_equal(found.gl_pathc, 1);
		assert_int_equal(unlink(found.gl_pathv[0]), 0);
		globfree(&found);
	}
}

TEST(lets_nobody_else_read_its_files)
{
	static const char *const names[] = { "nudge.db", "nudge.db-wal",
		"nudge.lock" };
	char path[PATH_LONGEST];
	struct stat info;

	(void)store("private", ARRIVED_MS);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		path_of(names[i], path);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 077, 0);
	}
}

#define STORED 300

static void *
store_many(void *closure)
{
	const struct outbox_event event = {
		.arrived_ms = ARRIVED_MS,
		.topic = TOPIC,
		.payload = "x",
		.len = 1,
	};

	(void)closure;
	for (int i = 0; i < STORED; i++)
		(void)events_store(outbox, &event, 1);
	return NULL;
}

static atomic_int waiting_thread;
static atomic_bool had_turn;

static void *
take_turn(void *context)
{
	(void)context;
	atomic_store(&waiting_thread, (int)gettid());
	outbox_begin(outbox);
	atomic_store(&had_turn, true);
	outbox_commit(outbox);
	return NULL;
}

/* Whether a thread of ours waits for something. */
static bool
is_asleep(int thread)
{
	char path[64];
	char state = '?';
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	(void)fclose(file);
	return state == 'S';
}

TEST(lets_a_thread_that_waits_go_first)
{
	time_t until = time(NULL) + 10;
	pthread_t thread;

	waiting_thread = 0;
	had_turn = false;
	outbox_begin(outbox);
	assert_int_equal(pthread_create(&thread, NULL, take_turn, NULL), 0);
	while (waiting_thread == 0 || !is_asleep(waiting_thread)) {
		assert_true(time(NULL) < until);
		(void)sched_yield();
	}
	outbox_commit(outbox);
	outbox_begin(outbox);
	assert_true(had_turn);
	outbox_commit(outbox);
	(void)pthread_join(thread, NULL);
}

TEST(stores_while_the_other_thread_decides)
{
	pthread_t thread;
	struct outbox_event event;
	int64_t last = 0;

	assert_int_equal(pthread_create(&thread, NULL, store_many, NULL), 0);
	for (int decided = 0; decided < STORED;) {
		outbox_begin(outbox);
		if (events_after(outbox, last, &event)) {
			last = event.seq;
			discard(last);
			outbox_note_decided(outbox, last);
			decided++;
		}
		outbox_commit(outbox);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_extent(last, last);
}

TEST(asks_to_wait_while_a_service_has_enough)
{
	struct outbox_job job;

	must_write_down = false;
	assert_true(jobs_crowded_in_ms(outbox) <= 0);
	for (int i = 0; i < WINDOW_CROWD; i++) {
		char id[32];

		assert_true(jobs_crowded_in_ms(outbox) <= 0);
		(void)snprintf(id, sizeof(id), "evt_%d", i);
		(void)order(id, ARRIVED_MS, 1000);
	}
	assert_true(jobs_crowded_in_ms(outbox) > 0);
	assert_true(jobs_take(outbox, "log", &job));
	outbox_begin(outbox);
	jobs_settle(outbox, job.id);
	outbox_commit(outbox);
	assert_true(jobs_crowded_in_ms(outbox) <= 0);
}

static int64_t
log_size(void)
{
	char path[SETTING_MAX + 16];
	struct stat file;

	(void)snprintf(path, sizeof(path), "%s/nudge.db-wal",
	    settings.state.directory);
	return stat(path, &file) == 0 ? file.st_size : 0;
}

/* Store and judge a batch; what it orders waits. */
static void
take_in(int64_t batch)
{
	static char payload[600];
	struct outbox_event stored = { .seq = batch * 64 };
	struct outbox_event events[64];
	char id[65];

	memset(payload, 'x', sizeof(payload));
	for (int i = 0; i < 64; i++)
		events[i] = (struct outbox_event){ .stamp_ms = ARRIVED_MS,
			.topic = "nudge/alice/event",
			.payload = payload,
			.len = sizeof(payload) };
	(void)events_store(outbox, events, 64);
	outbox_begin(outbox);
	while (events_after(outbox, stored.seq, &stored)) {
		(void)snprintf(id, sizeof(id), "evt_%d", (int)stored.seq);
		assert_true(events_claim(outbox, &stored, "alice", id));
		jobs_add(outbox,
		    &(struct outbox_order){ .seq = stored.seq,
		        .user = "alice",
		        .device = "phone",
		        .event = id,
		        .stage = STAGE_DELAY,
		        .service = "",
		        .due_ms = INT64_MAX - 1,
		        .thread = stored.seq },
		    &stored);
		if (stored.seq % 64 == 0)
			break;
	}
	outbox_note_decided(outbox, stored.seq);
	outbox_commit(outbox);
}

TEST(takes_the_log_in_whatever_waits)
{
	int64_t most = 0;

	for (int64_t batch = 0; batch < 100000 / 64; batch++) {
		take_in(batch);
		(void)outbox_fold(outbox);
		if (log_size() > most)
			most = log_size();
	}
	assert_true(most > 0);
	assert_true(most <= 16 * 1024 * 1024);
}

#define OUTBOX_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OUTBOX_TEST(is_empty_at_first),
		OUTBOX_TEST(keeps_events_as_they_came_in_order),
		OUTBOX_TEST(knows_how_far_it_was_decided),
		OUTBOX_TEST(finds_a_duplicate_within_a_day),
		OUTBOX_TEST(frees_an_id_after_a_day),
		OUTBOX_TEST(tells_the_same_id_of_two_people_apart),
		OUTBOX_TEST(takes_no_event_for_a_duplicate_of_itself),
		OUTBOX_TEST(discards_as_many_events_as_it_likes),
		OUTBOX_TEST(gives_due_jobs_in_order),
		OUTBOX_TEST(tells_which_services_are_waited_for),
		OUTBOX_TEST(gives_a_job_to_another_service),
		OUTBOX_TEST(gives_all_that_a_job_needs),
		OUTBOX_TEST(tells_when_the_next_job_is_due),
		OUTBOX_TEST(postpones_a_job_with_its_attempts),
		OUTBOX_TEST(forgets_a_settled_job),
		OUTBOX_TEST(settles_what_waits_for_a_device_that_is_gone),
		OUTBOX_TEST(
		    looks_at_a_slice_at_a_time_for_a_device_that_is_gone),
		OUTBOX_TEST(purges_what_nobody_needs_any_more),
		OUTBOX_TEST(knows_an_id_for_a_day_whatever_is_purged),
		OUTBOX_TEST(counts_what_waits_for_a_user),
		OUTBOX_TEST(follows_a_clock_that_was_set),
		OUTBOX_TEST(knows_which_reading_of_the_clock_it_goes_by),
		OUTBOX_TEST(
		    believes_that_it_was_away_for_as_long_as_an_event_may_live),
		OUTBOX_TEST(goes_on_where_it_was_when_the_clock_is_years_ahead),
		OUTBOX_TEST(counts_on_when_the_clock_was_years_ahead_at_first),
		OUTBOX_TEST(goes_on_with_that_when_nothing_waits_any_more),
		OUTBOX_TEST(knows_after_quiet_days_at_least_what_time_it_was),
		OUTBOX_TEST(takes_an_offset_that_was_made_up_for_none),
		OUTBOX_TEST(stores_with_a_clock_that_nobody_sets),
		OUTBOX_TEST(orders_nothing_twice_in_another_life),
		OUTBOX_TEST(pushes_from_memory_and_writes_down_what_is_shown),
		OUTBOX_TEST(judges_again_what_was_in_memory_and_no_more),
		OUTBOX_TEST(writes_down_what_waits_for_long),
		OUTBOX_TEST(writes_down_what_is_one_users),
		OUTBOX_TEST(
		    writes_down_no_more_of_a_user_at_a_time_than_a_slice),
		OUTBOX_TEST(keeps_in_memory_no_more_than_fits),
		OUTBOX_TEST(lets_nobody_overtake_who_waits_in_a_row),
		OUTBOX_TEST(keeps_users_apart_at_a_service),
		OUTBOX_TEST(never_uses_a_number_twice),
		OUTBOX_TEST(
		    never_uses_the_number_of_a_long_event_twice_that_went_before_a_kill),
		OUTBOX_TEST(survives_a_restart),
		OUTBOX_TEST(has_a_key_that_nobody_else_has),
		OUTBOX_TEST(forgets_what_was_begun_and_not_committed),
		OUTBOX_TEST(refuses_a_second_bridge_on_the_same_directory),
		OUTBOX_TEST(says_when_the_directory_is_missing),
		OUTBOX_TEST(keeps_a_damaged_file_aside_and_begins_a_new_one),
		OUTBOX_TEST(lets_nobody_else_read_its_files),
		OUTBOX_TEST(lets_a_thread_that_waits_go_first),
		OUTBOX_TEST(stores_while_the_other_thread_decides),
		OUTBOX_TEST(takes_the_log_in_whatever_waits),
		OUTBOX_TEST(asks_to_wait_while_a_service_has_enough),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
