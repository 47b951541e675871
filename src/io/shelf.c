#include "io/shelf.h"

#include "core/rules.h"
#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITHDRAW_WITHIN_MS 3600000 /* then nobody wonders about it any more */

enum statement {
	SQL_FIND,
	SQL_DUE,
	SQL_NEXT_DUE,
	SQL_DEFERRED,
	SQL_OF_EVENT,
	SQL_FOLDED,
	SQL_CARRYING,
	SQL_RELEASE,
	SQL_RELEASE_DIGEST,
	SQL_CARRY,
	SQL_FOLD,
	SQL_UNFOLD,
	SQL_LEAVE,
	SQL_WAIT,
	SQL_PRESENCE,
	SQL_HELD,
	SQL_QUIET,
	SQL_HURRY,
	SQL_CANCEL,
	SQL_WITHDRAW,
	SQL_TALLY,
	SQL_NEXT_DIGEST,
	SQL_HAS_CARRIER,
	SQL_COUNT,
};

#define SELECT_JOB                                                       \
	"SELECT job.id, job.stage, event.arrived_ms, job.expires_ms,"    \
	" job.due_ms, job.withdraws, job.kind, job.thread, job.request," \
	" job.digest, job.user, job.device, job.event, job.reason"       \
	" FROM job JOIN event ON event.seq = job.id >> 8 "

static const char *const statements[SQL_COUNT] = {
	[SQL_FIND] = SELECT_JOB "WHERE job.id = ?1",
	[SQL_DUE] =
	    SELECT_JOB "WHERE " STAGE_SQL_WAITING
	               " AND job.due_ms <= ?1 ORDER BY job.due_ms LIMIT 1",
	[SQL_NEXT_DUE] = "SELECT due_ms FROM job"
	                 " JOIN event ON event.seq = job.id >> 8"
	                 " WHERE " STAGE_SQL_WAITING " ORDER BY due_ms LIMIT 1",
	[SQL_DEFERRED] = "SELECT id FROM job INDEXED BY job_leaving"
	                 " WHERE " STAGE_SQL_DEFERRED
	                 " AND user = ?1 AND device = ?2 AND due_ms <= ?3"
	                 " ORDER BY id DESC LIMIT ?4",
	[SQL_OF_EVENT] = "SELECT id FROM job WHERE id BETWEEN ?1 << 8"
	                 " AND (?1 << 8) + 255 ORDER BY id LIMIT ?2",
	[SQL_FOLDED] = "SELECT id FROM job WHERE digest = ?1 AND digest > 0"
	               " AND " STAGE_SQL_FOLDED " ORDER BY id DESC LIMIT ?2",
	[SQL_CARRYING] = "SELECT id FROM job WHERE " STAGE_SQL_DEFERRED
	                 " AND digest > 0 AND user = ?1 AND device = ?2"
	                 " AND due_ms <= ?3 ORDER BY id DESC LIMIT 1",
	[SQL_RELEASE] = "UPDATE job SET stage = ?4, service = ?2, due_ms = ?3,"
	                " reason = ?5 WHERE id = ?1",
	[SQL_RELEASE_DIGEST] =
	    "UPDATE job SET stage = ?6, service = ?2, due_ms = ?3,"
	    " expires_ms = ?4, reason = ?5 WHERE id = ?1",
	[SQL_CARRY] = "UPDATE job SET digest = id WHERE id = ?1 AND digest = 0",
	[SQL_FOLD] = "UPDATE job SET stage = ?3, service = '', due_ms = 0,"
	             " digest = ?2 WHERE id = ?1",
	[SQL_UNFOLD] = "UPDATE job SET stage = ?3, due_ms = ?2 WHERE id = ?1",
	[SQL_LEAVE] = "UPDATE job SET digest = 0 WHERE id = ?1",
	[SQL_WAIT] = "UPDATE job SET stage = ?3, due_ms = ?2, reason = ?4,"
	             " digest = ?5 WHERE id = ?1",
	[SQL_HELD] = "SELECT id FROM job WHERE " STAGE_SQL_HELD
	             " AND user = ?1 AND device = ?2 AND id > ?3"
	             " ORDER BY id LIMIT ?4",
	[SQL_PRESENCE] = "SELECT id FROM job WHERE " STAGE_SQL_HELD
	                 " AND " STAGE_SQL_PRESENCE
	                 " AND user = ?1 AND device = ?2 AND id > ?3"
	                 " ORDER BY id LIMIT ?4",
	[SQL_QUIET] =
	    "SELECT id FROM job WHERE " STAGE_SQL_DEFERRED
	    " AND " STAGE_SQL_QUIET " AND user = ?1 AND device = ?2 AND id > ?3"
	    " ORDER BY id LIMIT ?4",
	[SQL_HURRY] = "UPDATE job SET due_ms = ?2 WHERE id = ?1"
	              " AND due_ms > ?2",
	[SQL_CANCEL] = "UPDATE job SET cancelled = ?2, due_ms = min(due_ms, ?3)"
	               " WHERE id = ?1",
	[SQL_WITHDRAW] =
	    "UPDATE job SET stage = ?6, service = ?2, due_ms = ?3,"
	    " attempts = 0, withdraws = 1, cancelled = 0, reason = ?4,"
	    " expires_ms = ?5 WHERE id = ?1",
	[SQL_TALLY] = "SELECT kind, count(*), min(thread), max(thread)"
	              " FROM job WHERE digest = ?1"
	              " AND digest > 0 GROUP BY kind"
	              " ORDER BY max(id) DESC",
	[SQL_NEXT_DIGEST] = "SELECT coalesce(min(digest), 0) FROM job"
	                    " WHERE digest > ?1 AND digest > 0",
	[SQL_HAS_CARRIER] =
	    "SELECT EXISTS (SELECT 1 FROM job WHERE digest = ?1 AND digest > 0"
	    "  AND stage < ?2) OR EXISTS (SELECT 1 FROM job WHERE digest = ?1"
	    "  AND digest > 0 AND stage > ?2)",
};

