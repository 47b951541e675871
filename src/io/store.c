#include "io/store.h"

#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)

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
    "  id TEXT,"
    "  thread TEXT" /* as in job */
    ");"
    "CREATE UNIQUE INDEX IF NOT EXISTS event_id ON event(user, id)"
    "  WHERE id IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS job("
    "  id INTEGER PRIMARY KEY,"
    "  stage INTEGER NOT NULL," /* enum stage, io/outbox.h */
    "  service TEXT NOT NULL,"  /* '' unless it is ready */
    "  due_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL REFERENCES event,"
    "  user TEXT NOT NULL,"
    "  thread TEXT NOT NULL," /* the session, or else the event's id */
    "  request TEXT NOT NULL,"
    "  device TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL," /* 0 = as the event says */
    "  withdraws INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"    /* why it is pushed or withdrawn */
    "  cancelled INTEGER NOT NULL," /* why it is not; 0 = it is */
    "  carrier INTEGER NOT NULL"    /* the job of the digest it is in */
    ");"
    "CREATE INDEX IF NOT EXISTS job_due ON job(stage, service, due_ms);"
    "CREATE INDEX IF NOT EXISTS job_thread ON job(user, thread, request);"
    "CREATE TABLE IF NOT EXISTS ask("
    "  user TEXT NOT NULL,"
    "  event TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  thread TEXT NOT NULL,"
    "  request TEXT NOT NULL,"
    "  expires_ms INTEGER NOT NULL,"
    "  ts_ms INTEGER NOT NULL DEFAULT 0,"
    "  facts TEXT NOT NULL DEFAULT ''," /* what is told of it, io/people.h */
    "  ask TEXT NOT NULL DEFAULT '',"
    "  PRIMARY KEY(user, event)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ask_newest ON ask(user, ts_ms);"
    "CREATE TABLE IF NOT EXISTS bucket("
    "  user TEXT NOT NULL,"
    "  device TEXT NOT NULL,"
    "  full_us INTEGER NOT NULL,"
    "  PRIMARY KEY(user, device)"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS last("
    "  user TEXT PRIMARY KEY,"
    "  event TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS document("
    "  topic TEXT PRIMARY KEY,"
    "  payload BLOB NOT NULL,"
    "  since_ms INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS reached("
    "  topic TEXT PRIMARY KEY,"
    "  since_ms INTEGER NOT NULL," /* of the document that this is about */
    "  origin TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS decision("
    "  slot INTEGER PRIMARY KEY,"
    "  at INTEGER NOT NULL," /* counts up; slot = at modulo what is kept */
    "  event TEXT NOT NULL,"
    "  user TEXT NOT NULL,"
    "  receipt TEXT NOT NULL"
    ");"
    "PRAGMA user_version = 3;";

#define SCHEMA_VERSION 3

/* From version 1: what had jobs is judged again. */
static const char from_1[] = "ALTER TABLE event ADD COLUMN thread TEXT;"
                             "UPDATE event SET user = NULL, id = NULL"
                             "  WHERE seq IN (SELECT seq FROM job);"
                             "DROP TABLE job;";

/* From version 2: of what waits nothing was told but that it does. */
static const char from_2[] =
    "ALTER TABLE ask ADD COLUMN ts_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ask ADD COLUMN facts TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ask ADD COLUMN ask TEXT NOT NULL DEFAULT '';"
    "UPDATE ask SET ts_ms = coalesce((SELECT arrived_ms FROM event"
    "  WHERE event.user = ask.user AND event.id = ask.event), 0);";

/* Two bridges on one outbox would push everything twice. */
static enum status
take_lock(const char *directory, int *lock, struct fault *fault)
{
	char path[PATH_LONGEST];

	(void)snprintf(path, sizeof(path), "%s/nudge.lock", directory);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0) {
		fault_set(fault, "cannot write in the state directory %s: %s",
		    directory, strerror(errno));
		return STATUS_IO;
	}
	if (flock(*lock, LOCK_EX | LOCK_NB) < 0) {
		fault_set(fault,
		    "another nudge is running with the state directory %s",
		    directory);
		return STATUS_IO;
	}
	return STATUS_OK;
}

