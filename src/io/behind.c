#include "io/behind.h"

#include "io/db.h"
#include "io/overlay.h"
#include "io/store.h"

#include <stdlib.h>
#include <string.h>

enum statement {
	SQL_MARKS,
	SQL_JOBS,
	SQL_ASKS,
	SQL_SEEN,
	SQL_SEE,
	SQL_DISCARD,
	SQL_OF_THREAD,
	SQL_OF_REQUEST,
	SQL_ASKS_OF,
	SQL_BEGIN,
	SQL_LINK_JOB,
	SQL_LINK_ASK,
	SQL_ASK_OF,
	SQL_FOLDED,
	SQL_THREAD_OF_JOB,
	SQL_THREAD_OF_ASK,
	SQL_NEWEST_SEEN,
	SQL_LAST_SEEN,
	SQL_PURGE_SEEN,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_MARKS] = "SELECT folded, folding FROM mark",
	[SQL_JOBS] = "SELECT user, thread, request, id FROM job WHERE id > ?1",
	[SQL_ASKS] = "SELECT user, thread, request, seq << 8 | 255 FROM ask"
	             " WHERE seq > ?1 >> 8",
	[SQL_SEEN] = "SELECT number, seq, arrived_ms FROM seen"
	             " WHERE number = ?1",
	[SQL_SEE] = "INSERT OR REPLACE INTO seen(number, seq, arrived_ms)"
	            " VALUES(?1, ?2, ?3)",
	[SQL_DISCARD] = "DELETE FROM event WHERE seq = ?1",
	[SQL_OF_THREAD] = "SELECT id FROM thread WHERE user = ?1"
	                  " AND thread = ?2 AND (?3 = 0 OR request IN (0, ?3))"
	                  " AND id > ?4 AND id <= ?5 ORDER BY id LIMIT ?6",
	[SQL_OF_REQUEST] = "SELECT id FROM thread WHERE user = ?1"
	                   " AND request = ?3"
	                   " AND id > ?4 AND id <= ?5 ORDER BY id LIMIT ?6",
	[SQL_ASKS_OF] = "SELECT seq FROM ask_of WHERE user = ?1 AND seq < ?2"
	                " AND seq <= ?3 ORDER BY seq DESC LIMIT ?4",
	[SQL_BEGIN] = "UPDATE mark SET folding = ?1",
	[SQL_LINK_JOB] = "INSERT OR IGNORE INTO thread"
	                 " SELECT user, thread, request, id FROM job"
	                 " WHERE id = ?1",
	[SQL_LINK_ASK] = "INSERT OR IGNORE INTO thread"
	                 " SELECT user, thread, request, ?1 FROM ask"
	                 " WHERE seq = ?1 >> 8",
	[SQL_ASK_OF] = "INSERT OR IGNORE INTO ask_of SELECT user, seq FROM ask"
	               " WHERE seq = ?1 >> 8",
	[SQL_FOLDED] = "UPDATE mark SET folded = folding",
	[SQL_THREAD_OF_JOB] = "SELECT thread FROM job WHERE id = ?1",
	[SQL_THREAD_OF_ASK] = "SELECT thread FROM ask WHERE seq = ?1 >> 8",
	[SQL_NEWEST_SEEN] = "SELECT coalesce(max(arrived_ms), 0) FROM seen",
	/* A slice ends at the last row that it looks at. */
	[SQL_LAST_SEEN] =
	    "SELECT coalesce(max(number), ?1) FROM (SELECT number FROM seen"
	    " WHERE number > ?1 ORDER BY number LIMIT ?2)",
	[SQL_PURGE_SEEN] = "DELETE FROM seen WHERE number > ?1 AND number <= ?2"
	                   " AND arrived_ms < ?3",
};

struct behind {
	struct db *db;
	const uint8_t *key;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	int64_t folded;
	int64_t folding; /* up to where we fold, folded = we do not */
	struct overlay overlay;
	struct overlay_order order; /* of a fold */
	size_t done;                /* how much of it is written */
	int64_t newest_ms;          /* arrived_ms in seen */
};

static struct sqlite3_stmt *
use(struct behind *behind, enum statement number)
{
	return db_use(behind->db, &behind->prepared[number],
	    statements[number]);
}

/* The largest id that the tables have. */
static int64_t
last_id(const struct behind *behind)
{
	return behind->folded * 256 + 255;
}

/* What is in rows and not in the tables. */
static void
load(struct behind *behind, enum statement number)
{
	struct sqlite3_stmt *statement = use(behind, number);

	db_bind_int(statement, 1, last_id(behind));
	while (db_step(behind->db, statement))
		overlay_link(&behind->overlay,
		    &(struct behind_link){
		        .owner = behind_owner(behind, db_text(statement, 0)),
		        .thread = db_int(statement, 1),
		        .request = db_int(statement, 2),
		        .id = db_int(statement, 3),
		    });
}

