#include "io/receipts.h"

#include "base/buf.h"
#include "base/fault.h"
#include "io/clock.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define UNSAVED_MAX 1024     /* decisions in memory */
#define SAVE_COUNT 512       /* so many share pages: worth a transaction */
#define SAVE_WITHIN_MS 10000 /* fewer wait so long */
#define COPY_MAX 65536 /* bytes of a user and a receipt, which is a message */

#define PURGE_EVERY 16384 /* receipts, until all of them are looked at */
#define TRIM_PART 16 /* a person's are counted when they grew by such a part */
#define PEOPLE_MAX 1024 /* whose names are told apart by that */

enum statement {
	SQL_NEWEST,
	SQL_ADD,
	SQL_TRIM,
	SQL_PURGE,
	SQL_NEXT,
	SQL_NEXT_OF,
	SQL_SINCE,
	SQL_COUNT,
};

/* Older files have one ring for all people. */
static const char tables[] = "CREATE TABLE IF NOT EXISTS receipt("
                             "  user TEXT NOT NULL,"
                             "  at INTEGER NOT NULL," /* counts up */
                             "  ts_ms INTEGER NOT NULL,"
                             "  event TEXT NOT NULL,"
                             "  receipt TEXT NOT NULL,"
                             "  PRIMARY KEY(user, at)"
                             ") WITHOUT ROWID";
static const char take_over[] =
    "INSERT OR IGNORE INTO receipt SELECT user, at, 0, event, receipt"
    " FROM decision WHERE EXISTS (SELECT 1 FROM decision);"
    "DELETE FROM decision WHERE EXISTS (SELECT 1 FROM decision)";

#define SELECT_ONE "SELECT at, user, event, receipt FROM receipt "

static const char *const statements[SQL_COUNT] = {
	[SQL_NEWEST] = "SELECT coalesce(max(at), 0) FROM receipt",
	[SQL_ADD] = "INSERT OR REPLACE INTO receipt(user, at, ts_ms, event,"
	            " receipt) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_TRIM] = "DELETE FROM receipt WHERE user = ?1 AND at <="
	             " (SELECT at FROM receipt WHERE user = ?1"
	             "  ORDER BY at DESC LIMIT 1 OFFSET ?2)",
	[SQL_PURGE] = "DELETE FROM receipt WHERE at <= ?1",
	[SQL_NEXT] = SELECT_ONE "WHERE event = ?1 AND at > ?2"
	                        " ORDER BY at LIMIT 1",
	[SQL_NEXT_OF] = SELECT_ONE "WHERE event = ?1 AND at > ?2 AND user = ?3"
	                           " ORDER BY at LIMIT 1",
	[SQL_SINCE] = SELECT_ONE "WHERE ts_ms >= ?1 AND at > ?2 AND user = ?3"
	                         " ORDER BY at LIMIT 1",
};

/* User, event and receipt, one behind the other. */
struct unsaved {
	char *texts; /* owned */
	int64_t at;
	int64_t ts_ms;
};

struct receipts {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	int64_t keep;
	int64_t newest; /* counts all that were ever added */
	int64_t purged; /* the newest when all were looked at */
	struct unsaved unsaved[UNSAVED_MAX];
	int unsaved_count;
	int32_t added[PEOPLE_MAX]; /* since they were counted */
	struct timer save;
	struct buf copy; /* of the last decision that was looked at */
};

static struct sqlite3_stmt *
use(struct receipts *receipts, enum statement number)
{
	return db_use(receipts->db, &receipts->prepared[number],
	    statements[number]);
}

enum status
receipts_create(struct db *db, int64_t keep, struct receipts **receipts)
{
	struct receipts *fresh = calloc(1, sizeof(*fresh));
	struct sqlite3_stmt *statement;
	struct fault fault = { "" };

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	if (db_execute(db, tables, &fault) != STATUS_OK ||
	    db_execute(db, take_over, &fault) != STATUS_OK) {
		free(fresh);
		return STATUS_IO;
	}
	fresh->db = db;
	fresh->keep = keep;
	buf_init(&fresh->copy, COPY_MAX);
	statement = use(fresh, SQL_NEWEST);
	if (db_step(db, statement))
		fresh->newest = db_int(statement, 0);
	db_reset(statement);
	*receipts = fresh;
	return STATUS_OK;
}

static void
drop_unsaved(struct receipts *receipts)
{
	for (int i = 0; i < receipts->unsaved_count; i++)
		free(receipts->unsaved[i].texts);
	receipts->unsaved_count = 0;
}

void
receipts_destroy(struct receipts *receipts)
{
	if (receipts == NULL)
		return;
	drop_unsaved(receipts);
	db_drop(receipts->prepared, SQL_COUNT);
	buf_finish(&receipts->copy);
	free(receipts);
}

static void
save(struct receipts *receipts, const struct unsaved *unsaved)
{
	struct sqlite3_stmt *statement = use(receipts, SQL_ADD);
	const char *event = unsaved->texts + strlen(unsaved->texts) + 1;

	db_bind_text(statement, 1, unsaved->texts);
	db_bind_int(statement, 2, unsaved->at);
	db_bind_int(statement, 3, unsaved->ts_ms);
	db_bind_text(statement, 4, event);
	db_bind_text(statement, 5, event + strlen(event) + 1);
	db_run(receipts->db, statement);
}