/* The key that is there, or a new one. */
static enum status
read_key(struct store *store, struct fault *fault)
{
	struct sqlite3_stmt *slots[2] = { NULL, NULL };
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slots[0], "SELECT key FROM bridge");
	bool has_row = false;
	enum status status = db_step(store->db, statement, &has_row);

	if (status == STATUS_OK && has_row) {
		size_t len;
		const void *key = db_blob(statement, 0, &len);

		has_row = len == STORE_KEY_LEN;
		if (has_row)
			memcpy(store->key, key, STORE_KEY_LEN);
	}
	if (status == STATUS_OK && !has_row) {
		clock_random(store->key, STORE_KEY_LEN);
		statement = db_use(store->db, &slots[1],
		    "INSERT OR REPLACE INTO bridge(rowid, key) VALUES(1, ?1)");
		db_bind_blob(statement, 1, store->key, STORE_KEY_LEN);
		status = db_run(store->db, statement);
	}
	db_drop(slots, 2);
	if (status != STATUS_OK)
		fault_set(fault, "cannot read the outbox");
	return status;
}

static enum status
read_version(struct store *store, int64_t *version)
{
	struct sqlite3_stmt *slot = NULL;
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slot, "PRAGMA user_version");
	bool has_row = false;
	enum status status = db_step(store->db, statement, &has_row);

	*version = has_row ? db_int(statement, 0) : 0;
	db_drop(&slot, 1);
	return status;
}

/* Bring the file to the schema of this program. */
static enum status
make_tables(struct store *store, struct fault *fault)
{
	int64_t version = 0;
	enum status status = read_version(store, &version);

	if (status == STATUS_OK && version > SCHEMA_VERSION) {
		fault_set(fault, "it is of a newer nudge (version %" PRId64 ")",
		    version);
		return STATUS_IO;
	}
	if (status == STATUS_OK)
		status = db_execute(store->db, "BEGIN", fault);
	if (status == STATUS_OK && version == 1)
		status = db_execute(store->db, from_1, fault);
	if (status == STATUS_OK && version == 2)
		status = db_execute(store->db, from_2, fault);
	if (status == STATUS_OK)
		status = db_execute(store->db, schema, fault);
	if (status == STATUS_OK)
		status = db_execute(store->db, "COMMIT", fault);
	return status;
}

/* Only what the intake commits must reach the disk before the broker is
 * answered. A lost decision is made again from the event, and a lost "done"
 * costs one repeat with the same identity: neither needs its own fsync. */
static enum status
open_file(const struct settings *settings, const char *path, bool is_intake,
    struct store *store, struct fault *fault)
{
	bool must_sync =
	    is_intake && settings->state.durability == DURABILITY_POWER;
	enum status status = db_open(path, must_sync, &store->db, fault);

	if (status == STATUS_OK && !is_intake)
		status = make_tables(store, fault);
	if (status == STATUS_OK && !is_intake && !db_is_sound(store->db)) {
		fault_set(fault, "the file is damaged");
		status = STATUS_BAD_INPUT;
	}
	if (status == STATUS_OK && !is_intake)
		status = read_key(store, fault);
	if (status != STATUS_OK) {
		db_close(store->db);
		store->db = NULL;
	}
	return status;
}

static enum status
put_aside(const char *path, const struct fault *why)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char aside[PATH_LONGEST];
	char from[PATH_LONGEST + 8];
	char to[PATH_LONGEST + 8];

	(void)snprintf(aside, sizeof(aside), "%.*s.damaged-%" PRId64,
	    SETTING_MAX + 16, path, clock_now_ms() / 1000);
	log_error("%s cannot be read (%s): it is kept as %s, and a new one is "
	          "begun",
	    path, why->text, aside);
	for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
		(void)snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		(void)snprintf(to, sizeof(to), "%s%s", aside, suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return STATUS_IO;
	}
	return STATUS_OK;
}

enum status
store_open(const struct settings *settings, bool is_intake, struct store *store,
    struct fault *fault)
{
	const char *directory = settings->state.directory;
	struct store draft = { .lock = -1 };
	struct fault damage = { "" };
	char path[PATH_LONGEST];
	mode_t mask = umask(077); /* what people tell their agents is private */
	enum status status = STATUS_OK;

	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	if (!is_intake)
		status = take_lock(directory, &draft.lock, fault);
	if (status == STATUS_OK)
		status = open_file(settings, path, is_intake, &draft, &damage);
	if (status == STATUS_BAD_INPUT && !is_intake) {
		status = put_aside(path, &damage);
		if (status == STATUS_OK) {
			memset(&damage, 0, sizeof(damage));
			status = open_file(settings, path, is_intake, &draft,
			    &damage);
		}
	}
	(void)umask(mask);
	if (status == STATUS_OK) {
		*store = draft;
		return STATUS_OK;
	}
	fault_set(fault, "%s: %s", path, damage.text);
	store_close(&draft);
	return status;
}

void
store_close(struct store *store)
{
	db_close(store->db);
	store->db = NULL;
	if (store->lock >= 0)
		(void)close(store->lock);
	store->lock = -1;
}