_Static_assert(OUTBOX_SLICE <= BEHIND_SLICE, "a slice has the room");

struct shelf {
	struct db *db;
	struct behind *behind;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

enum status
shelf_create(struct outbox *outbox, struct shelf **shelf)
{
	struct shelf *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = outbox_db(outbox);
	fresh->behind = outbox_behind(outbox);
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
	job->seq = job->id >> 8;
	job->stage = (enum stage)db_int(statement, 1);
	job->arrived_ms = db_time(shelf->db, statement, 2);
	job->expires_ms = db_time(shelf->db, statement, 3);
	job->due_ms = db_time(shelf->db, statement, 4);
	job->withdraws = db_int(statement, 5) != 0;
	job->kind = (int)kind_stored(db_int(statement, 6));
	job->thread = db_int(statement, 7);
	job->request = db_int(statement, 8);
	job->digest = db_int(statement, 9);
	copy_text(statement, 10, job->user);
	copy_text(statement, 11, job->device);
	copy_text(statement, 12, job->event_id);
	job->reason = STAGE_REASON(db_int(statement, 13));
	job->round = STAGE_ROUND(db_int(statement, 13));
	db_reset(statement);
	return true;
}

/* The first column of the rows of a query. */
static void
read_slice(struct shelf *shelf, struct sqlite3_stmt *statement,
    struct shelf_slice *slice)
{
	slice->count = 0;
	while (slice->count < OUTBOX_SLICE && db_step(shelf->db, statement))
		slice->ids[slice->count++] = db_int(statement, 0);
	db_reset(statement);
}

bool
shelf_find(struct shelf *shelf, int64_t id, struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_FIND);

	db_bind_int(statement, 1, id);
	return read_job(shelf, statement, job);
}

bool
shelf_due(struct shelf *shelf, int64_t now_ms, struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_DUE);

	db_bind_time(shelf->db, statement, 1, now_ms);
	return read_job(shelf, statement, job);
}

int64_t
shelf_next_due(struct shelf *shelf)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_NEXT_DUE);
	int64_t due_ms = INT64_MAX;

	if (db_step(shelf->db, statement))
		due_ms = db_time(shelf->db, statement, 0);
	db_reset(statement);
	return due_ms;
}

