#include "io/people.h"

#include "core/event.h"
#include "io/behind.h"
#include "io/db.h"
#include "io/outbox.h"

#include <stdio.h>
#include <stdlib.h>

#define OVER_MAX 256        /* asks that are over, and are met at each count */
#define COUNT_AGAIN_MS 1000 /* at the earliest, where there are many */

enum statement {
	SQL_PUT_ASK,
	SQL_FIND_ASK,
	SQL_REMOVE_ASK,
	SQL_EXPIRES,
	SQL_LAST_ASK,
	SQL_PURGE_ASKS,
	SQL_TOLD,
	SQL_PUT_BUCKET,
	SQL_LAST_USER,
	SQL_PURGE_BUCKETS,
	SQL_PUT_LAST,
	SQL_REMOVE_LAST,
	SQL_BUCKETS,
	SQL_LASTS,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_PUT_ASK] = "INSERT OR IGNORE INTO ask(seq, user, event, kind,"
	                " thread, request, name, expires_ms, ts_ms, facts, ask)"
	                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_FIND_ASK] = "SELECT kind, thread, request, expires_ms FROM ask"
	                 " WHERE seq = ?1",
	[SQL_REMOVE_ASK] = "DELETE FROM ask WHERE seq = ?1",
	[SQL_EXPIRES] = "SELECT expires_ms FROM ask WHERE seq = ?1",
	[SQL_LAST_ASK] = "SELECT coalesce(max(seq), ?1) FROM (SELECT seq"
	                 " FROM ask WHERE seq > ?1 ORDER BY seq LIMIT ?2)",
	[SQL_PURGE_ASKS] = "DELETE FROM ask WHERE seq > ?1 AND seq <= ?2"
	                   " AND expires_ms < ?3",
	[SQL_TOLD] = "SELECT event, kind, name, ts_ms, facts, ask FROM ask"
	             " WHERE seq = ?1 AND expires_ms > ?2",
	[SQL_PUT_BUCKET] = "INSERT OR REPLACE INTO bucket(user, device,"
	                   " full_us) VALUES(?1, ?2, ?3)",
	[SQL_LAST_USER] = "SELECT max(user) FROM (SELECT user FROM bucket"
	                  " WHERE user > ?1 ORDER BY user LIMIT ?2)",
	[SQL_PURGE_BUCKETS] = "DELETE FROM bucket WHERE user > ?1"
	                      " AND user <= ?2 AND full_us < ?3",
	[SQL_PUT_LAST] = "INSERT OR REPLACE INTO last(user, event)"
	                 " VALUES(?1, ?2)",
	[SQL_REMOVE_LAST] = "DELETE FROM last WHERE user = ?1",
	[SQL_BUCKETS] = "SELECT user, device, full_us FROM bucket",
	[SQL_LASTS] = "SELECT user, event FROM last",
};

struct people {
	struct db *db;
	struct behind *behind;
	int64_t purged;       /* how far a purge of the asks came */
	char purged_user[65]; /* and of the buckets */
	bool wants_purge;
	struct sqlite3_stmt *prepared[SQL_COUNT];
};

enum status
people_create(struct outbox *outbox, struct people **people)
{
	struct people *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = outbox_db(outbox);
	fresh->behind = outbox_behind(outbox);
	fresh->purged = INT64_MIN;
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

	db_begin(people->db, false);
	db_bind_int(statement, 1, ask->seq);
	db_bind_text(statement, 2, user);
	db_bind_text(statement, 3, ask->event);
	db_bind_int(statement, 4, ask->kind);
	db_bind_int(statement, 5, ask->thread);
	db_bind_int(statement, 6, ask->request);
	db_bind_text(statement, 7, ask->name);
	db_bind_time(people->db, statement, 8, ask->expires_ms);
	db_bind_int(statement, 9, ask->ts_ms);
	db_bind_text(statement, 10, ask->facts);
	db_bind_text(statement, 11, ask->ask);
	db_run(people->db, statement);
	if (db_changes(people->db) > 0)
		behind_link(people->behind,
		    &(struct behind_link){
		        .owner = behind_owner(people->behind, user),
		        .thread = ask->thread,
		        .request = ask->request,
		        .id = BEHIND_ASK_ID(ask->seq),
		    });
	db_commit(people->db);
}

static void
copy_text(struct sqlite3_stmt *statement, int number, char text[65])
{
	(void)snprintf(text, 65, "%s", db_text(statement, number));
}

bool
people_find_ask(struct people *people, int64_t seq, struct people_ask *ask)
{
	struct sqlite3_stmt *statement = use(people, SQL_FIND_ASK);
	bool has_row;

	db_bind_int(statement, 1, seq);
	has_row = db_step(people->db, statement);
	if (has_row)
		*ask = (struct people_ask){
			.seq = seq,
			.kind = (int)kind_stored(db_int(statement, 0)),
			.thread = db_int(statement, 1),
			.request = db_int(statement, 2),
			.expires_ms = db_time(people->db, statement, 3),
		};
	db_reset(statement);
	return has_row;
}

void
people_remove_ask(struct people *people, int64_t seq)
{
	struct sqlite3_stmt *statement = use(people, SQL_REMOVE_ASK);

	behind_unlink_now(people->behind, BEHIND_ASK_ID(seq));
	db_bind_int(statement, 1, seq);
	db_run(people->db, statement);
}

