/* db.h - one SQLite file, shared by the modules that keep something in it.
 *
 * Layer:   io. A handle belongs to one thread.
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

/* In:      must_sync  a commit reaches the disk before it returns
 * Returns: STATUS_BAD_INPUT if the file is damaged, STATUS_IO otherwise, with
 *          the fault set. */
enum status db_open(const char *path, bool must_sync, struct db **db,
    struct fault *fault);
void db_close(struct db *db); /* NULL is fine; its statements must be gone */

/* Whether the file holds together. */
bool db_is_sound(struct db *db);

/* Run statements that give nothing back, while the file is being opened. */
enum status db_execute(struct db *db, const char *sql, struct fault *fault);

/* The statement in slot, made at its first use. */
struct sqlite3_stmt *db_use(struct db *db, struct sqlite3_stmt **slot,
    const char *sql);
void db_drop(struct sqlite3_stmt **slots, size_t count);

void db_bind_int(struct sqlite3_stmt *statement, int number, int64_t value);
/* Borrowed until the statement ran; NULL is NULL. */
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
const char *db_text(struct sqlite3_stmt *statement, int number);
const void *db_blob(struct sqlite3_stmt *statement, int number, size_t *len);

int64_t db_changes(struct db *db);
int64_t db_last_rowid(struct db *db);

/* The same end for a caller whom memory fails between two calls. */
_Noreturn void db_end(struct db *db, const char *why);

#endif
