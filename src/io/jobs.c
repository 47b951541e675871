#include "io/jobs.h"

#include "io/clock.h"
#include "io/outbox_inside.h"

#include <string.h>

enum statement {
	SQL_ORDERED,
	SQL_ADD_JOB,
	SQL_COUNT_WAITING,
	SQL_HAS_DUE,
	SQL_SETTLE,
	SQL_REMEMBER,
	SQL_POSTPONE,
	SQL_MOVE,
	SQL_AFTER,
	SQL_LAST_JOB,
	SQL_PURGE_JOBS,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_ORDERED] = "SELECT max(id), coalesce(max(device = ?2), 0) FROM job"
	                " WHERE id BETWEEN ?1 << 8 AND (?1 << 8) + 255",
	[SQL_ADD_JOB] =
	    "INSERT INTO job(id, stage, service, due_ms, attempts, user,"
	    " device, event, thread, request, kind, expires_ms, withdraws,"
	    " reason, cancelled, digest) VALUES(?1, ?2, ?3, ?4, ?12, ?5, ?6,"
	    " ?7, ?8, ?9, ?10, ?11, 0, ?13, 0, 0)",
	/* From the first job of an event to that of the next one. */
	[SQL_COUNT_WAITING] =
	    "WITH RECURSIVE one(id) AS (SELECT min(id) FROM job"
	    "  WHERE user = ?1 AND " STAGE_SQL_UNSETTLED
	    " UNION ALL SELECT (SELECT min(id) FROM job WHERE user = ?1"
	    "  AND " STAGE_SQL_UNSETTLED " AND id > one.id | 255)"
	    " FROM one WHERE id IS NOT NULL LIMIT ?2) SELECT count(id) FROM one",
	[SQL_HAS_DUE] = "SELECT 1 FROM job WHERE " STAGE_SQL_READY
	                " AND service = ?1 AND due_ms <= ?2 LIMIT 1",
	[SQL_SETTLE] = "DELETE FROM job WHERE id = ?1",
	[SQL_REMEMBER] = "UPDATE job SET stage = ?2, service = '', digest = 0"
	                 " WHERE id = ?1",
	[SQL_POSTPONE] = "UPDATE job SET due_ms = ?2, attempts = ?3"
	                 " WHERE id = ?1",
	[SQL_MOVE] = "UPDATE job SET service = ?2, due_ms = ?3, attempts = 0"
	             " WHERE id = ?1",
	[SQL_AFTER] =
	    "SELECT id, user = ?3 AND device = ?4 FROM job"
	    " WHERE id > ?1 AND id < (?5 + 1) << 8 ORDER BY id LIMIT ?2",
	/* A slice ends at the last row that it looks at. */
	[SQL_LAST_JOB] = "SELECT coalesce(max(id), ?1) FROM (SELECT id FROM job"
	                 " WHERE id > ?1 ORDER BY id LIMIT ?2)",
	[SQL_PURGE_JOBS] = "DELETE FROM job WHERE id > ?1 AND id <= ?2"
	                   " AND ((" STAGE_SQL_SHOWN " AND due_ms < ?3) OR"
	                   " (" STAGE_SQL_SHOWN " AND NOT withdraws"
	                   "  AND NOT kind" NEEDS_ANSWER
	                   "  AND ?4 IN (user, '" ROOM_EVERYBODY "')) OR"
	                   " (" STAGE_SQL_DONE " AND id >> 8 <="
	                   "  (SELECT decided FROM mark)) OR"
	                   /* By an older version, or by hand. */
	                   " NOT EXISTS (SELECT 1 FROM event"
	                   "  WHERE seq = id >> 8))",
};

_Static_assert(SQL_COUNT <= OUTBOX_STATEMENTS, "they have their places");

#define CROWD_SHARE 4
#define CROWD_WITHIN_MS 500 /* a service that gets on takes what is there */

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[OUTBOX_JOBS][number],
	    statements[number]);
}

/* The number of a new job: that of its event, and one for each device.
 * Returns: 0 = it is there already. */
static int64_t
number_job(struct outbox *outbox, const struct outbox_order *order)
{
	struct sqlite3_stmt *statement;
	int64_t id = order->seq << 8;
	bool is_there = false;

	if (outbox->ordered >> 8 == order->seq)
		id = outbox->ordered + 1;
	if (order->seq > outbox->inherited)
		return BEHIND_IS_ASK(id) ? 0 : id;
	statement = use(outbox, SQL_ORDERED);
	db_bind_int(statement, 1, order->seq);
	db_bind_text(statement, 2, order->device);
	if (db_step(outbox->store.db, statement)) {
		is_there = db_int(statement, 1) != 0;
		if (db_int(statement, 0) >= id)
			id = db_int(statement, 0) + 1;
	}
	db_reset(statement);
	return is_there || id >= BEHIND_ASK_ID(order->seq) ? 0 : id;
}

