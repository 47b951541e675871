#include "io/decisions.h"

#include "base/buf.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

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

struct decisions {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	int64_t keep;
	int64_t newest;  /* counts all that were ever added */
	struct buf copy; /* of the last decision that was looked at */
};

static struct sqlite3_stmt *
use(struct decisions *decisions, enum statement number)
{
	return db_use(decisions->db, &decisions->prepared[number],
	    statements[number]);
}

enum status
decisions_create(struct db *db, int64_t keep, struct decisions **decisions)
{
	struct decisions *fresh = calloc(1, sizeof(*fresh));
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
	*decisions = fresh;
	return STATUS_OK;
}

void
decisions_destroy(struct decisions *decisions)
{
	if (decisions == NULL)
		return;
	db_drop(decisions->prepared, SQL_COUNT);
	buf_finish(&decisions->copy);
	free(decisions);
}

void
decisions_add(struct decisions *decisions, const char *user, const char *event,
    const char *receipt)
{
	struct sqlite3_stmt *statement = use(decisions, SQL_ADD);

	if (decisions->keep == 0)
		return;
	decisions->newest++;
	db_bind_int(statement, 1, decisions->newest % decisions->keep);
	db_bind_int(statement, 2, decisions->newest);
	db_bind_text(statement, 3, user);
	db_bind_text(statement, 4, event);
	db_bind_text(statement, 5, receipt);
	db_run(decisions->db, statement);
}

bool
decisions_next(struct decisions *decisions, const char *event, int64_t *at,
    const char **user, const char **receipt)
{
	struct sqlite3_stmt *statement = use(decisions, SQL_NEXT);
	struct buf *copy = &decisions->copy;

	db_bind_text(statement, 1, event);
	db_bind_int(statement, 2, *at);
	if (!db_step(decisions->db, statement))
		return false;
	/* A copy, because a row that is held keeps this handle at an old view
	 * of the file, from which it may not write once the other has. */
	*at = db_int(statement, 0);
	buf_clear(copy);
	buf_addf(copy, "%s%c%s", db_text(statement, 1), '\0',
	    db_text(statement, 2));
	db_reset(statement);
	if (buf_status(copy) != STATUS_OK)
		db_end(decisions->db, "out of memory");
	*user = buf_text(copy);
	*receipt = *user + strlen(*user) + 1;
	return true;
}
