#include "io/outbox.h"

#include "io/clock.h"
#include "io/db.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum statement {
	SQL_STORE,
	SQL_BEGIN,
	SQL_COMMIT,
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
	SQL_SETTLE_DEVICE,
	SQL_SHIFT,
	SQL_ALL_DUE,
	SQL_PURGE,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_STORE] =
	    "INSERT INTO event(arrived_ms, expires_ms, topic, payload)"
	    " VALUES(?1, ?2, ?3, ?4)",
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_EXTENT] = "SELECT coalesce("
	               " (SELECT min(seq) - 1 FROM event WHERE user IS NULL),"
	               " (SELECT max(seq) FROM event), 0),"
	               " (SELECT coalesce(max(seq), 0) FROM event)",
	[SQL_EVENT_AFTER] =
	    "SELECT seq, arrived_ms, expires_ms, topic, payload FROM event"
	    " WHERE seq > ?1 ORDER BY seq LIMIT 1",
	[SQL_CLAIM] = "UPDATE OR IGNORE event SET user = ?2, id = ?3"
	              " WHERE seq = ?1",
	[SQL_RELEASE_OLD] =
	    "UPDATE event SET id = NULL WHERE user = ?1 AND id = ?2"
	    " AND arrived_ms < ?3",
	[SQL_DISCARD] = "UPDATE event SET user = '' WHERE seq = ?1",
	[SQL_ADD_JOB] =
	    "INSERT INTO job(service, due_ms, attempts, seq, device)"
	    " VALUES(?1, ?2, 0, ?3, ?4)",
	[SQL_DUE] =
	    "SELECT job.id, job.due_ms, job.attempts, event.user, job.device,"
	    "  event.id, event.seq, event.arrived_ms, event.expires_ms,"
	    "  event.topic, event.payload"
	    " FROM job JOIN event ON event.seq = job.seq"
	    " WHERE job.service = ?1 AND job.due_ms <= ?2"
	    " ORDER BY job.due_ms, job.id",
	[SQL_NEXT_DUE] = "SELECT due_ms FROM job WHERE service = ?1"
	                 " AND due_ms > ?2 ORDER BY due_ms LIMIT 1",
	[SQL_SERVICE_AFTER] = "SELECT service FROM job WHERE service > ?1"
	                      " ORDER BY service LIMIT 1",
	[SQL_SETTLE] = "DELETE FROM job WHERE id = ?1",
	[SQL_POSTPONE] = "UPDATE job SET due_ms = ?2, attempts = ?3"
	                 " WHERE id = ?1",
	[SQL_MOVE] = "UPDATE job SET service = ?2, due_ms = ?3, attempts = 0"
	             " WHERE id = ?1",
	[SQL_SETTLE_DEVICE] = "DELETE FROM job WHERE device = ?2 AND seq IN"
	                      " (SELECT seq FROM event WHERE user = ?1)",
	[SQL_SHIFT] = "UPDATE event SET arrived_ms = arrived_ms + ?1,"
	              "  expires_ms = expires_ms + iif(expires_ms > 0, ?1, 0)"
	              " WHERE seq <= ?2",
	[SQL_ALL_DUE] = "UPDATE job SET due_ms = min(due_ms, ?1)",
	[SQL_PURGE] = "DELETE FROM event WHERE arrived_ms < ?1"
	              " AND user IS NOT NULL"
	              " AND seq < (SELECT max(seq) FROM event)"
	              " AND seq NOT IN (SELECT seq FROM job)",
};

struct outbox {
	struct store store;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[number],
	    statements[number]);
}

static enum status
run(struct outbox *outbox, struct sqlite3_stmt *statement)
{
	return db_run(outbox->store.db, statement);
}

enum status
outbox_open(const struct settings *settings, bool is_intake,
    struct outbox **outbox, struct fault *fault)
{
	struct outbox *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;

	if (fresh != NULL)
		status = store_open(settings, is_intake, &fresh->store, fault);
	if (status == STATUS_OK)
		*outbox = fresh;
	else
		free(fresh);
	return status;
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

enum status
outbox_store(struct outbox *outbox, const struct outbox_event *event,
    int64_t *seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_STORE);
	enum status status;

	db_bind_int(statement, 1, event->arrived_ms);
	db_bind_int(statement, 2, event->expires_ms);
	db_bind_text(statement, 3, event->topic);
	db_bind_blob(statement, 4, event->payload, event->len);
	status = run(outbox, statement);
	*seq = db_last_rowid(outbox->store.db);
	return status;
}

enum status
outbox_begin(struct outbox *outbox)
{
	return run(outbox, use(outbox, SQL_BEGIN));
}

enum status
outbox_commit(struct outbox *outbox)
{
	/* A reader left open would keep the log file from being taken in. */
	db_reset(use(outbox, SQL_EVENT_AFTER));
	return run(outbox, use(outbox, SQL_COMMIT));
}

enum status
outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EXTENT);
	bool has_row = false;
	enum status status = db_step(outbox->store.db, statement, &has_row);

	if (status != STATUS_OK)
		return status;
	*decided = db_int(statement, 0);
	*newest = db_int(statement, 1);
	db_reset(statement);
	return STATUS_OK;
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