bool
shelf_search(struct shelf *shelf, const struct shelf_job *like,
    struct behind_cursor *cursor, struct shelf_slice *slice)
{
	const struct behind_key key = {
		.user = like->user,
		.thread = like->thread,
		.request = like->request,
	};

	return behind_search(shelf->behind, &key, cursor, slice);
}

void
shelf_deferred(struct shelf *shelf, const struct shelf_job *of, int64_t now_ms,
    struct shelf_slice *slice)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_DEFERRED);

	db_bind_text(statement, 1, of->user);
	db_bind_text(statement, 2, of->device);
	db_bind_time(shelf->db, statement, 3, now_ms);
	db_bind_int(statement, 4, OUTBOX_SLICE);
	read_slice(shelf, statement, slice);
}

void
shelf_held(struct shelf *shelf, const struct shelf_job *after,
    struct shelf_slice *slice)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_HELD);

	db_bind_text(statement, 1, after->user);
	db_bind_text(statement, 2, after->device);
	db_bind_int(statement, 3, after->id);
	db_bind_int(statement, 4, OUTBOX_SLICE);
	read_slice(shelf, statement, slice);
}

void
shelf_of_event(struct shelf *shelf, int64_t seq, struct shelf_slice *slice)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_OF_EVENT);

	db_bind_int(statement, 1, seq);
	db_bind_int(statement, 2, OUTBOX_SLICE);
	read_slice(shelf, statement, slice);
}

void
shelf_folded(struct shelf *shelf, int64_t digest, struct shelf_slice *slice)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_FOLDED);

	db_bind_int(statement, 1, digest);
	db_bind_int(statement, 2, OUTBOX_SLICE);
	read_slice(shelf, statement, slice);
}

bool
shelf_carrying(struct shelf *shelf, const struct shelf_job *of, int64_t now_ms,
    struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_CARRYING);
	int64_t id;

	db_bind_text(statement, 1, of->user);
	db_bind_text(statement, 2, of->device);
	db_bind_time(shelf->db, statement, 3, now_ms);
	id = db_number(shelf->db, statement);
	return id != 0 && shelf_find(shelf, id, job);
}

int64_t
shelf_event_of(struct shelf *shelf, int64_t number)
{
	struct behind_claim claim;

	return behind_find_claim(shelf->behind, number, &claim) ? claim.seq : 0;
}

void
shelf_release(struct shelf *shelf, const struct shelf_job *job,
    const char *service, int reason, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_RELEASE);

	db_bind_int(statement, 1, job->id);
	db_bind_text(statement, 2, service);
	db_bind_time(shelf->db, statement, 3, now_ms);
	db_bind_int(statement, 4, STAGE_READY);
	db_bind_int(statement, 5,
	    STAGE_STORED(reason, reason == REASON_REMINDER ? job->round : 0));
	db_run(shelf->db, statement);
}

void
shelf_release_digest(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms, int64_t expires_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_RELEASE_DIGEST);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, service);
	db_bind_time(shelf->db, statement, 3, now_ms);
	db_bind_time(shelf->db, statement, 4, expires_ms);
	db_bind_int(statement, 5, REASON_DIGEST);
	db_bind_int(statement, 6, STAGE_READY);
	db_run(shelf->db, statement);
}

void
shelf_carry(struct shelf *shelf, int64_t id)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_CARRY);

	db_bind_int(statement, 1, id);
	db_run(shelf->db, statement);
}

void
shelf_fold(struct shelf *shelf, int64_t id, int64_t digest)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_FOLD);

	db_bind_int(statement, 1, id);
	db_bind_int(statement, 2, digest);
	db_bind_int(statement, 3, STAGE_FOLDED);
	db_run(shelf->db, statement);
}

static void
unfold(struct shelf *shelf, int64_t id, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_UNFOLD);

	db_bind_int(statement, 1, id);
	db_bind_time(shelf->db, statement, 2, now_ms);
	db_bind_int(statement, 3, STAGE_QUIET);
	db_run(shelf->db, statement);
}