/* When it does; INT64_MIN = it is gone. */
static int64_t
expires_ms(struct people *people, int64_t seq)
{
	struct sqlite3_stmt *statement = use(people, SQL_EXPIRES);
	int64_t time_ms = INT64_MIN;

	db_bind_int(statement, 1, seq);
	if (db_step(people->db, statement))
		time_ms = db_time(people->db, statement, 0);
	db_reset(statement);
	return time_ms;
}

/* By the clock of the file. */
static int64_t
bucket_us(const struct people *people, int64_t full_us)
{
	return full_us - db_offset(people->db) * 1000;
}

/* Returns: whether it waits still. */
static bool
count_ask(struct people *people, int64_t seq, int64_t now_ms, int64_t *until_ms)
{
	int64_t time_ms = expires_ms(people, seq);

	if (time_ms > now_ms && time_ms < *until_ms)
		*until_ms = time_ms;
	return time_ms > now_ms;
}

int32_t
people_count_asks(struct people *people, const char *user, int64_t now_ms,
    int64_t *until_ms)
{
	struct behind_slice slice;
	int64_t before = INT64_MAX;
	int32_t count = 0;
	int32_t all = 0;

	*until_ms = INT64_MAX;
	do {
		behind_asks(people->behind, user, before, &slice);
		for (size_t i = 0; i < slice.count; i++) {
			before = slice.ids[i];
			count += count_ask(people, before, now_ms, until_ms);
		}
		all += (int32_t)slice.count;
	} while (slice.count == BEHIND_SLICE);
	people->wants_purge |= all - count > OVER_MAX;
	if (all > BEHIND_SLICE && *until_ms < now_ms + COUNT_AGAIN_MS)
		*until_ms = now_ms + COUNT_AGAIN_MS;
	return count;
}

bool
people_wants_purge(struct people *people)
{
	bool wants_purge = people->wants_purge;

	people->wants_purge = false;
	return wants_purge;
}

bool
people_purge_asks(struct people *people, int64_t now_ms)
{
	struct sqlite3_stmt *find = use(people, SQL_LAST_ASK);
	struct sqlite3_stmt *purge = use(people, SQL_PURGE_ASKS);
	int64_t last = people->purged;
	bool is_end;

	db_begin(people->db, false);
	db_bind_int(find, 1, people->purged);
	db_bind_int(find, 2, BEHIND_SLICE);
	if (db_step(people->db, find))
		last = db_int(find, 0);
	db_reset(find);
	is_end = last == people->purged;
	if (!is_end) {
		db_bind_int(purge, 1, people->purged);
		db_bind_int(purge, 2, last);
		db_bind_time(people->db, purge, 3, now_ms);
		db_run(people->db, purge);
	}
	people->purged = is_end ? INT64_MIN : last;
	db_commit(people->db);
	return !is_end;
}

/* One that is full is as good as none, and its device may be gone. */
bool
people_purge_buckets(struct people *people, int64_t now_ms)
{
	struct sqlite3_stmt *find = use(people, SQL_LAST_USER);
	struct sqlite3_stmt *purge = use(people, SQL_PURGE_BUCKETS);
	char last[65] = "";

	db_begin(people->db, false);
	db_bind_text(find, 1, people->purged_user);
	db_bind_int(find, 2, BEHIND_SLICE);
	if (db_step(people->db, find))
		copy_text(find, 0, last);
	db_reset(find);
	if (*last != '\0') {
		db_bind_text(purge, 1, people->purged_user);
		db_bind_text(purge, 2, last);
		db_bind_int(purge, 3, bucket_us(people, now_ms * 1000));
		db_run(people->db, purge);
	}
	(void)snprintf(people->purged_user, sizeof(people->purged_user), "%s",
	    last);
	db_commit(people->db);
	return *last != '\0';
}

/* Returns: whether it waits. */
static bool
list_ask(struct people *people, const struct people_list *list, int64_t seq)
{
	struct sqlite3_stmt *statement = use(people, SQL_TOLD);
	struct people_ask ask = { .seq = seq };
	bool has_row;

	db_bind_int(statement, 1, seq);
	db_bind_time(people->db, statement, 2, list->now_ms);
	has_row = db_step(people->db, statement);
	if (has_row) {
		copy_text(statement, 0, ask.event);
		ask.kind = (int)kind_stored(db_int(statement, 1));
		copy_text(statement, 2, ask.name);
		ask.ts_ms = db_int(statement, 3);
		ask.facts = db_text(statement, 4);
		ask.ask = db_text(statement, 5);
		list->take(list->context, &ask);
	}
	db_reset(statement);
	return has_row;
}

void
people_list_asks(struct people *people, const struct people_list *list)
{
	struct behind_slice slice;
	int64_t before = INT64_MAX;
	int count = 0;

	do {
		behind_asks(people->behind, list->user, before, &slice);
		for (size_t i = 0; i < slice.count && count < list->max; i++) {
			before = slice.ids[i];
			count += list_ask(people, list, before);
		}
	} while (slice.count == BEHIND_SLICE && count < list->max);
}

void
people_put_bucket(struct people *people, const char *user, const char *device,
    int64_t full_us)
{
	struct sqlite3_stmt *statement = use(people, SQL_PUT_BUCKET);

	db_bind_text(statement, 1, user);
	db_bind_text(statement, 2, device);
	db_bind_int(statement, 3, bucket_us(people, full_us));
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
