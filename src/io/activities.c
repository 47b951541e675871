#include "io/activities.h"

#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>

enum statement {
	SQL_PUT,
	SQL_REMOVE,
	SQL_ALL,
	SQL_COUNT,
};

static const char table[] = "CREATE TABLE IF NOT EXISTS activity("
                            "  user TEXT NOT NULL,"
                            "  device TEXT NOT NULL,"
                            "  session TEXT NOT NULL,"
                            "  host TEXT NOT NULL,"
                            "  started_ms INTEGER NOT NULL,"
                            "  PRIMARY KEY(user, device, session)"
                            ") WITHOUT ROWID;";

static const char *const statements[SQL_COUNT] = {
	[SQL_PUT] = "INSERT OR REPLACE INTO"
	            " activity(user, device, session, host, started_ms)"
	            " VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_REMOVE] = "DELETE FROM activity"
	               " WHERE user = ?1 AND device = ?2 AND session = ?3",
	[SQL_ALL] = "SELECT user, device, session, host, started_ms"
	            " FROM activity",
};

struct activities {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

enum status
activities_create(struct db *db, struct activities **activities,
    struct fault *fault)
{
	enum status status = db_execute(db, table, fault);
	struct activities *fresh;

	if (status != STATUS_OK)
		return status;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	*activities = fresh;
	return STATUS_OK;
}

void
activities_destroy(struct activities *activities)
{
	if (activities == NULL)
		return;
	db_drop(activities->prepared, SQL_COUNT);
	free(activities);
}

static struct sqlite3_stmt *
use(struct activities *activities, enum statement number)
{
	return db_use(activities->db, &activities->prepared[number],
	    statements[number]);
}

static void
bind_key(struct sqlite3_stmt *statement, const struct activities_one *one)
{
	db_bind_text(statement, 1, one->user);
	db_bind_text(statement, 2, one->device);
	db_bind_text(statement, 3, one->session);
}

void
activities_put(struct activities *activities, const struct activities_one *one)
{
	struct sqlite3_stmt *statement = use(activities, SQL_PUT);

	bind_key(statement, one);
	db_bind_text(statement, 4, one->host);
	db_bind_time(activities->db, statement, 5, one->started_ms);
	db_run(activities->db, statement);
}

void
activities_remove(struct activities *activities,
    const struct activities_one *one)
{
	struct sqlite3_stmt *statement = use(activities, SQL_REMOVE);

	bind_key(statement, one);
	db_run(activities->db, statement);
}

static void
copy(char to[65], const char *from)
{
	(void)snprintf(to, 65, "%s", from);
}

void
activities_visit(struct activities *activities,
    void (*visit)(void *context, const struct activities_one *one),
    void *context)
{
	struct sqlite3_stmt *statement = use(activities, SQL_ALL);

	while (db_step(activities->db, statement)) {
		struct activities_one one = {
			.started_ms = db_time(activities->db, statement, 4),
		};

		copy(one.user, db_text(statement, 0));
		copy(one.device, db_text(statement, 1));
		copy(one.session, db_text(statement, 2));
		copy(one.host, db_text(statement, 3));
		visit(context, &one);
	}
}