enum status
behind_create(struct db *db, const uint8_t *key, struct behind **behind)
{
	struct behind *fresh = calloc(1, sizeof(*fresh));
	struct sqlite3_stmt *statement;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	fresh->key = key;
	fresh->overlay.db = db;
	statement = use(fresh, SQL_MARKS);
	if (db_step(db, statement))
		fresh->folded = fresh->folding = db_int(statement, 0);
	db_reset(statement);
	statement = use(fresh, SQL_NEWEST_SEEN);
	if (db_step(db, statement))
		fresh->newest_ms = db_int(statement, 0);
	db_reset(statement);
	load(fresh, SQL_JOBS);
	load(fresh, SQL_ASKS);
	*behind = fresh;
	return STATUS_OK;
}

void
behind_destroy(struct behind *behind)
{
	if (behind == NULL)
		return;
	db_drop(behind->prepared, SQL_COUNT);
	overlay_order_finish(&behind->order);
	overlay_finish(&behind->overlay);
	free(behind);
}

int64_t
behind_owner(const struct behind *behind, const char *user)
{
	return store_number(behind->key, user, "");
}

int64_t
behind_folded(const struct behind *behind)
{
	return behind->folded;
}

int64_t
behind_newest_ms(const struct behind *behind)
{
	return behind->newest_ms;
}

static void
see(struct behind *behind, const struct behind_claim *claim)
{
	struct sqlite3_stmt *statement = use(behind, SQL_SEE);

	db_bind_int(statement, 1, claim->number);
	db_bind_int(statement, 2, claim->seq);
	db_bind_int(statement, 3, claim->stamp_ms);
	db_run(behind->db, statement);
	if (claim->stamp_ms > behind->newest_ms)
		behind->newest_ms = claim->stamp_ms;
	if (!claim->is_discarded)
		return;
	statement = use(behind, SQL_DISCARD);
	db_bind_int(statement, 1, claim->seq);
	db_run(behind->db, statement);
}

void
behind_claim(struct behind *behind, const struct behind_claim *claim)
{
	if (claim->seq <= behind->folding)
		see(behind, claim);
	overlay_claim(&behind->overlay, claim);
}

void
behind_claim_now(struct behind *behind, const struct behind_claim *claim)
{
	see(behind, claim);
}

bool
behind_find_claim(struct behind *behind, int64_t number,
    struct behind_claim *claim)
{
	struct sqlite3_stmt *statement;
	bool has_row;

	if (overlay_find_claim(&behind->overlay, number, claim))
		return true;
	statement = use(behind, SQL_SEEN);
	db_bind_int(statement, 1, number);
	has_row = db_step(behind->db, statement);
	if (has_row)
		*claim = (struct behind_claim){
			.number = number,
			.seq = db_int(statement, 1),
			.stamp_ms = db_int(statement, 2),
		};
	db_reset(statement);
	return has_row;
}

const struct behind_claim *
behind_last_claim(const struct behind *behind, int64_t seq)
{
	return overlay_last_claim(&behind->overlay, seq);
}

void
behind_discard_last(struct behind *behind)
{
	overlay_discard_last(&behind->overlay);
}

static void
write_link(struct behind *behind, int64_t id)
{
	bool is_ask = (id & 255) == BEHIND_ASK;
	struct sqlite3_stmt *statement =
	    use(behind, is_ask ? SQL_LINK_ASK : SQL_LINK_JOB);

	db_bind_int(statement, 1, id);
	db_run(behind->db, statement);
	if (!is_ask)
		return;
	statement = use(behind, SQL_ASK_OF);
	db_bind_int(statement, 1, id);
	db_run(behind->db, statement);
}

/* A row may come late, of an event that is written already. */
void
behind_link(struct behind *behind, const struct behind_link *link)
{
	if (link->id >> 8 <= behind->folding)
		write_link(behind, link->id);
	if (link->id >> 8 > behind->folded)
		overlay_link(&behind->overlay, link);
}

/* One that is in the tables leaves them with its row. */
void
behind_unlink(struct behind *behind, int64_t id)
{
	struct sqlite3_stmt *statement;

	if (id >> 8 <= behind->folded)
		return;
	statement = use(behind,
	    (id & 255) == BEHIND_ASK ? SQL_THREAD_OF_ASK : SQL_THREAD_OF_JOB);
	db_bind_int(statement, 1, id);
	if (db_step(behind->db, statement))
		overlay_unlink(&behind->overlay, db_int(statement, 0), id);
	db_reset(statement);
}

