#include "io/outbox.h"

#include "core/rules.h"
#include "io/behind.h"
#include "io/clock.h"
#include "io/db.h"
#include "io/log.h"
#include "io/reserve.h"
#include "io/store.h"
#include "io/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum statement {
	SQL_STORE,
	SQL_EXTENT,
	SQL_DECIDED,
	SQL_OFFSET,
	SQL_LATEST,
	SQL_EVENT_AFTER,
	SQL_DISCARD,
	SQL_ORDERED,
	SQL_ADD_JOB,
	SQL_COUNT_WAITING,
	SQL_DUE,
	SQL_DUE_USER,
	SQL_HAS_DUE,
	SQL_NEXT_DUE,
	SQL_SERVICE_AFTER,
	SQL_SETTLE,
	SQL_REMEMBER,
	SQL_POSTPONE,
	SQL_MOVE,
	SQL_FOR_SHOW,
	SQL_SHOW,
	SQL_REPLACED,
	SQL_IS_REPLACED,
	SQL_SETTLE_DEVICE,
	SQL_SETTLE_NEW,
	SQL_LAST_JOB,
	SQL_PURGE_JOBS,
	SQL_LAST_EVENT,
	SQL_PURGE_EVENTS,
	SQL_LAST_SEEN,
	SQL_PURGE_SEEN,
	SQL_COUNT,
};

/* Of a kind that needs an answer. */
#define NEEDS_ANSWER " < 2"
_Static_assert(KIND_PERMISSION_ASKED == 0 && KIND_QUESTION_ASKED == 1 &&
        KIND_SESSION_ERROR == 2,
    "SQL tells them apart by their numbers");

/* What is shown, or is just being withdrawn, and stands for the same as a job that
 * is shown now. */
#define IS_REPLACED                                       \
	" AND job.device = ?3"                            \
	" AND (job." STAGE_SQL_SHOWN " OR job.withdraws)" \
	" AND job.id <> ?1"                               \
	" AND (job.kind" NEEDS_ANSWER ") = (?6" NEEDS_ANSWER ")"