enum status
outbox_event_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EVENT_AFTER);
	bool has_row = false;
	enum status status;

	/* What was borrowed from the last call ends with this one. */
	db_reset(statement);
	db_bind_int(statement, 1, seq);
	status = db_step(outbox->store.db, statement, &has_row);
	event->seq = 0;
	if (has_row)
		read_event(statement, 0, event);
	return status;
}

/* Whether the id was free. */
static enum status
try_claim(struct outbox *outbox, int64_t seq, const char *user, const char *id,
    bool *is_free)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_CLAIM);
	enum status status;

	db_bind_int(statement, 1, seq);
	db_bind_text(statement, 2, user);
	db_bind_text(statement, 3, id);
	status = run(outbox, statement);
	*is_free = db_changes(outbox->store.db) > 0;
	return status;
}

enum status
outbox_claim(struct outbox *outbox, int64_t seq, const char *user,
    const char *id, bool *is_duplicate)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_RELEASE_OLD);
	bool is_free = false;
	enum status status = try_claim(outbox, seq, user, id, &is_free);

	if (status == STATUS_OK && !is_free) {
		db_bind_text(statement, 1, user);
		db_bind_text(statement, 2, id);
		db_bind_int(statement, 3, clock_now_ms() - OUTBOX_DEDUP_MS);
		status = run(outbox, statement);
		if (status == STATUS_OK && db_changes(outbox->store.db) > 0)
			status = try_claim(outbox, seq, user, id, &is_free);
	}
	*is_duplicate = !is_free;
	return status;
}

enum status
outbox_discard(struct outbox *outbox, int64_t seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	db_bind_int(statement, 1, seq);
	return run(outbox, statement);
}

enum status
outbox_add_job(struct outbox *outbox, const struct outbox_order *order)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_ADD_JOB);

	db_bind_text(statement, 1, order->service);
	db_bind_int(statement, 2, order->due_ms);
	db_bind_int(statement, 3, order->seq);
	db_bind_text(statement, 4, order->device);
	return run(outbox, statement);
}

enum status
outbox_due_begin(struct outbox *outbox, const char *service, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	db_bind_text(statement, 1, service);
	db_bind_int(statement, 2, now_ms);
	return STATUS_OK;
}

enum status
outbox_due_next(struct outbox *outbox, struct outbox_job *job)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);
	bool has_row = false;
	enum status status = db_step(outbox->store.db, statement, &has_row);

	job->id = 0;
	if (!has_row)
		return status;
	job->id = db_int(statement, 0);
	job->due_ms = db_int(statement, 1);
	job->attempts = (int32_t)db_int(statement, 2);
	job->user = db_text(statement, 3);
	job->device = db_text(statement, 4);
	job->event_id = db_text(statement, 5);
	read_event(statement, 6, &job->event);
	return STATUS_OK;
}

void
outbox_due_end(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_DUE));
}

enum status
outbox_next_due(struct outbox *outbox, const char *service, int64_t now_ms,
    int64_t *due_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_NEXT_DUE);
	bool has_row = false;
	enum status status;

	db_bind_text(statement, 1, service);
	db_bind_int(statement, 2, now_ms);
	status = db_step(outbox->store.db, statement, &has_row);
	*due_ms = has_row ? db_int(statement, 0) : INT64_MAX;
	db_reset(statement);
	return status;
}

enum status
outbox_service_after(struct outbox *outbox, const char *after, char *service,
    size_t size)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SERVICE_AFTER);
	bool has_row = false;
	enum status status;

	db_bind_text(statement, 1, after);
	status = db_step(outbox->store.db, statement, &has_row);
	(void)snprintf(service, size, "%s",
	    has_row ? db_text(statement, 0) : "");
	db_reset(statement);
	return status;
}

enum status
outbox_settle(struct outbox *outbox, int64_t job)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SETTLE);

	db_bind_int(statement, 1, job);
	return run(outbox, statement);
}

enum status
outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_POSTPONE);

	db_bind_int(statement, 1, job);
	db_bind_int(statement, 2, due_ms);
	db_bind_int(statement, 3, attempts);
	return run(outbox, statement);
}

enum status
outbox_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_MOVE);

	db_bind_int(statement, 1, job);
	db_bind_text(statement, 2, service);
	db_bind_int(statement, 3, due_ms);
	return run(outbox, statement);
}

enum status
outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_SETTLE_DEVICE);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, device);
	return run(outbox, statement);
}

enum status
outbox_follow_clock(struct outbox *outbox, int64_t step_ms, int64_t last_seq)
{
	struct sqlite3_stmt *shift = use(outbox, SQL_SHIFT);
	struct sqlite3_stmt *all_due = use(outbox, SQL_ALL_DUE);
	enum status status = outbox_begin(outbox);

	db_bind_int(shift, 1, step_ms);
	db_bind_int(shift, 2, last_seq);
	db_bind_int(all_due, 1, clock_now_ms());
	if (status == STATUS_OK)
		status = run(outbox, shift);
	if (status == STATUS_OK)
		status = run(outbox, all_due);
	if (status == STATUS_OK)
		status = outbox_commit(outbox);
	return status;
}

enum status
outbox_purge(struct outbox *outbox, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_PURGE);

	db_bind_int(statement, 1, now_ms - OUTBOX_DEDUP_MS);
	return run(outbox, statement);
}