bool
jobs_were_ordered(struct outbox *outbox, int64_t seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_ORDERED);
	bool has_job;

	if (seq > outbox->inherited)
		return false;
	db_bind_int(statement, 1, seq);
	db_bind_text(statement, 2, "");
	has_job =
	    db_step(outbox->store.db, statement) && db_int(statement, 0) != 0;
	db_reset(statement);
	return has_job;
}

void
jobs_insert(struct outbox *outbox, int64_t id, const struct outbox_order *order,
    int32_t attempts)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_ADD_JOB);

	db_bind_int(statement, 1, id);
	db_bind_int(statement, 2, (int)order->stage);
	db_bind_text(statement, 3, order->service);
	db_bind_time(db, statement, 4, order->due_ms);
	db_bind_text(statement, 5, order->user);
	db_bind_text(statement, 6, order->device);
	db_bind_text(statement, 7, order->event);
	db_bind_int(statement, 8, order->thread);
	db_bind_int(statement, 9, order->request);
	db_bind_int(statement, 10, order->kind);
	db_bind_time(db, statement, 11, order->expires_ms);
	db_bind_int(statement, 12, attempts);
	db_bind_int(statement, 13, order->reason);
	db_run(outbox->store.db, statement);
	outbox->written++;
	if (order->stage == STAGE_DONE)
		return;
	behind_link(outbox->behind,
	    &(struct behind_link){
	        .owner = behind_owner(outbox->behind, order->user),
	        .thread = order->thread,
	        .request = order->request,
	        .id = id,
	    });
}

/* Rows wait already: who comes later goes behind them, and is one too. */
static bool
has_due_rows(struct outbox *outbox, const struct outbox_order *order)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_HAS_DUE);
	bool has_row;

	db_bind_text(statement, 1, order->service);
	db_bind_time(outbox->store.db, statement, 2, order->due_ms);
	has_row = db_step(outbox->store.db, statement);
	db_reset(statement);
	return has_row;
}

void
jobs_add(struct outbox *outbox, const struct outbox_order *order,
    const struct outbox_event *event)
{
	int64_t id = number_job(outbox, order);

	if (id == 0 || id >> 8 != order->seq)
		return;
	outbox->ordered = id;
	/* In memory they are in the order of their events. */
	if (order->stage != STAGE_READY || order->seq <= outbox->decided ||
	    has_due_rows(outbox, order) ||
	    window_add(outbox->window, id, order, event) == NULL)
		jobs_insert(outbox, id, order, 0);
}

const char *
jobs_service_in_memory(const struct outbox *outbox, size_t number,
    const char **user)
{
	return window_service(outbox->window, number, user);
}

const char *
jobs_next_user(const struct outbox *outbox, const char *service)
{
	const struct window_job *next = window_next(outbox->window, service);

	return next != NULL ? next->order.user : NULL;
}

bool
jobs_take(struct outbox *outbox, const char *service, struct outbox_job *job)
{
	const struct window_job *taken = window_take(outbox->window, service);

	if (taken == NULL)
		return false;
	*job = (struct outbox_job){
		.id = taken->id,
		.due_ms = taken->order.due_ms,
		.expires_ms = taken->order.expires_ms,
		.user = taken->order.user,
		.device = taken->order.device,
		.event_id = taken->order.event,
		.event = taken->event,
	};
	return true;
}

/* From now on it is a row.
 * Returns: whether it is still to be started. */
static bool
write_down(struct outbox *outbox, struct window_job *job)
{
	bool is_new = !job->is_taken;

	jobs_insert(outbox, job->id, &job->order, 0);
	window_remove(outbox->window, job);
	return is_new;
}

bool
jobs_write_down_user(struct outbox *outbox, const char *user)
{
	struct window_job *job = window_first(outbox->window);
	int count = 0;

	while (job != NULL && count < OUTBOX_SLICE) {
		struct window_job *next = job->next;

		if (strcmp(job->order.user, user) == 0) {
			(void)write_down(outbox, job);
			count++;
		}
		job = next;
	}
	return count < OUTBOX_SLICE;
}

int64_t
jobs_write_down_in_ms(const struct outbox *outbox, int64_t age_ms)
{
	const struct window_job *first = window_first(outbox->window);

	return first != NULL ? first->added_ms + age_ms - clock_monotonic_ms()
	                     : INT64_MAX;
}

int64_t
jobs_crowded_in_ms(const struct outbox *outbox)
{
	int64_t first_ms = window_crowded_ms(outbox->window);

	return first_ms != INT64_MAX
	    ? first_ms + CROWD_WITHIN_MS - clock_monotonic_ms()
	    : 0;
}

bool
jobs_crowd(const struct outbox *outbox, const char *user)
{
	int all = 0;
	int of_user = 0;

	for (const struct window_job *job = window_first(outbox->window);
	     job != NULL; job = job->next) {
		of_user += strcmp(job->order.user, user) == 0;
		all++;
	}
	return of_user > all / CROWD_SHARE;
}

/* Write down the first of all, and with it what waits behind it for the same
 * service and would overtake it.
 * Returns: whether it is still to be started. */
