/* db.h - one SQLite file, shared by the modules that keep something in it.
 *
 * Layer:   io. Any thread: one connection serves all of them. Where another
 *          thread must not come between, db_begin() and db_commit() stand around
 *          it; single statements need neither.
 * Source:  sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous.
 * Once a file is open, what it cannot do ends the process, here and nowhere else:
 * one line says why, the broker publishes our will, the supervisor starts us
 * again, and the broker delivers again what was not stored. So no call below
 * says whether it worked.
 */
#ifndef IO_DB_H
#define IO_DB_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct sqlite3_stmt;

/* Returns: STATUS_BAD_INPUT if the file is damaged, STATUS_IO otherwise, with
 *          the fault set. */
enum status db_open(const char *path, struct db **db, struct fault *fault);
void db_close(struct db *db); /* NULL is fine; its statements must be gone */

/* Make a function known to SQL, of two texts. */
void db_define(struct db *db, const char *name,
    int64_t (*function)(void *context, const char *a, const char *b),
    void *context);

/* How far the clock is ahead of the one that nobody sets. Main thread; 0 at
 * first. */
void db_set_offset(struct db *db, int64_t offset_ms);
int64_t db_offset(const struct db *db);

/* Whether the file holds together, as far as a quick look tells: only SQLite
 * of Debian 13, not of 12, counts the rows of the indexes, too. */
bool db_is_sound(struct db *db);

/* Beside a file that was found damaged while it was used. */
#define DB_SUSPECT ".suspect"

/* Make the indexes anew, and look at everything.
 * Returns: STATUS_BAD_INPUT if more than they is damaged, or STATUS_IO. */
enum status db_mend(struct db *db, struct fault *fault);

/* Run statements that give nothing back, while the file is being opened. */
enum status db_execute(struct db *db, const char *sql, struct fault *fault);

/* What comes between happens together or not at all, and other threads wait for
 * its end: keep it to some milliseconds. One within another is part of it.
 * In:      must_sync  it has reached the disk when db_commit() returns */
void db_begin(struct db *db, bool must_sync);
void db_commit(struct db *db);
/* End the process if its file was moved or removed: what is written to one that has no
 * name any more is lost with us. Before something is accepted. */
void db_check_place(struct db *db);
/* Whether this thread has one open. */
bool db_has_begun(const struct db *db);
/* Whether the one that is open took so long that it should end. */
bool db_is_long(const struct db *db);

/* The statement in slot, made at its first use. */
struct sqlite3_stmt *db_use(struct db *db, struct sqlite3_stmt **slot,
    const char *sql);
void db_drop(struct sqlite3_stmt **slots, size_t count);

void db_bind_int(struct sqlite3_stmt *statement, int number, int64_t value);
/* Borrowed until the statement ran; NULL is NULL. */
/* A time of the clock, as the file keeps it: by a clock that nobody sets. 0 and
 * INT64_MAX are no times, and stay. */
void db_bind_time(struct db *db, struct sqlite3_stmt *statement, int number,
    int64_t time_ms);
void db_bind_text(struct sqlite3_stmt *statement, int number, const char *text);
void db_bind_blob(struct sqlite3_stmt *statement, int number, const void *bytes,
    size_t len);

/* Run to the end; a row it may give is let go. */
void db_run(struct db *db, struct sqlite3_stmt *statement);
/* Go to the next row.
 * Returns: false at the end, and the statement is reset. */
bool db_step(struct db *db, struct sqlite3_stmt *statement);
void db_reset(struct sqlite3_stmt *statement);

/* Columns of a row, from 0. Borrowed until the next step or reset. */
int64_t db_int(struct sqlite3_stmt *statement, int number);
int64_t db_time(struct db *db, struct sqlite3_stmt *statement, int number);
const char *db_text(struct sqlite3_stmt *statement, int number);
const void *db_blob(struct sqlite3_stmt *statement, int number, size_t *len);

/* The one number that a statement gives; 0 = it gives no row. It is reset. */
int64_t db_number(struct db *db, struct sqlite3_stmt *statement);
/* Where a slice of a table ends, which a statement gives for the row before it and
 * how many rows; that row = at the end of the table. */
int64_t db_end_of_slice(struct db *db, struct sqlite3_stmt *statement,
    int64_t after, int count);

int64_t db_changes(struct db *db); /* within a transaction */

/* The same end for a caller whom memory fails between two calls. */
_Noreturn void db_end(struct db *db, const char *why);

#endif
