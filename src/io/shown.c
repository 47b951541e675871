#include "io/shown.h"

#include "core/rules.h"
#include "io/outbox_inside.h"

enum statement {
	SQL_FOR_SHOW,
	SQL_HAS_JOB,
	SQL_REMIND,
	SQL_SHOW,
	SQL_IS_REPLACED,
	SQL_COUNT,
};

#define LOOKS 8 /* slices of others that one job looks through */

_Static_assert(KIND_PERMISSION_ASKED == 0 && KIND_QUESTION_ASKED == 1 &&
        KIND_SESSION_ERROR == 2,
    "NEEDS_ANSWER tells them apart by their numbers");

static const char *const statements[SQL_COUNT] = {
	[SQL_FOR_SHOW] = "SELECT cancelled, user, device, thread, request,"
	                 " kind, digest FROM job WHERE id = ?1",
	[SQL_HAS_JOB] = "SELECT 1 FROM job WHERE id = ?1",
	[SQL_REMIND] =
	    "INSERT INTO job(id, stage, service, due_ms, attempts, user,"
	    " device, event, thread, request, kind, expires_ms, withdraws,"
	    " reason, cancelled, digest) SELECT ?2, ?3, '', ?4, 0, user, device, event,"
	    " thread, request, kind, expires_ms, 0, ?5, 0, 0 FROM job"
	    " WHERE id = ?1 RETURNING user, thread, request",
	[SQL_SHOW] = "UPDATE job SET stage = ?2, service = '', due_ms = ?3,"
	             " digest = 0, kind = ?4 WHERE id = ?1",
	/* What is shown, or is just being withdrawn, and stands for the same as
	 * a job that is shown now. */
	[SQL_IS_REPLACED] =
	    "SELECT 1 FROM job WHERE id = ?1 AND user = ?2 AND device = ?3"
	    " AND (" STAGE_SQL_SHOWN " OR withdraws)"
	    " AND (kind" NEEDS_ANSWER ") = (?4" NEEDS_ANSWER ")",
};

_Static_assert(SQL_COUNT <= OUTBOX_STATEMENTS, "they have their places");

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[OUTBOX_SHOWN][number],
	    statements[number]);
}

static bool
is_replaced(struct outbox *outbox, int64_t id, const struct outbox_order *shown)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_IS_REPLACED);

	db_bind_int(statement, 1, id);
	db_bind_text(statement, 2, shown->user);
	db_bind_text(statement, 3, shown->device);
	db_bind_int(statement, 4, shown->kind);
	return db_number(outbox->store.db, statement) != 0;
}

/* Returns: whether it was in the slice. */
static bool
settle_in(struct outbox *outbox, const struct behind_slice *slice, int64_t id,
    const struct outbox_order *shown)
{
	for (size_t i = 0; i < slice->count; i++) {
		if (slice->ids[i] == id ||
		    !is_replaced(outbox, slice->ids[i], shown))
			continue;
		jobs_settle_row(outbox, slice->ids[i]);
		return true;
	}
	return false;
}

/* What has the same identity as a job that is shown, by push/opaque.h, is no
 * longer there, and must not be withdrawn in its place. There is one at most, because
 * what came before that one went the same way; and mostly it is not old. Where a heap
 * of what is gone is before it, a look sweeps some away. */
static void
settle_replaced(struct outbox *outbox, int64_t id,
    const struct outbox_order *shown)
{
	const struct behind_key key = {
		.user = shown->user,
		.thread = shown->thread,
		.request = shown->request,
		.is_exact = true,
	};
	struct behind_cursor cursor = { 0 };
	struct behind_slice slice;

	for (int i = 0; i < LOOKS &&
	     behind_search(outbox->behind, &key, &cursor, &slice) &&
	     !settle_in(outbox, &slice, id, shown);
	     i++)
		continue;
}

/* From memory to the shown ones, in one step. */
static void
show_new(struct outbox *outbox, struct window_job *job, int64_t until_ms)
{
	struct outbox_order order = job->order;

	order.stage = STAGE_SHOWN;
	order.service = "";
	order.due_ms = until_ms;
	jobs_insert(outbox, job->id, &order, 0);
	settle_replaced(outbox, job->id, &order);
	window_remove(outbox->window, job);
}

/* A digest stands for several: it is no session's, but a note. */
static int
show_row(struct outbox *outbox, int64_t id, int64_t until_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *find = use(outbox, SQL_FOR_SHOW);
	struct sqlite3_stmt *show = use(outbox, SQL_SHOW);
	struct outbox_order order = { .seq = id >> 8 };
	int cancelled;

	db_bind_int(find, 1, id);
	if (!db_step(db, find))
		return 0;
	cancelled = (int)db_int(find, 0);
	order.user = db_text(find, 1);
	order.device = db_text(find, 2);
	order.thread = db_int(find, 3);
	order.request = db_int(find, 4);
	order.kind = db_int(find, 6) != 0 ? KIND_NOTE : (int)db_int(find, 5);
	db_bind_int(show, 1, id);
	db_bind_int(show, 2, STAGE_SHOWN);
	db_bind_time(db, show, 3, until_ms);
	db_bind_int(show, 4, order.kind);
	db_run(outbox->store.db, show);
	settle_replaced(outbox, id, &order);
	db_reset(find);
	return cancelled;
}

int
shown_add(struct outbox *outbox, int64_t id, int64_t until_ms)
{
	struct window_job *job = window_find(outbox->window, id);

	if (job == NULL)
		return show_row(outbox, id, until_ms);
	show_new(outbox, job, until_ms);
	return REASON_NONE;
}

static bool
has_job(struct outbox *outbox, int64_t id)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_HAS_JOB);
	bool has_row;

	db_bind_int(statement, 1, id);
	has_row = db_step(outbox->store.db, statement);
	db_reset(statement);
	return has_row || window_find(outbox->window, id) != NULL;
}

bool
shown_remind(struct outbox *outbox, int64_t id, int64_t due_ms, int32_t round)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_REMIND);
	int64_t fresh = id >> 8 << 8;
	struct behind_link link;

	while (!BEHIND_IS_ASK(fresh) && has_job(outbox, fresh))
		fresh++;
	if (BEHIND_IS_ASK(fresh))
		return false;
	db_bind_int(statement, 1, id);
	db_bind_int(statement, 2, fresh);
	db_bind_int(statement, 3, STAGE_DELAY);
	db_bind_time(outbox->store.db, statement, 4, due_ms);
	db_bind_int(statement, 5, STAGE_STORED(REASON_REMINDER, round));
	if (!db_step(outbox->store.db, statement)) {
		db_reset(statement);
		return false;
	}
	link = (struct behind_link){
		.owner = behind_owner(outbox->behind, db_text(statement, 0)),
		.thread = db_int(statement, 1),
		.request = db_int(statement, 2),
		.id = fresh,
	};
	db_reset(statement);
	behind_link(outbox->behind, &link);
	return true;
}