static const char *const statements[SQL_COUNT] = {
	[SQL_STORE] =
	    "INSERT INTO event(seq, arrived_ms, expires_ms, topic, payload)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_EXTENT] =
	    "SELECT decided, max(decided, (SELECT coalesce(max(seq), 0)"
	    " FROM event)), offset_ms FROM mark",
	[SQL_DECIDED] = "UPDATE mark SET decided = ?1",
	[SQL_OFFSET] = "UPDATE mark SET offset_ms = ?1",
	[SQL_LATEST] =
	    "SELECT max((SELECT coalesce(max(arrived_ms), 0) FROM event),"
	    " (SELECT coalesce(max(arrived_ms), 0) FROM seen))",
	[SQL_EVENT_AFTER] =
	    "SELECT seq, arrived_ms, expires_ms, topic, payload FROM event"
	    " WHERE seq > ?1 ORDER BY seq LIMIT 1",
	[SQL_DISCARD] = "DELETE FROM event WHERE seq = ?1",
	[SQL_ORDERED] = "SELECT max(id), coalesce(max(device = ?2), 0) FROM job"
	                " WHERE id BETWEEN ?1 << 8 AND (?1 << 8) + 255",
	[SQL_ADD_JOB] =
	    "INSERT INTO job(id, stage, service, due_ms, attempts, user,"
	    " device, event, thread, request, kind, expires_ms, withdraws,"
	    " reason, cancelled, digest) VALUES(?1, ?2, ?3, ?4, ?12, ?5, ?6,"
	    " ?7, ?8, ?9, ?10, ?11, 0, 0, 0, 0)",
	/* What is looked up by a user is in the table, or behind it. */
	[SQL_COUNT_WAITING] =
	    "SELECT count(DISTINCT id >> 8) FROM job WHERE id IN ("
	    " SELECT id FROM thread WHERE user = ?1 AND id <= ?2"
	    " UNION ALL SELECT id FROM job WHERE id > ?2 AND user = ?1)"
	    " AND " STAGE_SQL_UNSETTLED,
	[SQL_DUE] =
	    "SELECT job.id, job.due_ms, job.attempts, job.user, job.device,"
	    "  job.event, job.expires_ms, job.withdraws, job.reason,"
	    "  job.cancelled, job.digest, event.seq, event.arrived_ms,"
	    "  event.expires_ms, event.topic, event.payload"
	    " FROM job JOIN event ON event.seq = job.id >> 8"
	    " WHERE " STAGE_SQL_READY " AND job.service = ?1"
	    "  AND job.user = ?2 AND job.due_ms <= ?3"
	    " ORDER BY job.due_ms, job.id",
	[SQL_DUE_USER] =
	    "SELECT user, due_ms FROM job WHERE " STAGE_SQL_READY
	    " AND service = ?1 AND user > ?2 ORDER BY user, due_ms LIMIT 1",
	[SQL_HAS_DUE] = "SELECT 1 FROM job WHERE " STAGE_SQL_READY
	                " AND service = ?1 AND due_ms <= ?2 LIMIT 1",
	[SQL_NEXT_DUE] = "SELECT due_ms FROM job WHERE " STAGE_SQL_READY
	                 " AND service = ?1 AND due_ms > ?2"
	                 " ORDER BY due_ms LIMIT 1",
	[SQL_SERVICE_AFTER] =
	    "SELECT service, due_ms, user FROM job WHERE " STAGE_SQL_READY
	    " AND service > ?1 ORDER BY service, due_ms LIMIT 1",
	[SQL_SETTLE] = "DELETE FROM job WHERE id = ?1",
	[SQL_POSTPONE] = "UPDATE job SET due_ms = ?2, attempts = ?3"
	                 " WHERE id = ?1",
	[SQL_MOVE] = "UPDATE job SET service = ?2, due_ms = ?3, attempts = 0"
	             " WHERE id = ?1",
	[SQL_REMEMBER] = "UPDATE job SET stage = ?2, service = '', digest = 0"
	                 " WHERE id = ?1",
	[SQL_FOR_SHOW] = "SELECT cancelled, user, device, thread, request,"
	                 " kind, reason FROM job WHERE id = ?1",
	[SQL_SHOW] = "UPDATE job SET stage = ?2, service = '', due_ms = ?3,"
	             " digest = 0, kind = ?4 WHERE id = ?1",
	[SQL_REPLACED] =
	    "SELECT job.id FROM thread JOIN job ON job.id = thread.id"
	    " WHERE thread.user = ?2 AND thread.thread = ?4"
	    " AND thread.request = ?5 AND thread.id <= ?7" IS_REPLACED
	    " LIMIT 1",
	[SQL_IS_REPLACED] = "SELECT id FROM job"
	                    " WHERE id = ?7 AND user = ?2" IS_REPLACED,
	[SQL_SETTLE_DEVICE] =
	    "DELETE FROM job WHERE id IN (SELECT job.id FROM thread"
	    " JOIN job ON job.id = thread.id"
	    " WHERE thread.user = ?1 AND thread.id <= ?5 AND job.device = ?2"
	    " AND job.id < (?3 + 1) << 8 LIMIT ?4)",
	[SQL_SETTLE_NEW] =
	    "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE id > ?5"
	    " AND user = ?1 AND device = ?2 AND id < (?3 + 1) << 8 LIMIT ?4)",
	/* A slice ends at the last row that it looks at. */
	[SQL_LAST_JOB] = "SELECT coalesce(max(id), ?1) FROM (SELECT id FROM job"
	                 " WHERE id > ?1 ORDER BY id LIMIT ?2)",
	[SQL_PURGE_JOBS] = "DELETE FROM job WHERE id > ?1 AND id <= ?2"
	                   " AND ((" STAGE_SQL_SHOWN " AND due_ms < ?3) OR"
	                   " (" STAGE_SQL_DONE " AND id >> 8 <="
	                   "  (SELECT decided FROM mark)))",
	[SQL_LAST_EVENT] =
	    "SELECT coalesce(max(seq), ?1) FROM (SELECT seq FROM event"
	    " WHERE seq > ?1"
	    " AND seq <= (SELECT min(decided, folded) FROM mark)"
	    " ORDER BY seq LIMIT ?2)",
	[SQL_PURGE_EVENTS] =
	    "DELETE FROM event WHERE seq > ?1 AND seq <= ?2 AND NOT EXISTS"
	    " (SELECT 1 FROM job WHERE id BETWEEN seq << 8"
	    "  AND (seq << 8) + 255)",
	[SQL_LAST_SEEN] =
	    "SELECT coalesce(max(number), ?1) FROM (SELECT number FROM seen"
	    " WHERE number > ?1 ORDER BY number LIMIT ?2)",
	[SQL_PURGE_SEEN] = "DELETE FROM seen WHERE number > ?1 AND number <= ?2"
	                   " AND arrived_ms < ?3",
};

