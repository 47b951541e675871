#include "io/due.h"

#include "io/outbox_inside.h"

#include <stdio.h>

enum statement {
	SQL_DUE,
	SQL_DUE_USER,
	SQL_NEXT_DUE,
	SQL_SERVICE_AFTER,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_DUE] =
	    "SELECT job.id, job.due_ms, job.attempts, job.user, job.device,"
	    "  job.event, job.expires_ms, job.withdraws, job.reason,"
	    "  job.cancelled, job.digest, event.seq, event.arrived_ms,"
	    "  event.expires_ms, event.topic, event.payload"
	    " FROM job JOIN event ON event.seq = job.id >> 8"
	    " WHERE " STAGE_SQL_READY " AND job.service = ?1"
	    "  AND job.user = ?2 AND job.due_ms <= ?3"
	    " ORDER BY job.due_ms, job.id",
	[SQL_DUE_USER] =
	    "SELECT user, due_ms FROM job WHERE " STAGE_SQL_READY
	    " AND service = ?1 AND user > ?2 ORDER BY user, due_ms LIMIT 1",
	[SQL_NEXT_DUE] = "SELECT due_ms FROM job WHERE " STAGE_SQL_READY
	                 " AND service = ?1 AND due_ms > ?2"
	                 " ORDER BY due_ms LIMIT 1",
	[SQL_SERVICE_AFTER] =
	    "SELECT service, due_ms, user FROM job WHERE " STAGE_SQL_READY
	    " AND service > ?1 ORDER BY service, due_ms LIMIT 1",
};

_Static_assert(SQL_COUNT <= OUTBOX_STATEMENTS, "they have their places");

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[OUTBOX_DUE][number],
	    statements[number]);
}

void
due_begin(struct outbox *outbox, const char *service, const char *user,
    int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	db_bind_text(statement, 1, service);
	db_bind_text(statement, 2, user);
	db_bind_time(outbox->store.db, statement, 3, now_ms);
}

bool
due_next(struct outbox *outbox, struct outbox_job *job)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE);

	if (!db_step(db, statement))
		return false;
	job->id = db_int(statement, 0);
	job->due_ms = db_time(db, statement, 1);
	job->attempts = (int32_t)db_int(statement, 2);
	job->user = db_text(statement, 3);
	job->device = db_text(statement, 4);
	job->event_id = db_text(statement, 5);
	job->expires_ms = db_time(db, statement, 6);
	job->withdraws = db_int(statement, 7) != 0;
	job->reason = STAGE_REASON(db_int(statement, 8));
	job->round = STAGE_ROUND(db_int(statement, 8));
	job->cancelled = (int)db_int(statement, 9);
	job->digest = db_int(statement, 10);
	events_read(outbox, statement, 11, &job->event);
	return true;
}

void
due_end(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_DUE));
}

bool
due_user_after(struct outbox *outbox, const char *service, int64_t now_ms,
    char user[65], int *looks)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_DUE_USER);
	bool has_row;
	bool is_due = false;

	do {
		(*looks)--;
		db_bind_text(statement, 1, service);
		db_bind_text(statement, 2, user);
		has_row = db_step(db, statement);
		if (has_row) {
			is_due = db_time(db, statement, 1) <= now_ms;
			(void)snprintf(user, 65, "%s", db_text(statement, 0));
		}
		db_reset(statement);
	} while (has_row && !is_due && *looks > 0);
	return is_due;
}

int64_t
due_next_ms(struct outbox *outbox, const char *service, int64_t now_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_NEXT_DUE);
	int64_t due_ms = INT64_MAX;

	db_bind_text(statement, 1, service);
	db_bind_time(db, statement, 2, now_ms);
	if (db_step(db, statement))
		due_ms = db_time(db, statement, 0);
	db_reset(statement);
	return due_ms;
}

bool
due_service_after(struct outbox *outbox, char *service, size_t size,
    int64_t *due_ms, char user[65])
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_SERVICE_AFTER);
	bool has_row;

	db_bind_text(statement, 1, service);
	has_row = db_step(db, statement);
	if (has_row) {
		(void)snprintf(service, size, "%s", db_text(statement, 0));
		*due_ms = db_time(db, statement, 1);
		(void)snprintf(user, 65, "%s", db_text(statement, 2));
	}
	db_reset(statement);
	return has_row;
}
