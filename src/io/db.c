#include "io/db.h"

#include "io/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_LONGEST 4096
#define BUSY_MS 10000   /* somebody reads the file with another program */
#define LONG_NS 2000000 /* of CPU: what is begun then comes to its end, too */

struct db {
	sqlite3 *handle;
	/* Held from BEGIN to COMMIT, by turns: a thread that begins again and again
	 * would let no other in, which a mutex alone does not prevent. */
	pthread_mutex_t lock;
	pthread_cond_t passed_on;
	uint64_t next_ticket;
	uint64_t holder;  /* the ticket of whose turn it is */
	int depth;        /* transactions in one another */
	int64_t begun_ns; /* CPU of its thread when the one that is open was */
	int64_t longest_ns; /* CPU of one, but for its commit */
	bool must_sync;     /* as the connection is set */
	bool has_place;     /* its file system says where it is */
	int64_t offset_ms;  /* of the clock */
	int64_t (*function)(void *context, const char *a, const char *b);
	void *context; /* of function */
	struct sqlite3_stmt *begin;
	struct sqlite3_stmt *commit;
};

/* The file that this thread has a transaction on. */
static _Thread_local struct db *held;

/* Without a good-bye: the broker then says that we are offline. Both threads may
 * meet a full disk: it is told once. */
_Noreturn void
db_end(struct db *db, const char *why)
{
	static atomic_flag is_told = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&is_told))
		log_error("%s: %s; ending: what is not stored the broker "
		          "delivers again",
		    sqlite3_db_filename(db->handle, "main"), why);
	_exit(EXIT_FAILURE);
}

static bool
is_damage(int code)
{
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/* What was damaged and looked well at the start would be met again and again. */
static void
leave_mark(const struct db *db)
{
	char path[PATH_LONGEST];
	int mark;

	(void)snprintf(path, sizeof(path), "%s" DB_SUSPECT,
	    sqlite3_db_filename(db->handle, "main"));
	mark = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (mark >= 0)
		(void)close(mark);
}

static const char *
reason(struct db *db)
{
	return sqlite3_errcode(db->handle) == SQLITE_BUSY
	    ? "another program keeps it locked: end that one"
	    : sqlite3_errmsg(db->handle);
}

_Noreturn static void
fail(struct db *db)
{
	if (is_damage(sqlite3_errcode(db->handle)))
		leave_mark(db);
	db_end(db, reason(db));
}

enum status
db_execute(struct db *db, const char *sql, struct fault *fault)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		return STATUS_OK;
	fault_set(fault, "%s", reason(db));
	return is_damage(code) ? STATUS_BAD_INPUT : STATUS_IO;
}

/* A commit writes whole pages: small ones spare the disk where events come one at a
 * time, and cost it little in a burst. */
#define USE_LOG "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL;"

/* What nobody else has open needs no index of its log on the disk, which would be
 * written with each event. Somebody who looks into it keeps nobody from starting. */
static void
take_alone(struct db *db)
{
	struct fault fault;

	if (db_execute(db, "PRAGMA locking_mode = EXCLUSIVE;" USE_LOG,
	        &fault) != STATUS_OK)
		(void)db_execute(db, "PRAGMA locking_mode = NORMAL", &fault);
}

static bool
has_moved(struct db *db)
{
	int has_moved = 0;

	(void)sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED,
	    &has_moved);
	return has_moved != 0;
}