#define KEPT_MAX 1024 /* bytes of an event that is kept for its id alone */
#define CROWD_WITHIN_MS 500 /* a service that gets on takes what is there */

struct outbox {
	struct store store;
	bool must_sync;    /* what arrives, before the broker is answered */
	int64_t base_ms;   /* of outbox_clock_ms() over the monotonic clock */
	int64_t newest;    /* seq of an event, under the file's lock */
	int64_t inherited; /* the newest when we began */
	int64_t ordered;   /* the job that was added last */
	int written;       /* jobs, in this transaction */
	struct window *window;
	struct behind *behind;
	int64_t decided;   /* the last event that was judged */
	int64_t marked;    /* and what the file says of it */
	int64_t purged[3]; /* how far a purge came: jobs, events, ids */
	int purging;       /* which of them it is at */
	bool wants_fold;   /* few are enough: the purge needs it */
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

static const struct {
	enum statement last;
	enum statement purge;
	int64_t age_ms;
} purges[] = {
	{ SQL_LAST_JOB, SQL_PURGE_JOBS, 0 },
	{ SQL_LAST_EVENT, SQL_PURGE_EVENTS, 0 },
	{ SQL_LAST_SEEN, SQL_PURGE_SEEN, OUTBOX_DEDUP_MS },
};

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[number],
	    statements[number]);
}

static void
run(struct outbox *outbox, struct sqlite3_stmt *statement)
{
	db_run(outbox->store.db, statement);
}

static int64_t
read_mark(struct outbox *outbox, int column)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EXTENT);
	int64_t value = 0;

	if (db_step(outbox->store.db, statement))
		value = db_int(statement, column);
	db_reset(statement);
	return value;
}

/* How far the clock is ahead of that of the times in the file. One without a
 * battery starts in the past: then the file's goes on from the newest time in it,
 * and what waits there does not wait for years, whenever the clock is set. */
static int64_t
find_offset(struct outbox *outbox)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_LATEST);
	int64_t offset_ms = read_mark(outbox, 2);
	int64_t now_ms = clock_now_ms() - offset_ms;
	int64_t latest_ms = db_step(db, statement) ? db_int(statement, 0) : 0;

	db_reset(statement);
	return latest_ms > now_ms ? offset_ms - (latest_ms - now_ms)
	                          : offset_ms;
}

/* Before anything else is written. */
static void
make_room(struct outbox *outbox, const char *directory)
{
	if (outbox->store.is_tight) {
		log_warn("%s: the disk is full, or nearly: what is worthless "
		         "is removed first",
		    directory);
		while (outbox_purge(outbox, clock_now_ms()))
			continue;
	}
	reserve_keep(directory);
}

enum status
outbox_open(const struct settings *settings, struct outbox **outbox,
    struct fault *fault)
{
	struct outbox *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;
	int64_t offset_ms;

	if (fresh != NULL)
		status = window_create(&fresh->window);
	if (status == STATUS_OK)
		status = store_open(settings, &fresh->store, fault);
	if (status != STATUS_OK) {
		if (fresh != NULL)
			window_destroy(fresh->window);
		free(fresh);
		return status;
	}
	fresh->decided = fresh->marked = read_mark(fresh, 0);
	fresh->must_sync = settings->state.durability == DURABILITY_POWER;
	fresh->newest = fresh->inherited = read_mark(fresh, 1);
	for (size_t i = 0; i < COUNT_OF(purges); i++)
		fresh->purged[i] = INT64_MIN;
	offset_ms = find_offset(fresh);
	db_set_offset(fresh->store.db, offset_ms);
	fresh->base_ms = clock_now_ms() - clock_monotonic_ms() - offset_ms;
	status =
	    behind_create(fresh->store.db, fresh->store.key, &fresh->behind);
	if (status != STATUS_OK) {
		outbox_close(fresh);
		return status;
	}
	make_room(fresh, settings->state.directory);
	*outbox = fresh;
	return STATUS_OK;
}

