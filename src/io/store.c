#include "io/store.h"

#include "base/siphash.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)
#define NAME_LONGEST 512 /* bytes of a user and a name, both short */

#define SCHEMA_VERSION 4

/* What version 3 had too. */
static const char old_tables[] =
    "CREATE TABLE IF NOT EXISTS bridge("
    "  key BLOB NOT NULL"
    ");"
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
    ");";

/* A partial index costs nothing where a job is shown at once: it is in none but
 * the last. */
static const char schema[] =
    "CREATE TABLE mark("
    "  decided INTEGER NOT NULL,"  /* events up to this need no decision */
    "  offset_ms INTEGER NOT NULL" /* of the clock to that of the times here */
    ");"
    "INSERT INTO mark VALUES(0, 0);"
    "CREATE TABLE event("
    "  seq INTEGER PRIMARY KEY,"
    "  arrived_ms INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  payload BLOB NOT NULL"
    ");"
    "CREATE TABLE seen("
    "  number INTEGER PRIMARY KEY," /* store_number() of user and id */
    "  seq INTEGER NOT NULL,"
    "  arrived_ms INTEGER NOT NULL"
    ");"
    "CREATE TABLE job("
    "  id INTEGER PRIMARY KEY," /* the event's seq << 8, and a number */
    "  stage INTEGER NOT NULL," /* enum stage, io/stage.h */
    "  service TEXT NOT NULL,"  /* '' unless it is ready */
    "  due_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  user TEXT NOT NULL,"
    "  device TEXT NOT NULL,"
    "  event TEXT NOT NULL,"      /* its id */
    "  thread INTEGER NOT NULL,"  /* number of the session, or of the event */
    "  request INTEGER NOT NULL," /* the same; 0 = none */
    "  kind INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL," /* 0 = as the event says */
    "  withdraws INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"    /* why it is pushed or withdrawn */
    "  cancelled INTEGER NOT NULL," /* why it is not; 0 = it is */
    "  digest INTEGER NOT NULL"     /* that it is a member of; 0 = none */
    ");"
    "CREATE INDEX job_due ON job(service, due_ms) WHERE " STAGE_SQL_READY ";"
    "CREATE INDEX job_turn ON job(service, user, due_ms)"
    "  WHERE " STAGE_SQL_READY ";"
    "CREATE INDEX job_release ON job(due_ms) WHERE " STAGE_SQL_WAITING ";"
    "CREATE INDEX job_deferred ON job(user, device)"
    "  WHERE " STAGE_SQL_DEFERRED ";"
    "CREATE INDEX job_digest ON job(digest) WHERE digest > 0;"
    "CREATE INDEX job_thread ON job(user, thread, request);";

/* What had jobs in version 1 is judged again. */
static const char from_1[] = "ALTER TABLE event ADD COLUMN thread TEXT;"
                             "UPDATE event SET user = NULL, id = NULL"
                             "  WHERE seq IN (SELECT seq FROM job);"
                             "DROP TABLE job;"
                             "CREATE TABLE job(id INTEGER PRIMARY KEY, stage,"
                             "  service, due_ms, attempts, seq, user, thread,"
                             "  request, device, kind, expires_ms, withdraws,"
                             "  reason, cancelled, carrier);"
                             "DROP TABLE IF EXISTS ask;";

/* Of what waited in version 2 nothing was told but that it does. */
static const char from_2[] =
    "ALTER TABLE ask ADD COLUMN ts_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ask ADD COLUMN facts TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ask ADD COLUMN ask TEXT NOT NULL DEFAULT '';"
    "UPDATE ask SET ts_ms = coalesce((SELECT arrived_ms FROM event"
    "  WHERE event.user = ask.user AND event.id = ask.event), 0);";

/* The names of version 3 make room for those of version 4 ... */
static const char from_3[] = "DROP INDEX IF EXISTS event_id;"
                             "DROP INDEX IF EXISTS job_due;"
                             "DROP INDEX IF EXISTS job_thread;"
                             "ALTER TABLE event RENAME TO old_event;"
                             "ALTER TABLE job RENAME TO old_job;";

