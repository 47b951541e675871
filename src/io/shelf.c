#include "io/shelf.h"

#include "core/decide.h"
#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITHDRAW_WITHIN_MS 3600000 /* then nobody wonders about it any more */

enum statement {
	SQL_DUE,
	SQL_NEXT_DUE,
	SQL_OF_THREAD,
	SQL_OF_USER,
	SQL_FOLDED,
	SQL_DEFERRED,
	SQL_FIND_EVENT,
	SQL_RELEASE,
	SQL_RELEASE_DIGEST,
	SQL_FOLD,
	SQL_REFOLD,
	SQL_DEFER,
	SQL_HURRY,
	SQL_CANCEL,
	SQL_WITHDRAW,
	SQL_REMOVE,
	SQL_TALLY,
	SQL_COUNT,
};

#define SELECT_JOB                                                        \
	"SELECT job.id, job.stage, job.seq, event.arrived_ms,"            \
	" job.expires_ms, job.due_ms, job.withdraws, job.kind, job.user," \
	" job.device, event.id, job.thread, job.request"                  \
	" FROM job JOIN event ON event.seq = job.seq "

/* The stages by number are those of enum stage. */
static const char *const statements[SQL_COUNT] = {
	[SQL_DUE] = SELECT_JOB "WHERE stage = ?1 AND service = ''"
	                       " AND due_ms <= ?2 ORDER BY due_ms LIMIT 1",
	[SQL_NEXT_DUE] =
	    "SELECT min(due_ms) FROM ("
	    " SELECT min(due_ms) AS due_ms FROM job"
	    "  WHERE stage = 1 AND service = '' UNION ALL"
	    " SELECT min(due_ms) FROM job"
	    "  WHERE stage = 2 AND service = '' UNION ALL"
	    " SELECT min(due_ms) FROM job"
	    "  WHERE stage = 3 AND service = '' UNION ALL"
	    " SELECT min(due_ms) FROM job WHERE stage = 4 AND service = '')",
	[SQL_OF_THREAD] =
	    SELECT_JOB "WHERE job.user = ?1 AND job.thread = ?2 AND job.id > ?3"
	               " ORDER BY job.id LIMIT 1",
	[SQL_OF_USER] = SELECT_JOB "WHERE job.user = ?1 AND job.id > ?3"
	                           " ORDER BY job.id LIMIT 1",
	[SQL_FOLDED] = SELECT_JOB
	"WHERE job.stage = 5 AND job.service = '' AND job.carrier = ?1"
	" AND job.seq < ?2 ORDER BY job.seq DESC LIMIT 1",
	[SQL_DEFERRED] = SELECT_JOB
	"WHERE job.stage IN (3, 4) AND job.service = ''"
	" AND job.due_ms <= ?3 AND +job.user = ?1 AND job.device = ?2"
	" AND job.id > ?4 ORDER BY job.id LIMIT 1",
	[SQL_FIND_EVENT] = "SELECT seq, coalesce(thread, '') FROM event"
	                   " WHERE user = ?1 AND id = ?2",
	[SQL_RELEASE] = "UPDATE job SET stage = 0, service = ?2, due_ms = ?3"
	                " WHERE id = ?1",
	[SQL_RELEASE_DIGEST] =
	    "UPDATE job SET stage = 0, service = ?2, due_ms = ?3,"
	    " expires_ms = ?4, reason = ?5, carrier = 0 WHERE id = ?1",
	[SQL_FOLD] = "UPDATE job SET stage = 5, service = '', due_ms = 0,"
	             " carrier = ?2 WHERE id = ?1",
	[SQL_REFOLD] = "UPDATE job SET carrier = ?2 WHERE stage = 5"
	               " AND service = '' AND carrier = ?1",
	[SQL_DEFER] = "UPDATE job SET stage = 3, due_ms = ?2 WHERE id = ?1",
	[SQL_HURRY] = "UPDATE job SET due_ms = min(due_ms, ?4)"
	              " WHERE stage = ?1 AND service = '' AND +user = ?2"
	              " AND (?3 IS NULL OR device = ?3)",
	[SQL_CANCEL] = "UPDATE job SET cancelled = ?2, due_ms = min(due_ms, ?3)"
	               " WHERE id = ?1",
	[SQL_WITHDRAW] =
	    "UPDATE job SET stage = 0, service = ?2, due_ms = ?3,"
	    " attempts = 0, withdraws = 1, cancelled = 0, reason = ?4,"
	    " expires_ms = ?5 WHERE id = ?1",
	[SQL_REMOVE] = "DELETE FROM job WHERE id = ?1",
	[SQL_TALLY] = "SELECT kind, count(*) FROM job WHERE id = ?1 OR"
	              " (stage = 5 AND service = '' AND carrier = ?1)"
	              " GROUP BY kind ORDER BY max(seq) DESC LIMIT 1 OFFSET ?2",
};