void
outbox_close(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	/* So that nothing has to be read again. */
	while (outbox->behind != NULL &&
	    behind_fold(outbox->behind, outbox->marked, true))
		continue;
	window_destroy(outbox->window);
	behind_destroy(outbox->behind);
	db_drop(outbox->prepared, SQL_COUNT);
	store_close(&outbox->store);
	free(outbox);
}

const uint8_t *
outbox_key(const struct outbox *outbox)
{
	return outbox->store.key;
}

struct db *
outbox_db(struct outbox *outbox)
{
	return outbox->store.db;
}

struct behind *
outbox_behind(struct outbox *outbox)
{
	return outbox->behind;
}

int64_t
outbox_number(const struct outbox *outbox, const char *user, const char *name)
{
	if (name == NULL || *name == '\0')
		return 0;
	return store_number(outbox->store.key, user, name);
}

int64_t
outbox_clock_ms(const struct outbox *outbox)
{
	return clock_monotonic_ms() + outbox->base_ms;
}

/* Only what arrives must reach the disk at once. A lost decision is made again
 * from the event, and a lost "done" costs one repeat with the same identity:
 * neither needs its own fsync, and the next intake's covers both. */
int64_t
outbox_store(struct outbox *outbox, const struct outbox_event *events,
    size_t count)
{
	struct db *db = outbox->store.db;
	int64_t seq;

	db_begin(db, outbox->must_sync);
	for (size_t i = 0; i < count; i++) {
		const struct outbox_event *event = &events[i];
		struct sqlite3_stmt *statement = use(outbox, SQL_STORE);

		db_bind_int(statement, 1, ++outbox->newest);
		db_bind_int(statement, 2, event->stamp_ms);
		db_bind_int(statement, 3, event->expires_ms);
		db_bind_text(statement, 4, event->topic);
		db_bind_blob(statement, 5, event->payload, event->len);
		run(outbox, statement);
	}
	seq = outbox->newest;
	db_commit(db);
	return seq;
}

void
outbox_begin(struct outbox *outbox)
{
	db_begin(outbox->store.db, false);
	outbox->written = 0;
}

int
outbox_written(const struct outbox *outbox)
{
	return outbox->written;
}

/* The last event that needs no decision any more, as things stand. */
static int64_t
mark_of(const struct outbox *outbox)
{
	const struct window_job *first = window_first(outbox->window);
	int64_t mark = outbox->decided;

	if (first != NULL && first->order.seq <= mark)
		mark = first->order.seq - 1;
	return mark;
}

void
outbox_commit(struct outbox *outbox)
{
	int64_t mark = mark_of(outbox);

	/* A reader left open would keep the log file from being taken in. */
	db_reset(use(outbox, SQL_EVENT_AFTER));
	if (mark != outbox->marked) {
		struct sqlite3_stmt *statement = use(outbox, SQL_DECIDED);

		db_bind_int(statement, 1, mark);
		run(outbox, statement);
		outbox->marked = mark;
	}
	db_commit(outbox->store.db);
}

void
outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest)
{
	*decided = read_mark(outbox, 0);
	*newest = read_mark(outbox, 1);
}

void
outbox_note_decided(struct outbox *outbox, int64_t seq)
{
	outbox->decided = seq;
}

static void
read_event(struct outbox *outbox, struct sqlite3_stmt *statement, int first,
    struct outbox_event *event)
{
	struct db *db = outbox->store.db;

	event->seq = db_int(statement, first);
	event->arrived_ms = db_time(db, statement, first + 1);
	event->stamp_ms = db_int(statement, first + 1);
	event->expires_ms = db_time(db, statement, first + 2);
	event->topic = db_text(statement, first + 3);
	event->payload = db_blob(statement, first + 4, &event->len);
}