/* ... and what was kept under them moves. An event that no job needs any more is
 * known by its id alone. Jobs of an event are counted up. */
static const char to_4[] =
    "UPDATE mark SET decided = coalesce("
    "  (SELECT min(seq) - 1 FROM old_event WHERE user IS NULL),"
    "  (SELECT max(seq) FROM old_event), 0);"
    "INSERT INTO event SELECT seq, arrived_ms, expires_ms, topic, payload"
    "  FROM old_event WHERE user IS NULL"
    "  OR seq IN (SELECT seq FROM old_job);"
    "INSERT OR REPLACE INTO seen SELECT store_number(user, id), seq, arrived_ms"
    "  FROM old_event WHERE id IS NOT NULL;"
    "CREATE TEMP TABLE moved AS SELECT old_job.id AS old,"
    "  (seq << 8) + row_number() OVER (PARTITION BY seq ORDER BY id) - 1 AS new"
    "  FROM old_job;"
    "CREATE UNIQUE INDEX temp.moved_old ON moved(old);"
    "INSERT INTO job SELECT new, stage, service, due_ms, attempts,"
    "  old_job.user, device, old_event.id,"
    "  store_number(old_job.user, old_job.thread),"
    "  store_number(old_job.user, request), kind, old_job.expires_ms,"
    "  withdraws, reason, cancelled, coalesce("
    "   (SELECT carriers.new FROM moved AS carriers"
    "     WHERE carriers.old = carrier), 0)"
    "  FROM old_job JOIN moved ON moved.old = old_job.id"
    "  JOIN old_event ON old_event.seq = old_job.seq;"
    "UPDATE job SET digest = id WHERE " STAGE_SQL_READY " AND id IN"
    "  (SELECT digest FROM job WHERE " STAGE_SQL_FOLDED ");"
    "DROP TABLE moved;"
    "DROP TABLE old_job;"
    "DROP TABLE old_event;";

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

static enum status
run_steps(struct store *store, int64_t version, struct fault *fault)
{
	const char *const steps[] = {
		"BEGIN",
		version == 1 ? from_1 : "",
		version == 2 ? from_2 : "",
		version > 0 ? from_3 : "",
		old_tables,
		schema,
		version > 0 ? to_4 : "",
		"PRAGMA user_version = 4",
		"COMMIT",
	};
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(steps); i++)
		status = db_execute(store->db, steps[i], fault);
	return status;
}

/* The number of a text of a user's, for a migration. */
static int64_t
number_for_sql(void *context, const char *user, const char *name)
{
	const struct store *store = context;

	return *name != '\0' ? store_number(store->key, user, name) : 0;
}

/* Bring the file to the schema of this program. One that has it is not written:
 * the disk may be full. */
static enum status
make_tables(struct store *store, struct fault *fault)
{
	int64_t version = read_version(store);
	enum status status = STATUS_OK;

	if (version > SCHEMA_VERSION) {
		fault_set(fault, "it is of a newer nudge (version %" PRId64 ")",
		    version);
		return STATUS_IO;
	}
	if (version > 0)
		read_key(store);
	db_define(store->db, "store_number", number_for_sql, store);
	if (version < SCHEMA_VERSION)
		status = run_steps(store, version, fault);
	if (status == STATUS_OK && version == 0)
		read_key(store);
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
	if (status == STATUS_OK)
		return STATUS_OK;
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

int64_t
store_number(const uint8_t key[STORE_KEY_LEN], const char *user,
    const char *name)
{
	char text[NAME_LONGEST];
	int len = snprintf(text, sizeof(text), "%s%c%s", user, '\0', name);
	uint64_t number;

	if (len >= (int)sizeof(text))
		len = (int)sizeof(text) - 1;
	number = siphash(key, text, (size_t)len);
	return number != 0 ? (int64_t)number : 1;
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
