/* db.h - one SQLite file, shared by the modules that keep something in it.
 *
 * Layer:   io. A handle belongs to one thread.
 * Source:  sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous.
 * A failure is logged here, once; the caller ends the process, the supervisor
 * starts it again and the broker delivers again.
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

/* In:      must_sync  a commit reaches the disk before it returns
 * Returns: STATUS_BAD_INPUT if the file is damaged, STATUS_IO otherwise, with
 *          the fault set. */
enum status db_open(const char *path, bool must_sync, struct db **db,
    struct fault *fault);
void db_close(struct db *db); /* NULL is fine; its statements must be gone */

/* Whether the file holds together. */
bool db_is_sound(struct db *db);

/* Run statements that give nothing back. */
enum status db_execute(struct db *db, const char *sql, struct fault *fault);

/* The statement in slot, made at its first use; NULL if it cannot be made,
 * which db_run() and db_step() report. */
struct sqlite3_stmt *db_use(struct db *db, struct sqlite3_stmt **slot,
    const char *sql);
void db_drop(struct sqlite3_stmt **slots, size_t count);

void db_bind_int(struct sqlite3_stmt *statement, int number, int64_t value);
/* Borrowed until the statement ran; NULL is NULL. */
void db_bind_text(struct sqlite3_stmt *statement, int number, const char *text);
void db_bind_blob(struct sqlite3_stmt *statement, int number, const void *bytes,
    size_t len);

/* Run to the end; a row it may give is let go. */
enum status db_run(struct db *db, struct sqlite3_stmt *statement);
/* The next row. Out: has_row  false at the end, and the statement is reset */
enum status db_step(struct db *db, struct sqlite3_stmt *statement,
    bool *has_row);
void db_reset(struct sqlite3_stmt *statement);

/* Columns of a row, from 0. Borrowed until the next step or reset. */
int64_t db_int(struct sqlite3_stmt *statement, int number);
const char *db_text(struct sqlite3_stmt *statement, int number);
const void *db_blob(struct sqlite3_stmt *statement, int number, size_t *len);

int64_t db_changes(struct db *db);
int64_t db_last_rowid(struct db *db);

#endif