bool
outbox_event_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EVENT_AFTER);

	/* What was borrowed from the last call ends with this one. */
	db_reset(statement);
	db_bind_int(statement, 1, seq);
	if (!db_step(outbox->store.db, statement))
		return false;
	read_event(outbox, statement, 0, event);
	return true;
}

bool
outbox_claim(struct outbox *outbox, const struct outbox_event *event,
    const char *user, const char *id)
{
	struct behind_claim claim;
	int64_t number = outbox_number(outbox, user, id);

	if (behind_find_claim(outbox->behind, number, &claim) &&
	    claim.seq != event->seq &&
	    claim.stamp_ms >= event->stamp_ms - OUTBOX_DEDUP_MS)
		return false;
	if (behind_last_claim(outbox->behind, event->seq) != NULL)
		return true;
	claim = (struct behind_claim){
		.number = number,
		.seq = event->seq,
		.stamp_ms = event->stamp_ms,
	};
	behind_claim(outbox->behind, &claim);
	return true;
}

/* The event of an id that is in memory alone stays until that is written. */
void
outbox_discard(struct outbox *outbox, const struct outbox_event *event)
{
	const struct behind_claim *claim =
	    behind_last_claim(outbox->behind, event->seq);
	struct sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	if (claim != NULL && event->len <= KEPT_MAX) {
		behind_discard_last(outbox->behind);
		return;
	}
	if (claim != NULL)
		behind_claim_now(outbox->behind, claim);
	db_bind_int(statement, 1, event->seq);
	run(outbox, statement);
}

int64_t
outbox_folded(const struct outbox *outbox)
{
	return behind_folded(outbox->behind);
}

bool
outbox_fold(struct outbox *outbox)
{
	bool is_folding =
	    behind_fold(outbox->behind, outbox->marked, outbox->wants_fold);

	outbox->wants_fold &= is_folding;
	return is_folding;
}

/* The last job that io/behind.h has in its tables. */
static int64_t
last_folded(const struct outbox *outbox)
{
	return behind_folded(outbox->behind) * 256 + 255;
}

/* The number of a new job: that of its event, and one for each device.
 * Returns: 0 = it is there already. */
static int64_t
number_job(struct outbox *outbox, const struct outbox_order *order)
{
	struct sqlite3_stmt *statement;
	int64_t id = order->seq << 8;
	bool is_there = false;

	if (outbox->ordered >= id)
		id = outbox->ordered + 1;
	if ((id & 255) == BEHIND_ASK)
		return 0;
	if (order->seq > outbox->inherited)
		return id;
	statement = use(outbox, SQL_ORDERED);
	db_bind_int(statement, 1, order->seq);
	db_bind_text(statement, 2, order->device);
	if (db_step(outbox->store.db, statement)) {
		is_there = db_int(statement, 1) != 0;
		if (db_int(statement, 0) >= id)
			id = db_int(statement, 0) + 1;
	}
	db_reset(statement);
	return is_there ? 0 : id;
}

static void
insert(struct outbox *outbox, int64_t id, const struct outbox_order *order,
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
	run(outbox, statement);
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
outbox_add_job(struct outbox *outbox, const struct outbox_order *order,
    const struct outbox_event *event)
{
	int64_t id = number_job(outbox, order);

	if (id == 0 || id >> 8 != order->seq)
		return;
	outbox->ordered = id;
	if (order->stage != STAGE_READY || has_due_rows(outbox, order) ||
	    window_add(outbox->window, id, order, event) == NULL)
		insert(outbox, id, order, 0);
}

const char *
outbox_service_in_memory(const struct outbox *outbox, size_t number,
    const char **user)
{
	return window_service(outbox->window, number, user);
}

bool
outbox_take(struct outbox *outbox, const char *service, struct outbox_job *job)
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

	insert(outbox, job->id, &job->order, 0);
	window_remove(outbox->window, job);
	return is_new;
}

void
outbox_write_down_user(struct outbox *outbox, const char *user)
{
	struct window_job *job = window_first(outbox->window);

	while (job != NULL) {
		struct window_job *next = job->next;

		if (strcmp(job->order.user, user) == 0)
			(void)write_down(outbox, job);
		job = next;
	}
}

int64_t
outbox_write_down_in_ms(const struct outbox *outbox, int64_t age_ms)
{
	const struct window_job *first = window_first(outbox->window);

	return first != NULL ? first->added_ms + age_ms - clock_monotonic_ms()
	                     : INT64_MAX;
}