enum status
db_open(const char *path, struct db **db, struct fault *fault)
{
	struct db *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_OK;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	/* Nobody asks how much it has taken. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open(path, &fresh->handle) != SQLITE_OK) {
		fault_set(fault, "%s", sqlite3_errmsg(fresh->handle));
		status = STATUS_IO;
	}
	(void)pthread_mutex_init(&fresh->lock, NULL);
	(void)pthread_cond_init(&fresh->passed_on, NULL);
	if (status == STATUS_OK)
		take_alone(fresh);
	(void)sqlite3_busy_timeout(fresh->handle, BUSY_MS);
	if (status == STATUS_OK)
		status = db_execute(fresh,
		    USE_LOG
		    "PRAGMA wal_autocheckpoint = 8000;"
		    "PRAGMA cache_size = -1024; PRAGMA synchronous = NORMAL",
		    fault);
	if (status != STATUS_OK) {
		db_close(fresh);
		return status;
	}
	fresh->has_place = !has_moved(fresh);
	*db = fresh;
	return STATUS_OK;
}

static void
wait_turn(struct db *db)
{
	uint64_t ticket;

	(void)pthread_mutex_lock(&db->lock);
	ticket = db->next_ticket++;
	while (db->holder != ticket)
		(void)pthread_cond_wait(&db->passed_on, &db->lock);
	(void)pthread_mutex_unlock(&db->lock);
	held = db;
}

static void
pass_on(struct db *db)
{
	held = NULL;
	(void)pthread_mutex_lock(&db->lock);
	db->holder++;
	(void)pthread_cond_broadcast(&db->passed_on);
	(void)pthread_mutex_unlock(&db->lock);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	if (held == db) {
		pass_on(db);
	}
	if (db->longest_ns > 0)
		log_debug("the longest transaction took %d us of CPU, and its "
		          "commit",
		    (int)(db->longest_ns / 1000));
	(void)sqlite3_finalize(db->begin);
	(void)sqlite3_finalize(db->commit);
	(void)sqlite3_close(db->handle);
	(void)pthread_cond_destroy(&db->passed_on);
	(void)pthread_mutex_destroy(&db->lock);
	free(db);
}

const char *
db_text(struct sqlite3_stmt *statement, int number)
{
	const char *text = (const char *)sqlite3_column_text(statement, number);

	return text != NULL ? text : "";
}

static bool
is_ok(struct db *db, const char *check)
{
	sqlite3_stmt *statement = NULL;
	bool is_sound = false;

	if (sqlite3_prepare_v2(db->handle, check, -1, &statement, NULL) ==
	        SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		is_sound = strcmp(db_text(statement, 0), "ok") == 0;
	(void)sqlite3_finalize(statement);
	return is_sound;
}

bool
db_is_sound(struct db *db)
{
	return is_ok(db, "PRAGMA quick_check(1)");
}

enum status
db_mend(struct db *db, struct fault *fault)
{
	enum status status = db_execute(db, "REINDEX", fault);

	/* Rows that contradict each other. */
	if (status == STATUS_IO &&
	    sqlite3_errcode(db->handle) == SQLITE_CONSTRAINT)
		return STATUS_BAD_INPUT;
	if (status == STATUS_OK && !is_ok(db, "PRAGMA integrity_check(1)")) {
		fault_set(fault, "the file is damaged");
		status = STATUS_BAD_INPUT;
	}
	return status;
}

struct sqlite3_stmt *
db_use(struct db *db, struct sqlite3_stmt **slot, const char *sql)
{
	if (*slot == NULL &&
	    sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
	        slot, NULL) != SQLITE_OK)
		fail(db);
	return *slot;
}

void
db_drop(struct sqlite3_stmt **slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)sqlite3_finalize(slots[i]);
		slots[i] = NULL;
	}
}

void
db_bind_int(struct sqlite3_stmt *statement, int number, int64_t value)
{
	(void)sqlite3_bind_int64(statement, number, value);
}

static bool
is_time(int64_t time_ms)
{
	return time_ms != 0 && time_ms != INT64_MAX;
}

void
db_set_offset(struct db *db, int64_t offset_ms)
{
	db->offset_ms = offset_ms;
}

int64_t
db_offset(const struct db *db)
{
	return db->offset_ms;
}

void
db_bind_time(struct db *db, struct sqlite3_stmt *statement, int number,
    int64_t time_ms)
{
	if (is_time(time_ms))
		time_ms -= db->offset_ms;
	db_bind_int(statement, number, time_ms);
}

