#include "io/announced.h"

#include "base/buf.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define COPY_MAX 2048 /* bytes of a topic and a user */

enum statement {
	SQL_PUT,
	SQL_REMOVE,
	SQL_AFTER,
	SQL_COUNT,
};

static const char table[] = "CREATE TABLE IF NOT EXISTS announced("
                            "  topic TEXT PRIMARY KEY,"
                            "  user TEXT NOT NULL" /* '' = the bridge */
                            ") WITHOUT ROWID;";

static const char *const statements[SQL_COUNT] = {
	[SQL_PUT] = "INSERT OR IGNORE INTO announced(topic, user)"
	            " VALUES(?1, ?2)",
	[SQL_REMOVE] = "DELETE FROM announced WHERE topic = ?1",
	[SQL_AFTER] = "SELECT topic, user FROM announced WHERE topic > ?1"
	              " ORDER BY topic LIMIT 1",
};

struct announced {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	struct buf copy; /* of the last message that was looked at */
};

enum status
announced_create(struct db *db, struct announced **announced,
    struct fault *fault)
{
	enum status status = db_execute(db, table, fault);
	struct announced *fresh;

	if (status != STATUS_OK)
		return status;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	buf_init(&fresh->copy, COPY_MAX);
	*announced = fresh;
	return STATUS_OK;
}

void
announced_destroy(struct announced *announced)
{
	if (announced == NULL)
		return;
	db_drop(announced->prepared, SQL_COUNT);
	buf_finish(&announced->copy);
	free(announced);
}

static struct sqlite3_stmt *
use(struct announced *announced, enum statement number)
{
	return db_use(announced->db, &announced->prepared[number],
	    statements[number]);
}

void
announced_put(struct announced *announced, const char *topic, const char *user)
{
	struct sqlite3_stmt *statement = use(announced, SQL_PUT);

	db_bind_text(statement, 1, topic);
	db_bind_text(statement, 2, user);
	db_run(announced->db, statement);
}

void
announced_remove(struct announced *announced, const char *topic)
{
	struct sqlite3_stmt *statement = use(announced, SQL_REMOVE);

	db_bind_text(statement, 1, topic);
	db_run(announced->db, statement);
}

/* A copy: a row that is held would keep the file at an old view. */
static void
copy_row(struct announced *announced, struct sqlite3_stmt *statement,
    struct announced_message *message)
{
	struct buf *copy = &announced->copy;
	const char *topic = db_text(statement, 0);
	size_t size = strlen(topic) + 1;

	buf_clear(copy);
	buf_add(copy, topic, size);
	buf_addf(copy, "%s", db_text(statement, 1));
	if (buf_status(copy) != STATUS_OK)
		db_end(announced->db, "out of memory");
	message->topic = buf_text(copy);
	message->user = message->topic + size;
}

bool
announced_after(struct announced *announced, const char *topic,
    struct announced_message *message)
{
	struct sqlite3_stmt *statement = use(announced, SQL_AFTER);
	bool has_row;

	db_bind_text(statement, 1, topic);
	has_row = db_step(announced->db, statement);
	if (has_row)
		copy_row(announced, statement, message);
	db_reset(statement);
	return has_row;
}
