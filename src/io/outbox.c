#include "io/outbox.h"

#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 10000 /* the other handle holds the file this long? */
#define PATH_LONGEST (SETTING_MAX + 16)

/* The newest event is never deleted, so that a seq is never used twice. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS bridge("
    "  key BLOB NOT NULL"
    ");"
    "CREATE TABLE IF NOT EXISTS event("
    "  seq INTEGER PRIMARY KEY,"
    "  arrived_ms INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  payload BLOB NOT NULL,"
    "  user TEXT," /* NULL = not decided, '' = discarded */
    "  id TEXT"
    ");"
    "CREATE UNIQUE INDEX IF NOT EXISTS event_id ON event(user, id)"
    "  WHERE id IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS job("
    "  id INTEGER PRIMARY KEY,"
    "  service TEXT NOT NULL,"
    "  due_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL REFERENCES event,"
    "  device TEXT NOT NULL"
    ");"
    "CREATE INDEX IF NOT EXISTS job_due ON job(service, due_ms);"
    "PRAGMA user_version = 1;";

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
	SQL_SETTLE,
	SQL_POSTPONE,
	SQL_SETTLE_DEVICE,
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
	[SQL_NEXT_DUE] = "SELECT min(due_ms) FROM job"
	                 " WHERE service = ?1 AND due_ms > ?2",
	[SQL_SETTLE] = "DELETE FROM job WHERE id = ?1",
	[SQL_POSTPONE] = "UPDATE job SET due_ms = ?2, attempts = ?3"
	                 " WHERE id = ?1",
	[SQL_SETTLE_DEVICE] = "DELETE FROM job WHERE device = ?2 AND seq IN"
	                      " (SELECT seq FROM event WHERE user = ?1)",
	[SQL_PURGE] = "DELETE FROM event WHERE arrived_ms < ?1"
	              " AND user IS NOT NULL"
	              " AND seq < (SELECT max(seq) FROM event)"
	              " AND seq NOT IN (SELECT seq FROM job)",
};

struct outbox {
	sqlite3 *db;
	sqlite3_stmt *prepared[SQL_COUNT];
	int lock; /* held while the bridge runs; -1 for the intake's handle */
	uint8_t key[OUTBOX_KEY_LEN];
};

/* Say once why the file failed; the caller ends the process. */
static enum status
failed(const struct outbox *outbox)
{
	log_error("outbox: %s", sqlite3_errmsg(outbox->db));
	return STATUS_IO;
}

static sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	sqlite3_stmt **slot = &outbox->prepared[number];

	if (*slot == NULL)
		(void)sqlite3_prepare_v3(outbox->db, statements[number], -1,
		    SQLITE_PREPARE_PERSISTENT, slot, NULL);
	return *slot;
}

/* A missing statement makes every bind and step fail, and so is found here. */
static enum status
run(struct outbox *outbox, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	(void)sqlite3_reset(statement);
	return code == SQLITE_DONE || code == SQLITE_ROW ? STATUS_OK
	                                                 : failed(outbox);
}

