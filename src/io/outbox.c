#include "io/outbox.h"

#include "core/decide.h"
#include "io/clock.h"
#include "io/db.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum statement {
	SQL_STORE,
	SQL_EXTENT,
	SQL_EVENT_AFTER,
	SQL_CLAIM,
	SQL_RELEASE_OLD,
	SQL_DISCARD,
	SQL_ADD_JOB,
	SQL_DUE,
	SQL_NEXT_DUE,
	SQL_SERVICE_AFTER,
	SQL_SETTLE,
	SQL_POSTPONE,
	SQL_MOVE,
	SQL_SHOW,
	SQL_REPLACE,
	SQL_SETTLE_DEVICE,
	SQL_SHIFT,
	SQL_SHIFT_JOBS,
	SQL_SHIFT_HELD,
	SQL_SHIFT_BUCKETS,
	SQL_ALL_DUE,
	SQL_PURGE_SHOWN,
	SQL_PURGE_ASKS,
	SQL_PURGE,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_STORE] =
	    "INSERT INTO event(seq, arrived_ms, expires_ms, topic, payload)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_EXTENT] = "SELECT coalesce("
	               " (SELECT min(seq) - 1 FROM event WHERE user IS NULL),"
	               " (SELECT max(seq) FROM event), 0),"
	               " (SELECT coalesce(max(seq), 0) FROM event)",
	[SQL_EVENT_AFTER] =
	    "SELECT seq, arrived_ms, expires_ms, topic, payload FROM event"
	    " WHERE seq > ?1 ORDER BY seq LIMIT 1",
	[SQL_CLAIM] = "UPDATE OR IGNORE event SET user = ?2, id = ?3,"
	              " thread = ?4 WHERE seq = ?1",
	[SQL_RELEASE_OLD] =
	    "UPDATE event SET id = NULL WHERE user = ?1 AND id = ?2"
	    " AND arrived_ms < ?3",
	[SQL_DISCARD] = "UPDATE event SET user = '' WHERE seq = ?1",
	[SQL_ADD_JOB] =
	    "INSERT INTO job(stage, service, due_ms, attempts, seq, user,"
	    " thread, request, device, kind, expires_ms, withdraws, reason,"
	    " cancelled, carrier)"
	    " VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, 0)",
	[SQL_DUE] =
	    "SELECT job.id, job.due_ms, job.attempts, job.user, job.device,"
	    "  event.id, job.expires_ms, job.withdraws, job.reason,"
	    "  job.cancelled, event.seq, event.arrived_ms, event.expires_ms,"
	    "  event.topic, event.payload"
	    " FROM job JOIN event ON event.seq = job.seq"
	    " WHERE job.stage = 0 AND job.service = ?1 AND job.due_ms <= ?2"
	    " ORDER BY job.due_ms, job.id",
	[SQL_NEXT_DUE] = "SELECT due_ms FROM job WHERE stage = 0"
	                 " AND service = ?1 AND due_ms > ?2"
	                 " ORDER BY due_ms LIMIT 1",
	[SQL_SETTLE] = "DELETE FROM job WHERE id = ?1",
	[SQL_POSTPONE] = "UPDATE job SET due_ms = ?2, attempts = ?3"
	                 " WHERE id = ?1",
	[SQL_SERVICE_AFTER] = "SELECT service FROM job WHERE stage = 0"
	                      " AND service > ?1 ORDER BY service LIMIT 1",
	[SQL_MOVE] = "UPDATE job SET service = ?2, due_ms = ?3, attempts = 0"
	             " WHERE id = ?1",
	/* A digest stands for several: it is no session's, but a note. */
	[SQL_SHOW] = "UPDATE job SET stage = 6, service = '', due_ms = ?2,"
	             " kind = iif(reason = ?3, ?4, kind)"
	             " WHERE id = ?1"
	             " RETURNING cancelled, user, thread, request, device,"
	             "  kind",
	/* What has the same identity, by push/opaque.h, is no longer there,
	 * and must not be withdrawn in its place. The first two kinds are those
	 * that need an answer. */
	[SQL_REPLACE] = "DELETE FROM job WHERE user = ?2 AND thread = ?3"
	                " AND request = ?4 AND device = ?5"
	                " AND (stage = 6 OR withdraws) AND id <> ?1"
	                " AND (kind < 2) = (?6 < 2)",
	[SQL_SETTLE_DEVICE] = "DELETE FROM job WHERE user = ?1"
	                      " AND device = ?2",
	[SQL_SHIFT] = "UPDATE event SET arrived_ms = arrived_ms + ?1,"
	              "  expires_ms = expires_ms + iif(expires_ms > 0, ?1, 0)"
	              " WHERE seq <= ?2",
	[SQL_SHIFT_JOBS] =
	    "UPDATE job SET due_ms = due_ms + iif(stage IN (4, 6), ?1, 0),"
	    " expires_ms = expires_ms + iif(expires_ms > 0, ?1, 0)",
	[SQL_SHIFT_HELD] = "UPDATE job SET due_ms = due_ms + ?1"
	                   " WHERE stage IN (1, 2)",
	[SQL_SHIFT_BUCKETS] = "UPDATE bucket SET full_us = full_us + ?1 * 1000",
	[SQL_ALL_DUE] = "UPDATE job SET due_ms = min(due_ms, ?1)"
	                " WHERE stage IN (0, 3)",
	[SQL_PURGE_SHOWN] = "DELETE FROM job WHERE stage = 6"
	                    " AND service = '' AND due_ms < ?1",
	[SQL_PURGE_ASKS] = "DELETE FROM ask WHERE expires_ms < ?1",
	[SQL_PURGE] = "DELETE FROM event WHERE arrived_ms < ?1"
	              " AND user IS NOT NULL"
	              " AND seq < (SELECT max(seq) FROM event)"
	              " AND seq NOT IN (SELECT seq FROM job)",
};