int64_t
outbox_crowded_in_ms(const struct outbox *outbox)
{
	int64_t first_ms = window_crowded_ms(outbox->window);

	return first_ms != INT64_MAX
	    ? first_ms + CROWD_WITHIN_MS - clock_monotonic_ms()
	    : 0;
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
outbox_write_down(struct outbox *outbox, int64_t age_ms)
{
	bool is_new = false;

	if (outbox_write_down_in_ms(outbox, age_ms) > 0)
		return false;
	outbox_begin(outbox);
	for (int i = 0;
	     i < OUTBOX_SLICE && outbox_write_down_in_ms(outbox, age_ms) <= 0;
	     i++)
		is_new |= write_down_first(outbox);
	outbox_commit(outbox);
	return is_new;
}

int32_t
outbox_count_waiting(struct outbox *outbox, const char *user)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_COUNT_WAITING);
	int32_t count = 0;

	db_bind_text(statement, 1, user);
	db_bind_int(statement, 2, last_folded(outbox));
	if (db_step(outbox->store.db, statement))
		count = (int32_t)db_int(statement, 0);
	db_reset(statement);
	for (const struct window_job *job = window_first(outbox->window);
	     job != NULL; job = job->next)
		count += strcmp(job->order.user, user) == 0;
	return count;
}

void
outbox_due_begin(struct outbox *outbox, const char *service, const char *user,
    int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	db_bind_text(statement, 1, service);
	db_bind_text(statement, 2, user);
	db_bind_time(outbox->store.db, statement, 3, now_ms);
}

bool
outbox_due_next(struct outbox *outbox, struct outbox_job *job)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	if (!db_step(db, statement))
		return false;
	job->id = db_int(statement, 0);
	job->due_ms = db_time(db, statement, 1);
	job->attempts = (int32_t)db_int(statement, 2);
	job->user = db_text(statement, 3);
	job->device = db_text(statement, 4);
	job->event_id = db_text(statement, 5);
	job->expires_ms = db_time(db, statement, 6);
	job->withdraws = db_int(statement, 7) != 0;
	job->reason = (int)db_int(statement, 8);
	job->cancelled = (int)db_int(statement, 9);
	job->digest = db_int(statement, 10);
	read_event(outbox, statement, 11, &job->event);
	return true;
}

void
outbox_due_end(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_DUE));
}

bool
outbox_due_user_after(struct outbox *outbox, const char *service,
    int64_t now_ms, char user[65], int *looks)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE_USER);
	bool has_row;
	bool is_due = false;

	do {
		(*looks)--;
		db_bind_text(statement, 1, service);
		db_bind_text(statement, 2, user);
		has_row = db_step(db, statement);
		if (has_row) {
			is_due = db_time(db, statement, 1) <= now_ms;
			(void)snprintf(user, 65, "%s", db_text(statement, 0));
		}
		db_reset(statement);
	} while (has_row && !is_due && *looks > 0);
	return is_due;
}

int64_t
outbox_next_due(struct outbox *outbox, const char *service, int64_t now_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_NEXT_DUE);
	int64_t due_ms = INT64_MAX;

	db_bind_text(statement, 1, service);
	db_bind_time(db, statement, 2, now_ms);
	if (db_step(db, statement))
		due_ms = db_time(db, statement, 0);
	db_reset(statement);
	return due_ms;
}

bool
outbox_service_after(struct outbox *outbox, char *service, size_t size,
    int64_t *due_ms, char user[65])
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_SERVICE_AFTER);
	bool has_row;

	db_bind_text(statement, 1, service);
	has_row = db_step(db, statement);
	if (has_row) {
		(void)snprintf(service, size, "%s", db_text(statement, 0));
		*due_ms = db_time(db, statement, 1);
		(void)snprintf(user, 65, "%s", db_text(statement, 2));
	}
	db_reset(statement);
	return has_row;
}

/* A row that is settled. Where its event may be judged again, it must be known
 * that this is done. */