struct shelf {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

enum status
shelf_create(struct db *db, struct shelf **shelf)
{
	struct shelf *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	*shelf = fresh;
	return STATUS_OK;
}

void
shelf_destroy(struct shelf *shelf)
{
	if (shelf == NULL)
		return;
	db_drop(shelf->prepared, SQL_COUNT);
	free(shelf);
}

static struct sqlite3_stmt *
use(struct shelf *shelf, enum statement number)
{
	return db_use(shelf->db, &shelf->prepared[number], statements[number]);
}

static void
copy_text(struct sqlite3_stmt *statement, int number, char text[65])
{
	(void)snprintf(text, 65, "%s", db_text(statement, number));
}

/* The one row of a query, let go at once. */
static bool
read_job(struct shelf *shelf, struct sqlite3_stmt *statement,
    struct shelf_job *job)
{
	if (!db_step(shelf->db, statement))
		return false;
	job->id = db_int(statement, 0);
	job->stage = (enum stage)db_int(statement, 1);
	job->seq = db_int(statement, 2);
	job->arrived_ms = db_int(statement, 3);
	job->expires_ms = db_int(statement, 4);
	job->due_ms = db_int(statement, 5);
	job->withdraws = db_int(statement, 6) != 0;
	job->kind = (int)db_int(statement, 7);
	copy_text(statement, 8, job->user);
	copy_text(statement, 9, job->device);
	copy_text(statement, 10, job->event_id);
	copy_text(statement, 11, job->thread);
	copy_text(statement, 12, job->request);
	db_reset(statement);
	return true;
}

bool
shelf_due(struct shelf *shelf, enum stage stage, int64_t now_ms,
    struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_DUE);

	db_bind_int(statement, 1, (int)stage);
	db_bind_int(statement, 2, now_ms);
	return read_job(shelf, statement, job);
}

int64_t
shelf_next_due(struct shelf *shelf)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_NEXT_DUE);
	int64_t due_ms = 0;

	/* NULL, which no job's due time is, reads as 0. */
	if (db_step(shelf->db, statement))
		due_ms = db_int(statement, 0);
	db_reset(statement);
	return due_ms != 0 ? due_ms : INT64_MAX;
}

static bool
next_of(struct shelf *shelf, enum statement number, struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, number);
	char user[65];
	char thread[65];

	memcpy(user, job->user, sizeof(user));
	memcpy(thread, job->thread, sizeof(thread));
	db_bind_text(statement, 1, user);
	if (number == SQL_OF_THREAD)
		db_bind_text(statement, 2, thread);
	db_bind_int(statement, 3, job->id);
	return read_job(shelf, statement, job);
}

bool
shelf_next_of_thread(struct shelf *shelf, struct shelf_job *job)
{
	return next_of(shelf, SQL_OF_THREAD, job);
}

bool
shelf_next_of_user(struct shelf *shelf, struct shelf_job *job)
{
	return next_of(shelf, SQL_OF_USER, job);
}