static bool
write_down_first(struct outbox *outbox)
{
	struct window_job *first = window_first(outbox->window);

	while (!first->is_taken && first->queued != NULL)
		(void)write_down(outbox, first->queued);
	return write_down(outbox, first);
}

bool
jobs_write_down(struct outbox *outbox, int64_t age_ms)
{
	bool is_new = false;

	if (jobs_write_down_in_ms(outbox, age_ms) > 0)
		return false;
	outbox_begin(outbox);
	for (int i = 0;
	     i < OUTBOX_SLICE && jobs_write_down_in_ms(outbox, age_ms) <= 0;
	     i++)
		is_new |= write_down_first(outbox);
	outbox_commit(outbox);
	return is_new;
}

int
jobs_written(const struct outbox *outbox)
{
	return outbox->written;
}

int32_t
jobs_count_waiting(struct outbox *outbox, const char *user, int32_t most)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_COUNT_WAITING);
	int32_t count;

	db_bind_text(statement, 1, user);
	db_bind_int(statement, 2, most);
	count = (int32_t)db_number(outbox->store.db, statement);
	for (const struct window_job *job = window_first(outbox->window);
	     job != NULL; job = job->next)
		count += strcmp(job->order.user, user) == 0;
	return count;
}

void
jobs_settle_row(struct outbox *outbox, int64_t id)
{
	bool must_remember = id >> 8 > outbox_mark(outbox);
	struct sqlite3_stmt *statement =
	    use(outbox, must_remember ? SQL_REMEMBER : SQL_SETTLE);

	behind_unlink(outbox->behind, id);
	db_bind_int(statement, 1, id);
	if (must_remember)
		db_bind_int(statement, 2, STAGE_DONE);
	db_run(outbox->store.db, statement);
}

void
jobs_settle(struct outbox *outbox, int64_t id)
{
	struct window_job *job = window_find(outbox->window, id);
	struct outbox_order order;

	if (job == NULL) {
		jobs_settle_row(outbox, id);
		return;
	}
	/* Others may be before it, or for the same event. */
	order = job->order;
	if (job->previous != NULL || order.seq >= outbox->held ||
	    (job->next != NULL && job->next->order.seq == order.seq)) {
		order.stage = STAGE_DONE;
		order.service = "";
		jobs_insert(outbox, id, &order, 0);
	}
	window_remove(outbox->window, job);
}

/* What is in memory becomes a row, due at another time. */
static bool
insert_later(struct outbox *outbox, int64_t id, const char *service,
    int64_t due_ms, int32_t attempts)
{
	struct window_job *job = window_find(outbox->window, id);
	struct outbox_order order;

	if (job == NULL)
		return false;
	order = job->order;
	order.due_ms = due_ms;
	if (service != NULL)
		order.service = service;
	jobs_insert(outbox, id, &order, attempts);
	window_remove(outbox->window, job);
	return true;
}

void
jobs_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts)
{
	struct sqlite3_stmt *statement;

	if (insert_later(outbox, job, NULL, due_ms, attempts))
		return;
	statement = use(outbox, SQL_POSTPONE);
	db_bind_int(statement, 1, job);
	db_bind_time(outbox->store.db, statement, 2, due_ms);
	db_bind_int(statement, 3, attempts);
	db_run(outbox->store.db, statement);
}

void
jobs_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms)
{
	struct sqlite3_stmt *statement;

	if (insert_later(outbox, job, service, due_ms, 0))
		return;
	statement = use(outbox, SQL_MOVE);
	db_bind_int(statement, 1, job);
	db_bind_text(statement, 2, service);
	db_bind_time(outbox->store.db, statement, 3, due_ms);
	db_run(outbox->store.db, statement);
}

int64_t
jobs_settle_device(struct outbox *outbox, const char *user, const char *device,
    int64_t after, int64_t seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_AFTER);
	int64_t ids[OUTBOX_SLICE];
	size_t count = 0;

	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, OUTBOX_SLICE);
	db_bind_text(statement, 3, user);
	db_bind_text(statement, 4, device);
	db_bind_int(statement, 5, seq);
	while (db_step(outbox->store.db, statement)) {
		after = db_int(statement, 0);
		if (db_int(statement, 1) != 0)
			ids[count++] = after;
	}
	db_reset(statement);
	statement = use(outbox, SQL_SETTLE);
	for (size_t i = 0; i < count; i++) {
		behind_unlink_now(outbox->behind, ids[i]);
		db_bind_int(statement, 1, ids[i]);
		db_run(outbox->store.db, statement);
	}
	return after;
}

int64_t
jobs_purge(struct outbox *outbox, int64_t after, int64_t now_ms)
{
	struct db *db = outbox->store.db;
	int64_t last =
	    db_end_of_slice(db, use(outbox, SQL_LAST_JOB), after, OUTBOX_SLICE);
	struct sqlite3_stmt *statement = use(outbox, SQL_PURGE_JOBS);

	if (last == after)
		return after;
	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, last);
	db_bind_time(db, statement, 3, now_ms);
	db_bind_text(statement, 4, outbox->room.helped);
	db_run(db, statement);
	return last;
}
