#include "io/receipts.h"

#include "base/buf.h"
#include "io/clock.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define UNSAVED_MAX 256      /* decisions in memory */
#define SAVE_COUNT 64        /* so many are worth a transaction */
#define SAVE_WITHIN_MS 10000 /* fewer wait so long */
#define COPY_MAX 65536 /* bytes of a user and a receipt, which is a message */

enum statement {
	SQL_NEWEST,
	SQL_ADD,
	SQL_NEXT,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_NEWEST] = "SELECT coalesce(max(at), 0) FROM decision",
	[SQL_ADD] = "INSERT OR REPLACE INTO decision(slot, at, user, event,"
	            " receipt) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_NEXT] = "SELECT at, user, receipt FROM decision"
	             " WHERE event = ?1 AND at > ?2 ORDER BY at LIMIT 1",
};

/* User, event and receipt, one behind the other. */
struct unsaved {
	char *texts; /* owned */
	int64_t at;
};

struct receipts {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	int64_t keep;
	int64_t newest; /* counts all that were ever added */
	struct unsaved unsaved[UNSAVED_MAX];
	int unsaved_count;
	int64_t save_ms; /* monotonic */
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

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
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

	db_bind_int(statement, 1, unsaved->at % receipts->keep);
	db_bind_int(statement, 2, unsaved->at);
	db_bind_text(statement, 3, unsaved->texts);
	db_bind_text(statement, 4, event);
	db_bind_text(statement, 5, event + strlen(event) + 1);
	db_run(receipts->db, statement);
}

void
receipts_save(struct receipts *receipts, bool is_end)
{
	if (receipts->unsaved_count == 0 ||
	    (!is_end && receipts->unsaved_count < SAVE_COUNT &&
	        clock_monotonic_ms() < receipts->save_ms))
		return;
	db_begin(receipts->db, false);
	for (int i = 0; i < receipts->unsaved_count; i++)
		save(receipts, &receipts->unsaved[i]);
	db_commit(receipts->db);
	drop_unsaved(receipts);
}

int
receipts_wait_ms(const struct receipts *receipts, int limit_ms)
{
	int64_t wait_ms = receipts->save_ms - clock_monotonic_ms();

	if (receipts->unsaved_count == 0 || wait_ms > limit_ms)
		return limit_ms;
	return wait_ms < 0 ? 0 : (int)wait_ms;
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
		receipts_save(receipts, true);
	if (receipts->unsaved_count == 0)
		receipts->save_ms = clock_monotonic_ms() + SAVE_WITHIN_MS;
	unsaved = &receipts->unsaved[receipts->unsaved_count];
	unsaved->texts = malloc(user_size + event_size + receipt_size);
	if (unsaved->texts == NULL)
		return;
	memcpy(unsaved->texts, user, user_size);
	memcpy(unsaved->texts + user_size, event, event_size);
	memcpy(unsaved->texts + user_size + event_size, receipt, receipt_size);
	unsaved->at = ++receipts->newest;
	receipts->unsaved_count++;
}

bool
receipts_next(struct receipts *receipts, const char *event, int64_t *at,
    const char **user, const char **receipt)
{
	struct sqlite3_stmt *statement = use(receipts, SQL_NEXT);
	struct buf *copy = &receipts->copy;

	receipts_save(receipts, true);
	db_bind_text(statement, 1, event);
	db_bind_int(statement, 2, *at);
	if (!db_step(receipts->db, statement))
		return false;
	/* A copy, because a row that is held keeps this handle at an old view
	 * of the file, from which it may not write once the other has. */
	*at = db_int(statement, 0);
	buf_clear(copy);
	buf_addf(copy, "%s%c%s", db_text(statement, 1), '\0',
	    db_text(statement, 2));
	db_reset(statement);
	if (buf_status(copy) != STATUS_OK)
		db_end(receipts->db, "out of memory");
	*user = buf_text(copy);
	*receipt = *user + strlen(*user) + 1;
	return true;
}