/* To count them is to read them all, so not each time. */
static bool
is_grown(struct receipts *receipts, const char *user)
{
	size_t number = 0;
	int32_t *added;

	for (const char *c = user; *c != '\0'; c++)
		number = number * 31 + (unsigned char)*c;
	added = &receipts->added[number % PEOPLE_MAX];
	if (++*added < receipts->keep / TRIM_PART)
		return false;
	*added = 0;
	return true;
}

/* Each person keeps so many, or a few more, and all people together no more than
 * some do. */
static void
trim(struct receipts *receipts)
{
	struct sqlite3_stmt *statement = use(receipts, SQL_TRIM);

	for (int i = 0; i < receipts->unsaved_count; i++) {
		const char *user = receipts->unsaved[i].texts;

		if (!is_grown(receipts, user))
			continue;
		db_bind_text(statement, 1, user);
		db_bind_int(statement, 2, receipts->keep);
		db_run(receipts->db, statement);
	}
	if (receipts->newest - receipts->purged < PURGE_EVERY)
		return;
	receipts->purged = receipts->newest;
	statement = use(receipts, SQL_PURGE);
	db_bind_int(statement, 1,
	    receipts->newest - receipts->keep * RECEIPTS_PEOPLE);
	db_run(receipts->db, statement);
}

void
receipts_save(struct receipts *receipts)
{
	timer_set(&receipts->save, TIMER_OFF);
	if (receipts->unsaved_count == 0)
		return;
	db_begin(receipts->db, false);
	for (int i = 0; i < receipts->unsaved_count; i++)
		save(receipts, &receipts->unsaved[i]);
	trim(receipts);
	db_commit(receipts->db);
	drop_unsaved(receipts);
}

static void
save_all(void *context)
{
	receipts_save(context);
}

void
receipts_use_timers(struct receipts *receipts, const struct instant *at,
    struct timers *timers)
{
	receipts->save = (struct timer){
		.now_ms = &at->monotonic_ms,
		.due_ms = TIMER_OFF,
		.run = save_all,
		.part = receipts,
	};
	timer_add(timers, &receipts->save);
}

void
receipts_add(struct receipts *receipts, const char *user, const char *event,
    const char *receipt)
{
	struct unsaved *unsaved;
	size_t user_size = strlen(user) + 1;
	size_t event_size = strlen(event) + 1;
	size_t receipt_size = strlen(receipt) + 1;

	if (receipts->keep == 0)
		return;
	if (receipts->unsaved_count == UNSAVED_MAX)
		receipts_save(receipts);
	if (receipts->unsaved_count == 0)
		timer_set(&receipts->save,
		    clock_monotonic_ms() + SAVE_WITHIN_MS);
	unsaved = &receipts->unsaved[receipts->unsaved_count];
	unsaved->texts = malloc(user_size + event_size + receipt_size);
	if (unsaved->texts == NULL)
		return;
	memcpy(unsaved->texts, user, user_size);
	memcpy(unsaved->texts + user_size, event, event_size);
	memcpy(unsaved->texts + user_size + event_size, receipt, receipt_size);
	unsaved->at = ++receipts->newest;
	unsaved->ts_ms = clock_now_ms();
	if (++receipts->unsaved_count == SAVE_COUNT)
		timer_set(&receipts->save, 0);
}

/* A copy, because a row that is held keeps this handle at an old view of the
 * file, from which it may not write once the other has. */
static bool
copy_row(struct receipts *receipts, struct sqlite3_stmt *statement,
    struct receipts_one *one)
{
	struct buf *copy = &receipts->copy;

	if (!db_step(receipts->db, statement))
		return false;
	one->at = db_int(statement, 0);
	buf_clear(copy);
	for (int i = 1; i <= 3; i++)
		buf_addf(copy, "%s%c", db_text(statement, i), '\0');
	db_reset(statement);
	if (buf_status(copy) != STATUS_OK)
		db_end(receipts->db, "out of memory");
	one->user = buf_text(copy);
	one->event = one->user + strlen(one->user) + 1;
	one->receipt = one->event + strlen(one->event) + 1;
	return true;
}

bool
receipts_next(struct receipts *receipts, const char *event, const char *user,
    struct receipts_one *one)
{
	struct sqlite3_stmt *statement;

	receipts_save(receipts);
	statement = use(receipts, user != NULL ? SQL_NEXT_OF : SQL_NEXT);
	db_bind_text(statement, 1, event);
	db_bind_int(statement, 2, one->at);
	if (user != NULL)
		db_bind_text(statement, 3, user);
	return copy_row(receipts, statement, one);
}

bool
receipts_since(struct receipts *receipts, const char *user, int64_t since_ms,
    struct receipts_one *one)
{
	struct sqlite3_stmt *statement;

	receipts_save(receipts);
	statement = use(receipts, SQL_SINCE);
	db_bind_int(statement, 1, since_ms);
	db_bind_int(statement, 2, one->at);
	db_bind_text(statement, 3, user);
	return copy_row(receipts, statement, one);
}