bool
shelf_next_folded(struct shelf *shelf, int64_t carrier, struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_FOLDED);

	db_bind_int(statement, 1, carrier);
	db_bind_int(statement, 2, job->id == 0 ? INT64_MAX : job->seq);
	return read_job(shelf, statement, job);
}

bool
shelf_next_deferred(struct shelf *shelf, int64_t now_ms, struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_DEFERRED);
	char user[65];
	char device[65];

	memcpy(user, job->user, sizeof(user));
	memcpy(device, job->device, sizeof(device));
	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, device);
	db_bind_int(statement, 3, now_ms);
	db_bind_int(statement, 4, job->id);
	return read_job(shelf, statement, job);
}

int64_t
shelf_find_event(struct shelf *shelf, const char *user, const char *id,
    char thread[65])
{
	struct sqlite3_stmt *statement = use(shelf, SQL_FIND_EVENT);
	int64_t seq = 0;

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, id);
	if (db_step(shelf->db, statement)) {
		seq = db_int(statement, 0);
		copy_text(statement, 1, thread);
	}
	db_reset(statement);
	return seq;
}

void
shelf_release(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_RELEASE);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, service);
	db_bind_int(statement, 3, now_ms);
	db_run(shelf->db, statement);
}

void
shelf_release_digest(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms, int64_t expires_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_RELEASE_DIGEST);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, service);
	db_bind_int(statement, 3, now_ms);
	db_bind_int(statement, 4, expires_ms);
	db_bind_int(statement, 5, REASON_DIGEST);
	db_run(shelf->db, statement);
}

static void
run_pair(struct shelf *shelf, enum statement number, int64_t first,
    int64_t second)
{
	struct sqlite3_stmt *statement = use(shelf, number);

	db_bind_int(statement, 1, first);
	db_bind_int(statement, 2, second);
	db_run(shelf->db, statement);
}

void
shelf_fold(struct shelf *shelf, int64_t id, int64_t carrier)
{
	run_pair(shelf, SQL_FOLD, id, carrier);
}

void
shelf_refold(struct shelf *shelf, int64_t from, int64_t to)
{
	run_pair(shelf, SQL_REFOLD, from, to);
}

void
shelf_defer(struct shelf *shelf, int64_t id, int64_t until_ms)
{
	run_pair(shelf, SQL_DEFER, id, until_ms);
}

void
shelf_hurry(struct shelf *shelf, enum stage stage, const char *user,
    const char *device, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_HURRY);

	db_bind_int(statement, 1, (int)stage);
	db_bind_text(statement, 2, user);
	db_bind_text(statement, 3, device);
	db_bind_int(statement, 4, now_ms);
	db_run(shelf->db, statement);
}

void
shelf_cancel(struct shelf *shelf, int64_t id, int reason, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_CANCEL);

	db_bind_int(statement, 1, id);
	db_bind_int(statement, 2, reason);
	db_bind_int(statement, 3, now_ms);
	db_run(shelf->db, statement);
}

void
shelf_withdraw(struct shelf *shelf, int64_t id, const char *service, int reason,
    int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_WITHDRAW);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, service);
	db_bind_int(statement, 3, now_ms);
	db_bind_int(statement, 4, reason);
	db_bind_int(statement, 5, now_ms + WITHDRAW_WITHIN_MS);
	db_run(shelf->db, statement);
}

void
shelf_remove(struct shelf *shelf, int64_t id)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_REMOVE);

	db_bind_int(statement, 1, id);
	db_run(shelf->db, statement);
}

int32_t
shelf_count(struct shelf *shelf, int64_t carrier, int position, int *kind)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_TALLY);
	int32_t count = 0;

	db_bind_int(statement, 1, carrier);
	db_bind_int(statement, 2, position);
	if (db_step(shelf->db, statement)) {
		*kind = (int)db_int(statement, 0);
		count = (int32_t)db_int(statement, 1);
	}
	db_reset(statement);
	return count;
}