struct outbox {
	struct store store;
	bool must_sync; /* what arrives, before the broker is answered */
	int64_t newest; /* seq of an event, under the file's lock */
	struct sqlite3_stmt *prepared[SQL_COUNT];
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

enum status
outbox_open(const struct settings *settings, struct outbox **outbox,
    struct fault *fault)
{
	struct outbox *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;
	int64_t decided;

	if (fresh != NULL)
		status = store_open(settings, &fresh->store, fault);
	if (status != STATUS_OK) {
		free(fresh);
		return status;
	}
	fresh->must_sync = settings->state.durability == DURABILITY_POWER;
	outbox_extent(fresh, &decided, &fresh->newest);
	*outbox = fresh;
	return STATUS_OK;
}

void
outbox_close(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
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
		db_bind_int(statement, 2, event->arrived_ms);
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
}

void
outbox_commit(struct outbox *outbox)
{
	/* A reader left open would keep the log file from being taken in. */
	db_reset(use(outbox, SQL_EVENT_AFTER));
	db_commit(outbox->store.db);
}

void
outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EXTENT);

	(void)db_step(outbox->store.db, statement);
	*decided = db_int(statement, 0);
	*newest = db_int(statement, 1);
	db_reset(statement);
}

static void
read_event(struct sqlite3_stmt *statement, int first,
    struct outbox_event *event)
{
	event->seq = db_int(statement, first);
	event->arrived_ms = db_int(statement, first + 1);
	event->expires_ms = db_int(statement, first + 2);
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
	read_event(statement, 0, event);
	return true;
}

/* Whether the id was free. */
static bool
try_claim(struct outbox *outbox, int64_t seq, const struct outbox_name *name)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_CLAIM);

	db_bind_int(statement, 1, seq);
	db_bind_text(statement, 2, name->user);
	db_bind_text(statement, 3, name->id);
	db_bind_text(statement, 4, name->thread);
	run(outbox, statement);
	return db_changes(outbox->store.db) > 0;
}

bool
outbox_claim(struct outbox *outbox, int64_t seq, const struct outbox_name *name)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_RELEASE_OLD);

	if (try_claim(outbox, seq, name))
		return true;
	db_bind_text(statement, 1, name->user);
	db_bind_text(statement, 2, name->id);
	db_bind_int(statement, 3, clock_now_ms() - OUTBOX_DEDUP_MS);
	run(outbox, statement);
	return db_changes(outbox->store.db) > 0 && try_claim(outbox, seq, name);
}

void
outbox_discard(struct outbox *outbox, int64_t seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	db_bind_int(statement, 1, seq);
	run(outbox, statement);
}

void
outbox_add_job(struct outbox *outbox, const struct outbox_order *order)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_ADD_JOB);

	db_bind_int(statement, 1, (int)order->stage);
	db_bind_text(statement, 2, order->service);
	db_bind_int(statement, 3, order->due_ms);
	db_bind_int(statement, 4, order->seq);
	db_bind_text(statement, 5, order->user);
	db_bind_text(statement, 6, order->thread);
	db_bind_text(statement, 7, order->request);
	db_bind_text(statement, 8, order->device);
	db_bind_int(statement, 9, order->kind);
	db_bind_int(statement, 10, order->expires_ms);
	run(outbox, statement);
}

