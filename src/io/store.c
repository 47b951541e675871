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
    "  PRIMARY KEY(user, event)"
    ") WITHOUT ROWID;"
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
    "PRAGMA user_version = 2;";

#define SCHEMA_VERSION 2

/* What had jobs is judged again. */
static const char migration[] = "ALTER TABLE event ADD COLUMN thread TEXT;"
                                "UPDATE event SET user = NULL, id = NULL"
                                "  WHERE seq IN (SELECT seq FROM job);"
                                "DROP TABLE job;";

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
static void
read_key(struct store *store)
{
	struct sqlite3_stmt *slots[2] = { NULL, NULL };
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slots[0], "SELECT key FROM bridge");
	bool has_row = db_step(store->db, statement);

	if (has_row) {
		size_t len;
		const void *key = db_blob(statement, 0, &len);

		has_row = len == STORE_KEY_LEN;
		if (has_row)
			memcpy(store->key, key, STORE_KEY_LEN);
	}
	if (!has_row) {
		clock_random(store->key, STORE_KEY_LEN);
		statement = db_use(store->db, &slots[1],
		    "INSERT OR REPLACE INTO bridge(rowid, key) VALUES(1, ?1)");
		db_bind_blob(statement, 1, store->key, STORE_KEY_LEN);
		db_run(store->db, statement);
	}
	db_drop(slots, 2);
}

static int64_t
read_version(struct store *store)
{
	struct sqlite3_stmt *slot = NULL;
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slot, "PRAGMA user_version");
	int64_t version =
	    db_step(store->db, statement) ? db_int(statement, 0) : 0;

	db_drop(&slot, 1);
	return version;
}

/* Bring the file to the schema of this program. */
static enum status
make_tables(struct store *store, struct fault *fault)
{
	int64_t version = read_version(store);
	enum status status;

	if (version > SCHEMA_VERSION) {
		fault_set(fault, "it is of a newer nudge (version %" PRId64 ")",
		    version);
		return STATUS_IO;
	}
	status = db_execute(store->db, "BEGIN", fault);
	if (status == STATUS_OK && version == 1)
		status = db_execute(store->db, migration, fault);
	if (status == STATUS_OK)
		status = db_execute(store->db, schema, fault);
	if (status == STATUS_OK)
		status = db_execute(store->db, "COMMIT", fault);
	return status;
}

static enum status
open_file(const char *path, struct store *store, struct fault *fault)
{
	enum status status = db_open(path, &store->db, fault);

	if (status == STATUS_OK && !db_is_sound(store->db)) {
		fault_set(fault, "the file is damaged");
		status = STATUS_BAD_INPUT;
	}
	if (status == STATUS_OK)
		status = make_tables(store, fault);
	if (status == STATUS_OK) {
		read_key(store);
		return STATUS_OK;
	}
	db_close(store->db);
	store->db = NULL;
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
store_open(const struct settings *settings, struct store *store,
    struct fault *fault)
{
	const char *directory = settings->state.directory;
	struct store draft = { .lock = -1 };
	struct fault damage = { "" };
	char path[PATH_LONGEST];
	mode_t mask = umask(077); /* what people tell their agents is private */
	enum status status;

	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	status = take_lock(directory, &draft.lock, fault);
	if (status == STATUS_OK)
		status = open_file(path, &draft, &damage);
	if (status == STATUS_BAD_INPUT) {
		status = put_aside(path, &damage);
		memset(&damage, 0, sizeof(damage));
		if (status == STATUS_OK)
			status = open_file(path, &draft, &damage);
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