static void
read_table(struct behind *behind, enum statement number,
    const struct behind_key *key, struct behind_slice *slice)
{
	struct sqlite3_stmt *statement = use(behind, number);

	db_bind_text(statement, 1, key->user);
	db_bind_int(statement, 2, key->thread);
	db_bind_int(statement, 3, key->request);
	db_bind_int(statement, 4, key->after != 0 ? key->after : INT64_MIN);
	db_bind_int(statement, 5, last_id(behind));
	db_bind_int(statement, 6, BEHIND_SLICE);
	slice->count = 0;
	while (slice->count < BEHIND_SLICE && db_step(behind->db, statement))
		slice->ids[slice->count++] = db_int(statement, 0);
	db_reset(statement);
}

void
behind_of_thread(struct behind *behind, const struct behind_key *key,
    struct behind_slice *slice)
{
	read_table(behind, SQL_OF_THREAD, key, slice);
	overlay_of_thread(&behind->overlay, key, slice);
}

void
behind_of_request(struct behind *behind, const struct behind_key *key,
    struct behind_slice *slice)
{
	read_table(behind, SQL_OF_REQUEST, key, slice);
	overlay_of_request(&behind->overlay, key,
	    behind_owner(behind, key->user), slice);
}

void
behind_new_of(const struct behind *behind, const struct behind_key *key,
    struct behind_slice *slice)
{
	slice->count = 0;
	overlay_of_exactly(&behind->overlay, key, slice);
}

void
behind_asks(struct behind *behind, const char *user, int64_t before,
    struct behind_slice *slice)
{
	struct sqlite3_stmt *statement = use(behind, SQL_ASKS_OF);

	slice->count = 0;
	overlay_asks(&behind->overlay, behind_owner(behind, user), before,
	    slice);
	if (slice->count == BEHIND_SLICE)
		return;
	db_bind_text(statement, 1, user);
	db_bind_int(statement, 2, before);
	db_bind_int(statement, 3, behind->folded);
	db_bind_int(statement, 4, BEHIND_SLICE);
	while (slice->count < BEHIND_SLICE && db_step(behind->db, statement))
		slice->ids[slice->count++] = db_int(statement, 0);
	db_reset(statement);
}

bool
behind_is_folding(const struct behind *behind)
{
	return behind->folding != behind->folded;
}

/* Rows that are removed from now on are removed from the tables, too. */
static void
begin(struct behind *behind, int64_t mark)
{
	struct sqlite3_stmt *statement = use(behind, SQL_BEGIN);

	overlay_sort(&behind->overlay, mark, &behind->order);
	db_bind_int(statement, 1, mark);
	db_run(behind->db, statement);
	behind->folding = mark;
	behind->done = 0;
}

static void
end(struct behind *behind)
{
	db_run(behind->db, use(behind, SQL_FOLDED));
	behind->folded = behind->folding;
	overlay_order_finish(&behind->order);
	overlay_drop(&behind->overlay, behind->folded);
}

/* First the claims, then the links. */
static void
write_slice(struct behind *behind)
{
	const struct overlay_order *order = &behind->order;
	size_t until = behind->done + BEHIND_SLICE;
	size_t all = order->claim_count + order->link_count;

	if (until > all)
		until = all;
	for (; behind->done < until; behind->done++) {
		size_t at = behind->done;

		if (at < order->claim_count)
			see(behind,
			    overlay_claim_at(&behind->overlay, order, at));
		else
			write_link(behind,
			    overlay_link_at(&behind->overlay, order,
			        at - order->claim_count));
	}
	if (behind->done == all)
		end(behind);
}

bool
behind_fold(struct behind *behind, int64_t mark, bool is_wanted)
{
	if (!behind_is_folding(behind)) {
		size_t count = overlay_count(&behind->overlay);

		if (mark <= behind->folded ||
		    (count < BEHIND_ALL && !is_wanted))
			return false;
	}
	db_begin(behind->db, false);
	if (!behind_is_folding(behind))
		begin(behind, mark);
	write_slice(behind);
	db_commit(behind->db);
	return behind_is_folding(behind);
}

/* The newest stays: a start learns from it what time it is at least. */
int64_t
behind_purge(struct behind *behind, int64_t after, int64_t before_ms)
{
	int64_t until_ms = before_ms - db_offset(behind->db);
	int64_t last = db_end_of_slice(behind->db, use(behind, SQL_LAST_SEEN),
	    after, BEHIND_SLICE);
	struct sqlite3_stmt *statement = use(behind, SQL_PURGE_SEEN);

	if (last == after)
		return after;
	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, last);
	db_bind_int(statement, 3,
	    until_ms < behind->newest_ms ? until_ms : behind->newest_ms);
	db_run(behind->db, statement);
	return last;
}