static void
bind_text(sqlite3_stmt *statement, int number, const char *text)
{
	(void)sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

static void
bind_int(sqlite3_stmt *statement, int number, int64_t value)
{
	(void)sqlite3_bind_int64(statement, number, value);
}

static const char *
text_column(sqlite3_stmt *statement, int number)
{
	const char *text = (const char *)sqlite3_column_text(statement, number);

	return text != NULL ? text : "";
}

static enum status
execute(struct outbox *outbox, const char *sql, struct fault *fault)
{
	if (sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return STATUS_OK;
	fault_set(fault, "%s", sqlite3_errmsg(outbox->db));
	return STATUS_IO;
}

/* Two bridges on one outbox would push everything twice. */
static enum status
take_lock(struct outbox *outbox, const char *directory, struct fault *fault)
{
	char path[PATH_LONGEST];

	(void)snprintf(path, sizeof(path), "%s/nudge.lock", directory);
	outbox->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (outbox->lock < 0) {
		fault_set(fault, "cannot write in the state directory %s: %s",
		    directory, strerror(errno));
		return STATUS_IO;
	}
	if (flock(outbox->lock, LOCK_EX | LOCK_NB) < 0) {
		fault_set(fault,
		    "another nudge is running with the state "
		    "directory %s",
		    directory);
		return STATUS_IO;
	}
	return STATUS_OK;
}

static enum status
read_key(struct outbox *outbox, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_IO;

	if (sqlite3_prepare_v2(outbox->db, "SELECT key FROM bridge", -1,
	        &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_bytes(statement, 0) == OUTBOX_KEY_LEN) {
		memcpy(outbox->key, sqlite3_column_blob(statement, 0),
		    OUTBOX_KEY_LEN);
		status = STATUS_OK;
	}
	(void)sqlite3_finalize(statement);
	if (status == STATUS_OK)
		return STATUS_OK;

	clock_random(outbox->key, OUTBOX_KEY_LEN);
	status = execute(outbox, "DELETE FROM bridge", fault);
	if (status == STATUS_OK &&
	    sqlite3_prepare_v2(outbox->db, "INSERT INTO bridge VALUES(?1)", -1,
	        &statement, NULL) == SQLITE_OK) {
		(void)sqlite3_bind_blob(statement, 1, outbox->key,
		    OUTBOX_KEY_LEN, SQLITE_STATIC);
		status = run(outbox, statement);
		(void)sqlite3_finalize(statement);
	}
	return status;
}

/* Only what the intake commits must reach the disk before the broker is
 * answered. A lost decision is made again from the event, and a lost "done"
 * costs one repeat with the same identity: neither needs its own fsync. */
static enum status
set_up(struct outbox *outbox, const struct settings *settings, bool is_intake,
    struct fault *fault)
{
	bool must_sync =
	    is_intake && settings->state.durability == DURABILITY_POWER;
	enum status status;

	(void)sqlite3_busy_timeout(outbox->db, BUSY_TIMEOUT_MS);
	status = execute(outbox,
	    "PRAGMA journal_mode = WAL; PRAGMA cache_size = -256;", fault);
	if (status == STATUS_OK)
		status = execute(outbox,
		    must_sync ? "PRAGMA synchronous = FULL"
		              : "PRAGMA synchronous = NORMAL",
		    fault);
	if (status == STATUS_OK && !is_intake)
		status = execute(outbox, schema, fault);
	if (status == STATUS_OK && !is_intake)
		status = read_key(outbox, fault);
	return status;
}

enum status
outbox_open(const struct settings *settings, bool is_intake,
    struct outbox **outbox, struct fault *fault)
{
	const char *directory = settings->state.directory;
	struct outbox *fresh = calloc(1, sizeof(*fresh));
	char path[PATH_LONGEST];
	enum status status = STATUS_OK;
	mode_t mask;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->lock = -1;
	mask = umask(077); /* what people write to their agents is private */
	if (!is_intake)
		status = take_lock(fresh, directory, fault);
	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	if (status == STATUS_OK &&
	    sqlite3_open(path, &fresh->db) != SQLITE_OK) {
		fault_set(fault, "%s: %s", path, sqlite3_errmsg(fresh->db));
		status = STATUS_IO;
	}
	if (status == STATUS_OK)
		status = set_up(fresh, settings, is_intake, fault);
	(void)umask(mask);
	if (status != STATUS_OK) {
		outbox_close(fresh);
		return status;
	}
	*outbox = fresh;
	return STATUS_OK;
}

void
outbox_close(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(outbox->prepared[i]);
	(void)sqlite3_close(outbox->db);
	if (outbox->lock >= 0)
		(void)close(outbox->lock);
	free(outbox);
}

const uint8_t *
outbox_key(const struct outbox *outbox)
{
	return outbox->key;
}

enum status
outbox_store(struct outbox *outbox, const struct outbox_event *event,
    int64_t *seq)
{
	sqlite3_stmt *statement = use(outbox, SQL_STORE);
	enum status status;

	bind_int(statement, 1, event->arrived_ms);
	bind_int(statement, 2, event->expires_ms);
	bind_text(statement, 3, event->topic);
	(void)sqlite3_bind_blob64(statement, 4, event->payload, event->len,
	    SQLITE_STATIC);
	if (event->len == 0)
		(void)sqlite3_bind_zeroblob(statement, 4, 0);
	status = run(outbox, statement);
	*seq = sqlite3_last_insert_rowid(outbox->db);
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
	(void)sqlite3_reset(use(outbox, SQL_EVENT_AFTER));
	return run(outbox, use(outbox, SQL_COMMIT));
}

enum status
outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest)
{
	sqlite3_stmt *statement = use(outbox, SQL_EXTENT);
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW) {
		*decided = sqlite3_column_int64(statement, 0);
		*newest = sqlite3_column_int64(statement, 1);
	}
	(void)sqlite3_reset(statement);
	return code == SQLITE_ROW ? STATUS_OK : failed(outbox);
}

static void
read_event(sqlite3_stmt *statement, int first, struct outbox_event *event)
{
	event->seq = sqlite3_column_int64(statement, first);
	event->arrived_ms = sqlite3_column_int64(statement, first + 1);
	event->expires_ms = sqlite3_column_int64(statement, first + 2);
	event->topic = text_column(statement, first + 3);
	event->payload = sqlite3_column_blob(statement, first + 4);
	event->len = (size_t)sqlite3_column_bytes(statement, first + 4);
	if (event->payload == NULL)
		event->payload = "";
}

enum status
outbox_event_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event)
{
	sqlite3_stmt *statement = use(outbox, SQL_EVENT_AFTER);
	int code;

	/* What was borrowed from the last call ends with this one. */
	(void)sqlite3_reset(statement);
	bind_int(statement, 1, seq);
	code = sqlite3_step(statement);
	event->seq = 0;
	if (code == SQLITE_ROW)
		read_event(statement, 0, event);
	else
		(void)sqlite3_reset(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK
	                                                 : failed(outbox);
}

/* Whether the id was free. */
static enum status
try_claim(struct outbox *outbox, int64_t seq, const char *user, const char *id,
    bool *is_free)
{
	sqlite3_stmt *statement = use(outbox, SQL_CLAIM);
	enum status status;

	bind_int(statement, 1, seq);
	bind_text(statement, 2, user);
	bind_text(statement, 3, id);
	status = run(outbox, statement);
	*is_free = sqlite3_changes(outbox->db) > 0;
	return status;
}

enum status
outbox_claim(struct outbox *outbox, int64_t seq, const char *user,
    const char *id, bool *is_duplicate)
{
	sqlite3_stmt *statement = use(outbox, SQL_RELEASE_OLD);
	bool is_free = false;
	enum status status = try_claim(outbox, seq, user, id, &is_free);

	if (status == STATUS_OK && !is_free) {
		bind_text(statement, 1, user);
		bind_text(statement, 2, id);
		bind_int(statement, 3, clock_now_ms() - OUTBOX_DEDUP_MS);
		status = run(outbox, statement);
		if (status == STATUS_OK && sqlite3_changes(outbox->db) > 0)
			status = try_claim(outbox, seq, user, id, &is_free);
	}
	*is_duplicate = !is_free;
	return status;
}

enum status
outbox_discard(struct outbox *outbox, int64_t seq)
{
	sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	bind_int(statement, 1, seq);
	return run(outbox, statement);
}

enum status
outbox_add_job(struct outbox *outbox, const struct outbox_order *order)
{
	sqlite3_stmt *statement = use(outbox, SQL_ADD_JOB);

	bind_text(statement, 1, order->service);
	bind_int(statement, 2, order->due_ms);
	bind_int(statement, 3, order->seq);
	bind_text(statement, 4, order->device);
	return run(outbox, statement);
}

enum status
outbox_due_begin(struct outbox *outbox, const char *service, int64_t now_ms)
{
	sqlite3_stmt *statement = use(outbox, SQL_DUE);

	bind_text(statement, 1, service);
	bind_int(statement, 2, now_ms);
	return statement != NULL ? STATUS_OK : failed(outbox);
}

enum status
outbox_due_next(struct outbox *outbox, struct outbox_job *job)
{
	sqlite3_stmt *statement = use(outbox, SQL_DUE);
	int code = sqlite3_step(statement);

	job->id = 0;
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? STATUS_OK : failed(outbox);
	job->id = sqlite3_column_int64(statement, 0);
	job->due_ms = sqlite3_column_int64(statement, 1);
	job->attempts = sqlite3_column_int(statement, 2);
	job->user = text_column(statement, 3);
	job->device = text_column(statement, 4);
	job->event_id = text_column(statement, 5);
	read_event(statement, 6, &job->event);
	return STATUS_OK;
}

void
outbox_due_end(struct outbox *outbox)
{
	(void)sqlite3_reset(use(outbox, SQL_DUE));
}

enum status
outbox_next_due(struct outbox *outbox, const char *service, int64_t now_ms,
    int64_t *due_ms)
{
	sqlite3_stmt *statement = use(outbox, SQL_NEXT_DUE);
	int code;

	bind_text(statement, 1, service);
	bind_int(statement, 2, now_ms);
	code = sqlite3_step(statement);
	*due_ms = INT64_MAX;
	if (code == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		*due_ms = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement);
	return code == SQLITE_ROW ? STATUS_OK : failed(outbox);
}

enum status
outbox_settle(struct outbox *outbox, int64_t job)
{
	sqlite3_stmt *statement = use(outbox, SQL_SETTLE);

	bind_int(statement, 1, job);
	return run(outbox, statement);
}

enum status
outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts)
{
	sqlite3_stmt *statement = use(outbox, SQL_POSTPONE);

	bind_int(statement, 1, job);
	bind_int(statement, 2, due_ms);
	bind_int(statement, 3, attempts);
	return run(outbox, statement);
}

enum status
outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device)
{
	sqlite3_stmt *statement = use(outbox, SQL_SETTLE_DEVICE);

	bind_text(statement, 1, user);
	bind_text(statement, 2, device);
	return run(outbox, statement);
}

enum status
outbox_purge(struct outbox *outbox, int64_t now_ms)
{
	sqlite3_stmt *statement = use(outbox, SQL_PURGE);

	bind_int(statement, 1, now_ms - OUTBOX_DEDUP_MS);
	return run(outbox, statement);
}