void
outbox_due_begin(struct outbox *outbox, const char *service, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	db_bind_text(statement, 1, service);
	db_bind_int(statement, 2, now_ms);
}

bool
outbox_due_next(struct outbox *outbox, struct outbox_job *job)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	if (!db_step(outbox->store.db, statement))
		return false;
	job->id = db_int(statement, 0);
	job->due_ms = db_int(statement, 1);
	job->attempts = (int32_t)db_int(statement, 2);
	job->user = db_text(statement, 3);
	job->device = db_text(statement, 4);
	job->event_id = db_text(statement, 5);
	job->expires_ms = db_int(statement, 6);
	job->withdraws = db_int(statement, 7) != 0;
	job->reason = (int)db_int(statement, 8);
	job->cancelled = (int)db_int(statement, 9);
	read_event(statement, 10, &job->event);
	return true;
}

void
outbox_due_end(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_DUE));
}

int64_t
outbox_next_due(struct outbox *outbox, const char *service, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_NEXT_DUE);
	int64_t due_ms = INT64_MAX;

	db_bind_text(statement, 1, service);
	db_bind_int(statement, 2, now_ms);
	if (db_step(outbox->store.db, statement))
		due_ms = db_int(statement, 0);
	db_reset(statement);
	return due_ms;
}

bool
outbox_service_after(struct outbox *outbox, const char *after, char *service,
    size_t size)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SERVICE_AFTER);
	bool has_row;

	db_bind_text(statement, 1, after);
	has_row = db_step(outbox->store.db, statement);
	if (has_row)
		(void)snprintf(service, size, "%s", db_text(statement, 0));
	db_reset(statement);
	return has_row;
}

void
outbox_settle(struct outbox *outbox, int64_t job)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SETTLE);

	db_bind_int(statement, 1, job);
	run(outbox, statement);
}

void
outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_POSTPONE);

	db_bind_int(statement, 1, job);
	db_bind_int(statement, 2, due_ms);
	db_bind_int(statement, 3, attempts);
	run(outbox, statement);
}

static void
bind_shown(struct sqlite3_stmt *replace, struct sqlite3_stmt *shown)
{
	for (int i = 1; i <= 4; i++)
		db_bind_text(replace, i + 1, db_text(shown, i));
	db_bind_int(replace, 6, db_int(shown, 5));
}

int
outbox_show(struct outbox *outbox, int64_t job, int64_t until_ms)
{
	struct sqlite3_stmt *show = use(outbox, SQL_SHOW);
	struct sqlite3_stmt *replace = use(outbox, SQL_REPLACE);
	int cancelled;

	db_bind_int(show, 1, job);
	db_bind_int(show, 2, until_ms);
	db_bind_int(show, 3, REASON_DIGEST);
	db_bind_int(show, 4, KIND_NOTE);
	if (!db_step(outbox->store.db, show))
		return 0;
	cancelled = (int)db_int(show, 0);
	db_bind_int(replace, 1, job);
	bind_shown(replace, show);
	run(outbox, replace);
	db_reset(show);
	return cancelled;
}

void
outbox_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_MOVE);

	db_bind_int(statement, 1, job);
	db_bind_text(statement, 2, service);
	db_bind_int(statement, 3, due_ms);
	run(outbox, statement);
}

void
outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SETTLE_DEVICE);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, device);
	run(outbox, statement);
}

static void
run_with(struct outbox *outbox, enum statement number, int64_t value)
{
	struct sqlite3_stmt *statement = use(outbox, number);

	db_bind_int(statement, 1, value);
	run(outbox, statement);
}

void
outbox_follow_clock(struct outbox *outbox, int64_t step_ms, int64_t last_seq)
{
	struct sqlite3_stmt *shift = use(outbox, SQL_SHIFT);

	outbox_begin(outbox);
	db_bind_int(shift, 1, step_ms);
	db_bind_int(shift, 2, last_seq);
	run(outbox, shift);
	run_with(outbox, SQL_SHIFT_JOBS, step_ms);
	run_with(outbox, SQL_SHIFT_BUCKETS, step_ms);
	run_with(outbox, SQL_ALL_DUE, clock_now_ms());
	outbox_commit(outbox);
}

void
outbox_move_held(struct outbox *outbox, int64_t step_ms)
{
	run_with(outbox, SQL_SHIFT_HELD, step_ms);
}

void
outbox_purge(struct outbox *outbox, int64_t now_ms)
{
	run_with(outbox, SQL_PURGE_SHOWN, now_ms);
	run_with(outbox, SQL_PURGE_ASKS, now_ms);
	run_with(outbox, SQL_PURGE, now_ms - OUTBOX_DEDUP_MS);
}