void
shelf_pass_on(struct shelf *shelf, const struct shelf_job *job,
    const char *service, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_LEAVE);
	struct shelf_slice slice;

	if (job->digest == 0)
		return;
	shelf_folded(shelf, job->digest, &slice);
	if (slice.count > 0 && job->stage == STAGE_READY)
		shelf_release_digest(shelf, slice.ids[0], service, now_ms,
		    job->expires_ms);
	else if (slice.count > 0)
		unfold(shelf, slice.ids[0], now_ms);
	db_bind_int(statement, 1, job->id);
	db_run(shelf->db, statement);
}

void
shelf_wait(struct shelf *shelf, const struct shelf_job *job)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_WAIT);

	db_bind_int(statement, 1, job->id);
	db_bind_time(shelf->db, statement, 2, job->due_ms);
	db_bind_int(statement, 3, (int)job->stage);
	db_bind_int(statement, 4, STAGE_STORED(job->reason, job->round));
	db_bind_int(statement, 5, job->digest);
	db_run(shelf->db, statement);
}

int64_t
shelf_hurry(struct shelf *shelf, const struct shelf_job *after, int64_t now_ms)
{
	struct sqlite3_stmt *select = use(shelf,
	    after->stage == STAGE_PRESENCE ? SQL_PRESENCE : SQL_QUIET);
	struct sqlite3_stmt *hurry = use(shelf, SQL_HURRY);
	struct shelf_slice slice;

	db_bind_text(select, 1, after->user);
	db_bind_text(select, 2, after->device);
	db_bind_int(select, 3, after->id);
	db_bind_int(select, 4, OUTBOX_SLICE);
	read_slice(shelf, select, &slice);
	for (size_t i = 0; i < slice.count; i++) {
		db_bind_int(hurry, 1, slice.ids[i]);
		db_bind_time(shelf->db, hurry, 2, now_ms);
		db_run(shelf->db, hurry);
	}
	return slice.count == OUTBOX_SLICE ? slice.ids[slice.count - 1] : 0;
}

void
shelf_cancel(struct shelf *shelf, int64_t id, int reason, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_CANCEL);

	db_bind_int(statement, 1, id);
	db_bind_int(statement, 2, reason);
	db_bind_time(shelf->db, statement, 3, now_ms);
	db_run(shelf->db, statement);
}

void
shelf_withdraw(struct shelf *shelf, int64_t id, const char *service, int reason,
    int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_WITHDRAW);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, service);
	db_bind_time(shelf->db, statement, 3, now_ms);
	db_bind_int(statement, 4, reason);
	db_bind_time(shelf->db, statement, 5, now_ms + WITHDRAW_WITHIN_MS);
	db_bind_int(statement, 6, STAGE_READY);
	db_run(shelf->db, statement);
}

void
shelf_tally(struct shelf *shelf, int64_t digest, struct digest_tally *tally)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_TALLY);
	int64_t thread = 0;

	*tally = (struct digest_tally){ .is_one_thread = true };
	db_bind_int(statement, 1, digest);
	while (tally->count < KIND_COUNT && db_step(shelf->db, statement)) {
		if (tally->count == 0)
			thread = db_int(statement, 2);
		tally->is_one_thread &= db_int(statement, 2) == thread &&
		    db_int(statement, 3) == thread;
		tally->kinds[tally->count] = kind_stored(db_int(statement, 0));
		tally->counts[tally->count] = (int32_t)db_int(statement, 1);
		tally->total += tally->counts[tally->count++];
	}
	db_reset(statement);
}

static bool
has_carrier(struct shelf *shelf, int64_t digest)
{
	struct sqlite3_stmt *statement = use(shelf, SQL_HAS_CARRIER);

	db_bind_int(statement, 1, digest);
	db_bind_int(statement, 2, STAGE_FOLDED);
	return db_number(shelf->db, statement) != 0;
}

int64_t
shelf_orphaned(struct shelf *shelf, int64_t after)
{
	int64_t digest = after;

	do {
		struct sqlite3_stmt *statement = use(shelf, SQL_NEXT_DIGEST);

		db_bind_int(statement, 1, digest);
		digest = db_number(shelf->db, statement);
	} while (digest != 0 && has_carrier(shelf, digest));
	return digest;
}
