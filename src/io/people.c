#include "io/people.h"

#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>

enum statement {
	SQL_PUT_ASK,
	SQL_NEXT_ASK,
	SQL_REMOVE_ASK,
	SQL_COUNT_ASKS,
	SQL_PURGE_ASKS,
	SQL_LIST_ASKS,
	SQL_PUT_BUCKET,
	SQL_PUT_LAST,
	SQL_REMOVE_LAST,
	SQL_BUCKETS,
	SQL_LASTS,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_PUT_ASK] = "INSERT OR REPLACE INTO ask(user, event, kind, thread,"
	                " request, expires_ms, ts_ms, facts, ask)"
	                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_NEXT_ASK] = "SELECT event, kind, thread, request, expires_ms"
	                 " FROM ask WHERE user = ?1 AND event > ?2"
	                 " ORDER BY event LIMIT 1",
	[SQL_REMOVE_ASK] = "DELETE FROM ask WHERE user = ?1 AND event = ?2",
	[SQL_COUNT_ASKS] = "SELECT count(*), coalesce(min(expires_ms), 0)"
	                   " FROM ask WHERE user = ?1 AND expires_ms > ?2",
	[SQL_PURGE_ASKS] = "DELETE FROM ask WHERE expires_ms < ?1",
	/* The texts are long: only those of the newest are looked at. */
	[SQL_LIST_ASKS] = "SELECT event, kind, request, ts_ms, facts, ask"
	                  " FROM ask WHERE user = ?1 AND event IN"
	                  " (SELECT event FROM ask"
	                  "  WHERE user = ?1 AND expires_ms > ?2"
	                  "  ORDER BY ts_ms DESC, event DESC LIMIT ?3)"
	                  " ORDER BY ts_ms DESC, event DESC",
	[SQL_PUT_BUCKET] = "INSERT OR REPLACE INTO bucket(user, device,"
	                   " full_us) VALUES(?1, ?2, ?3)",
	[SQL_PUT_LAST] = "INSERT OR REPLACE INTO last(user, event)"
	                 " VALUES(?1, ?2)",
	[SQL_REMOVE_LAST] = "DELETE FROM last WHERE user = ?1",
	[SQL_BUCKETS] = "SELECT user, device, full_us FROM bucket",
	[SQL_LASTS] = "SELECT user, event FROM last",
};

struct people {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

enum status
people_create(struct db *db, struct people **people)
{
	struct people *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	*people = fresh;
	return STATUS_OK;
}

void
people_destroy(struct people *people)
{
	if (people == NULL)
		return;
	db_drop(people->prepared, SQL_COUNT);
	free(people);
}

static struct sqlite3_stmt *
use(struct people *people, enum statement number)
{
	return db_use(people->db, &people->prepared[number],
	    statements[number]);
}

void
people_put_ask(struct people *people, const char *user,
    const struct people_ask *ask)
{
	struct sqlite3_stmt *statement = use(people, SQL_PUT_ASK);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, ask->event);
	db_bind_int(statement, 3, ask->kind);
	db_bind_text(statement, 4, ask->thread);
	db_bind_text(statement, 5, ask->request);
	db_bind_int(statement, 6, ask->expires_ms);
	db_bind_int(statement, 7, ask->ts_ms);
	db_bind_text(statement, 8, ask->facts);
	db_bind_text(statement, 9, ask->ask);
	db_run(people->db, statement);
}

static void
copy_text(struct sqlite3_stmt *statement, int number, char text[65])
{
	(void)snprintf(text, 65, "%s", db_text(statement, number));
}

bool
people_next_ask(struct people *people, const char *user, struct people_ask *ask)
{
	struct sqlite3_stmt *statement = use(people, SQL_NEXT_ASK);
	bool has_row;

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, ask->event);
	has_row = db_step(people->db, statement);
	if (has_row) {
		copy_text(statement, 0, ask->event);
		ask->kind = (int)db_int(statement, 1);
		copy_text(statement, 2, ask->thread);
		copy_text(statement, 3, ask->request);
		ask->expires_ms = db_int(statement, 4);
	}
	db_reset(statement);
	return has_row;
}

void
people_remove_ask(struct people *people, const char *user, const char *event)
{
	struct sqlite3_stmt *statement = use(people, SQL_REMOVE_ASK);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, event);
	db_run(people->db, statement);
}

int32_t
people_count_asks(struct people *people, const char *user, int64_t now_ms,
    int64_t *until_ms)
{
	struct sqlite3_stmt *statement = use(people, SQL_COUNT_ASKS);
	int32_t count;

	db_bind_text(statement, 1, user);
	db_bind_int(statement, 2, now_ms);
	count =
	    db_step(people->db, statement) ? (int32_t)db_int(statement, 0) : 0;
	*until_ms = count > 0 ? db_int(statement, 1) : INT64_MAX;
	db_reset(statement);
	return count;
}

void
people_purge_asks(struct people *people, int64_t now_ms)
{
	struct sqlite3_stmt *statement = use(people, SQL_PURGE_ASKS);

	db_bind_int(statement, 1, now_ms);
	db_run(people->db, statement);
}

void
people_list_asks(struct people *people, const struct people_list *list)
{
	struct sqlite3_stmt *statement = use(people, SQL_LIST_ASKS);

	db_bind_text(statement, 1, list->user);
	db_bind_int(statement, 2, list->now_ms);
	db_bind_int(statement, 3, list->max);
	while (db_step(people->db, statement)) {
		struct people_ask ask = { .event = "" };

		copy_text(statement, 0, ask.event);
		ask.kind = (int)db_int(statement, 1);
		copy_text(statement, 2, ask.request);
		ask.ts_ms = db_int(statement, 3);
		ask.facts = db_text(statement, 4);
		ask.ask = db_text(statement, 5);
		list->take(list->context, &ask);
	}
}

void
people_put_bucket(struct people *people, const char *user, const char *device,
    int64_t full_us)
{
	struct sqlite3_stmt *statement = use(people, SQL_PUT_BUCKET);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, device);
	db_bind_int(statement, 3, full_us - db_offset(people->db) * 1000);
	db_run(people->db, statement);
}

void
people_put_last(struct people *people, const char *user, const char *event)
{
	struct sqlite3_stmt *statement = use(people, SQL_PUT_LAST);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, event);
	db_run(people->db, statement);
}

void
people_remove_last(struct people *people, const char *user)
{
	struct sqlite3_stmt *statement = use(people, SQL_REMOVE_LAST);

	db_bind_text(statement, 1, user);
	db_run(people->db, statement);
}

void
people_visit(struct people *people, const struct people_visitor *visitor)
{
	struct sqlite3_stmt *buckets = use(people, SQL_BUCKETS);
	struct sqlite3_stmt *lasts = use(people, SQL_LASTS);

	while (db_step(people->db, buckets))
		visitor->bucket(visitor->context, db_text(buckets, 0),
		    db_text(buckets, 1),
		    db_int(buckets, 2) + db_offset(people->db) * 1000);
	while (db_step(people->db, lasts))
		visitor->last(visitor->context, db_text(lasts, 0),
		    db_text(lasts, 1));
}