static void
settle_row(struct outbox *outbox, int64_t id)
{
	bool must_remember = id >> 8 > mark_of(outbox);
	struct sqlite3_stmt *statement =
	    use(outbox, must_remember ? SQL_REMEMBER : SQL_SETTLE);

	behind_unlink(outbox->behind, id);
	db_bind_int(statement, 1, id);
	if (must_remember)
		db_bind_int(statement, 2, STAGE_DONE);
	run(outbox, statement);
}

void
outbox_settle(struct outbox *outbox, int64_t id)
{
	struct window_job *job = window_find(outbox->window, id);
	struct outbox_order order;

	if (job == NULL) {
		settle_row(outbox, id);
		return;
	}
	/* Others may be before it, or for the same event. */
	order = job->order;
	if ((job->previous != NULL) ||
	    (job->next != NULL && job->next->order.seq == order.seq)) {
		order.stage = STAGE_DONE;
		order.service = "";
		insert(outbox, id, &order, 0);
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
	insert(outbox, id, &order, attempts);
	window_remove(outbox->window, job);
	return true;
}

void
outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts)
{
	struct sqlite3_stmt *statement;

	if (insert_later(outbox, job, NULL, due_ms, attempts))
		return;
	statement = use(outbox, SQL_POSTPONE);
	db_bind_int(statement, 1, job);
	db_bind_time(outbox->store.db, statement, 2, due_ms);
	db_bind_int(statement, 3, attempts);
	run(outbox, statement);
}

void
outbox_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms)
{
	struct sqlite3_stmt *statement;

	if (insert_later(outbox, job, service, due_ms, 0))
		return;
	statement = use(outbox, SQL_MOVE);
	db_bind_int(statement, 1, job);
	db_bind_text(statement, 2, service);
	db_bind_time(outbox->store.db, statement, 3, due_ms);
	run(outbox, statement);
}

/* One that a job stands for now, and that is in the tables (id is the last that can
 * be), or is that id.
 * Returns: its id; 0 = none. */
static int64_t
find_replaced(struct outbox *outbox, enum statement number, int64_t shown_id,
    const struct outbox_order *shown, int64_t id)
{
	struct sqlite3_stmt *statement = use(outbox, number);
	int64_t replaced = 0;

	db_bind_int(statement, 1, shown_id);
	db_bind_text(statement, 2, shown->user);
	db_bind_text(statement, 3, shown->device);
	if (number == SQL_REPLACED) {
		db_bind_int(statement, 4, shown->thread);
		db_bind_int(statement, 5, shown->request);
	}
	db_bind_int(statement, 6, shown->kind);
	db_bind_int(statement, 7, id);
	if (db_step(outbox->store.db, statement))
		replaced = db_int(statement, 0);
	db_reset(statement);
	return replaced;
}

/* Among those that no table has. */
static void
settle_new_replaced(struct outbox *outbox, int64_t id,
    const struct outbox_order *shown)
{
	struct behind_key key = {
		.user = shown->user,
		.thread = shown->thread,
		.request = shown->request,
	};
	struct behind_slice slice;

	do {
		behind_new_of(outbox->behind, &key, &slice);
		for (size_t i = 0; i < slice.count; i++) {
			key.after = slice.ids[i];
			if (find_replaced(outbox, SQL_IS_REPLACED, id, shown,
			        key.after) == 0)
				continue;
			settle_row(outbox, key.after);
		}
	} while (slice.count == BEHIND_SLICE);
}

/* What has the same identity as a job that is shown, by push/opaque.h, is no
 * longer there, and must not be withdrawn in its place. */
static void
settle_replaced(struct outbox *outbox, int64_t id,
    const struct outbox_order *shown)
{
	int64_t replaced;

	settle_new_replaced(outbox, id, shown);
	while ((replaced = find_replaced(outbox, SQL_REPLACED, id, shown,
	            last_folded(outbox))) != 0)
		settle_row(outbox, replaced);
}

/* From memory to the shown ones, in one step. */
static void
show_new(struct outbox *outbox, struct window_job *job, int64_t until_ms)
{
	struct outbox_order order = job->order;

	order.stage = STAGE_SHOWN;
	order.service = "";
	order.due_ms = until_ms;
	insert(outbox, job->id, &order, 0);
	settle_replaced(outbox, job->id, &order);
	window_remove(outbox->window, job);
}