void
db_bind_text(struct sqlite3_stmt *statement, int number, const char *text)
{
	(void)sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

void
db_bind_blob(struct sqlite3_stmt *statement, int number, const void *bytes,
    size_t len)
{
	/* A pointer to nothing would become NULL. */
	if (len == 0)
		(void)sqlite3_bind_zeroblob(statement, number, 0);
	else
		(void)sqlite3_bind_blob64(statement, number, bytes, len,
		    SQLITE_STATIC);
}

void
db_run(struct db *db, struct sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		fail(db);
	(void)sqlite3_reset(statement);
}

bool
db_step(struct db *db, struct sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		fail(db);
	(void)sqlite3_reset(statement);
	return false;
}

static void
call(sqlite3_context *call, int count, sqlite3_value **values)
{
	struct db *db = sqlite3_user_data(call);
	const unsigned char *a = sqlite3_value_text(values[0]);
	const unsigned char *b = sqlite3_value_text(values[1]);

	(void)count;
	sqlite3_result_int64(call,
	    a != NULL && b != NULL
	        ? db->function(db->context, (const char *)a, (const char *)b)
	        : 0);
}

void
db_define(struct db *db, const char *name,
    int64_t (*function)(void *context, const char *a, const char *b),
    void *context)
{
	db->function = function;
	db->context = context;
	if (sqlite3_create_function_v2(db->handle, name, 2,
	        SQLITE_UTF8 | SQLITE_DETERMINISTIC, db, call, NULL, NULL,
	        NULL) != SQLITE_OK)
		fail(db);
}

/* Of this thread: what others run meanwhile is no transaction's fault. */
static int64_t
cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* It is set while a statement is prepared, and only outside a transaction. */
static void
set_sync(struct db *db, bool must_sync)
{
	if (must_sync == db->must_sync)
		return;
	if (sqlite3_exec(db->handle,
	        must_sync ? "PRAGMA synchronous = FULL"
	                  : "PRAGMA synchronous = NORMAL",
	        NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
	db->must_sync = must_sync;
}

void
db_check_place(struct db *db)
{
	if (db->has_place && has_moved(db))
		db_end(db, "it was moved or removed");
}

void
db_begin(struct db *db, bool must_sync)
{
	if (held == db) {
		db->depth++;
		return;
	}
	wait_turn(db);
	db->depth = 1;
	set_sync(db, must_sync);
	db->begun_ns = cpu_ns();
	db_run(db, db_use(db, &db->begin, "BEGIN IMMEDIATE"));
}

bool
db_has_begun(const struct db *db)
{
	return held == db;
}

bool
db_is_long(const struct db *db)
{
	return cpu_ns() - db->begun_ns >= LONG_NS;
}

void
db_commit(struct db *db)
{
	int64_t took_ns;

	if (--db->depth > 0)
		return;
	took_ns = cpu_ns() - db->begun_ns;
	if (took_ns > db->longest_ns)
		db->longest_ns = took_ns;
	db_run(db, db_use(db, &db->commit, "COMMIT"));
	pass_on(db);
}

void
db_reset(struct sqlite3_stmt *statement)
{
	(void)sqlite3_reset(statement);
}

int64_t
db_int(struct sqlite3_stmt *statement, int number)
{
	return sqlite3_column_int64(statement, number);
}

int64_t
db_time(struct db *db, struct sqlite3_stmt *statement, int number)
{
	int64_t time_ms = db_int(statement, number);

	return is_time(time_ms) ? time_ms + db->offset_ms : time_ms;
}

const void *
db_blob(struct sqlite3_stmt *statement, int number, size_t *len)
{
	const void *bytes = sqlite3_column_blob(statement, number);

	*len = (size_t)sqlite3_column_bytes(statement, number);
	return bytes != NULL ? bytes : "";
}

int64_t
db_number(struct db *db, struct sqlite3_stmt *statement)
{
	int64_t number = db_step(db, statement) ? db_int(statement, 0) : 0;

	db_reset(statement);
	return number;
}

int64_t
db_end_of_slice(struct db *db, struct sqlite3_stmt *statement, int64_t after,
    int count)
{
	int64_t last = after;

	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, count);
	if (db_step(db, statement))
		last = db_int(statement, 0);
	db_reset(statement);
	return last;
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}