/* A digest stands for several: it is no session's, but a note. */
static int
show_row(struct outbox *outbox, int64_t id, int64_t until_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *find = use(outbox, SQL_FOR_SHOW);
	struct sqlite3_stmt *show = use(outbox, SQL_SHOW);
	struct outbox_order order = { .seq = id >> 8 };
	int cancelled;

	db_bind_int(find, 1, id);
	if (!db_step(db, find))
		return 0;
	cancelled = (int)db_int(find, 0);
	order.user = db_text(find, 1);
	order.device = db_text(find, 2);
	order.thread = db_int(find, 3);
	order.request = db_int(find, 4);
	order.kind =
	    db_int(find, 6) == REASON_DIGEST ? KIND_NOTE : (int)db_int(find, 5);
	db_bind_int(show, 1, id);
	db_bind_int(show, 2, STAGE_SHOWN);
	db_bind_time(db, show, 3, until_ms);
	db_bind_int(show, 4, order.kind);
	run(outbox, show);
	settle_replaced(outbox, id, &order);
	db_reset(find);
	return cancelled;
}

int
outbox_show(struct outbox *outbox, int64_t id, int64_t until_ms)
{
	struct window_job *job = window_find(outbox->window, id);

	if (job == NULL)
		return show_row(outbox, id, until_ms);
	show_new(outbox, job, until_ms);
	return REASON_NONE;
}

static int64_t
settle_device(struct outbox *outbox, enum statement number,
    const struct outbox_order *of)
{
	struct sqlite3_stmt *statement = use(outbox, number);

	db_bind_text(statement, 1, of->user);
	db_bind_text(statement, 2, of->device);
	db_bind_int(statement, 3, of->seq);
	db_bind_int(statement, 4, OUTBOX_SLICE);
	db_bind_int(statement, 5, last_folded(outbox));
	run(outbox, statement);
	return db_changes(outbox->store.db);
}

bool
outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device, int64_t seq)
{
	const struct outbox_order of = {
		.user = user,
		.device = device,
		.seq = seq,
	};

	return settle_device(outbox, SQL_SETTLE_DEVICE, &of) >= OUTBOX_SLICE ||
	    settle_device(outbox, SQL_SETTLE_NEW, &of) >= OUTBOX_SLICE;
}

void
outbox_follow_clock(struct outbox *outbox, int64_t step_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_OFFSET);

	outbox_begin(outbox);
	db_set_offset(db, db_offset(db) + step_ms);
	db_bind_int(statement, 1, db_offset(db));
	run(outbox, statement);
	outbox_commit(outbox);
}

/* Where a slice of a table ends that begins after a row; that row at the end. */
static int64_t
end_of_slice(struct outbox *outbox, enum statement number, int64_t after)
{
	struct sqlite3_stmt *statement = use(outbox, number);
	int64_t last = after;

	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, OUTBOX_SLICE);
	if (db_step(outbox->store.db, statement))
		last = db_int(statement, 0);
	db_reset(statement);
	return last;
}

bool
outbox_purge(struct outbox *outbox, int64_t now_ms)
{
	struct db *db = outbox->store.db;
	int at = outbox->purging;
	int64_t *cursor = &outbox->purged[at];
	int64_t last;
	bool is_end;

	/* Events go when their ids are written down. */
	outbox->wants_fold |= at == 0;
	outbox_begin(outbox);
	last = end_of_slice(outbox, purges[at].last, *cursor);
	is_end = last == *cursor;
	if (!is_end) {
		struct sqlite3_stmt *statement = use(outbox, purges[at].purge);

		db_bind_int(statement, 1, *cursor);
		db_bind_int(statement, 2, last);
		if (purges[at].purge != SQL_PURGE_EVENTS)
			db_bind_time(db, statement, 3,
			    now_ms - purges[at].age_ms);
		run(outbox, statement);
		*cursor = last;
	} else {
		outbox->purging = (at + 1) % (int)COUNT_OF(purges);
		*cursor = INT64_MIN;
	}
	outbox_commit(outbox);
	return !is_end || outbox->purging != 0;
}

void
outbox_leave(struct outbox *outbox)
{
	(void)reserve_take(outbox->store.directory);
}
