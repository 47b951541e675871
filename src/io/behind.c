#include "io/behind.h"

#include "io/db.h"
#include "io/overlay.h"
#include "io/runs.h"
#include "io/store.h"

#include <stdlib.h>
#include <string.h>

enum statement {
	SQL_FOLDED,
	SQL_JOBS,
	SQL_ASKS,
	SQL_DISCARD,
	SQL_JOB,
	SQL_ASK,
	SQL_FOLD,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_FOLDED] = "SELECT folded FROM mark",
	[SQL_JOBS] = "SELECT user, thread, request, id FROM job WHERE id > ?1",
	[SQL_ASKS] = "SELECT user, thread, request, seq << 8 | 255 FROM ask"
	             " WHERE seq > ?1 >> 8",
	[SQL_DISCARD] = "DELETE FROM event WHERE seq = ?1",
	[SQL_JOB] = "SELECT user, thread, request, id FROM job WHERE id = ?1",
	[SQL_ASK] = "SELECT user, thread, request, ?1 FROM ask"
	            " WHERE seq = ?1 >> 8",
	[SQL_FOLD] = "UPDATE mark SET folded = ?1",
};

struct behind {
	struct db *db;
	const uint8_t *key;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	struct runs *runs; /* the tables */
	int64_t folded;
	int64_t folding; /* up to where we fold, folded = we do not */
	struct overlay overlay;
	struct overlay_order order; /* of a fold */
	size_t done;                /* how much of it is written */
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

/* The columns of a link. */
static struct behind_link
read_link(const struct behind *behind, struct sqlite3_stmt *statement)
{
	return (struct behind_link){
		.owner = behind_owner(behind, db_text(statement, 0)),
		.thread = db_int(statement, 1),
		.request = db_int(statement, 2),
		.id = db_int(statement, 3),
	};
}

/* What is in rows and not in the tables. */
static void
load(struct behind *behind, enum statement number)
{
	struct sqlite3_stmt *statement = use(behind, number);
	struct behind_link link;

	db_bind_int(statement, 1, last_id(behind));
	while (db_step(behind->db, statement)) {
		link = read_link(behind, statement);
		overlay_link(&behind->overlay, &link);
	}
}

enum status
behind_create(struct db *db, const uint8_t *key, struct behind **behind)
{
	struct behind *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;

	if (fresh != NULL)
		status = runs_create(db, &fresh->runs);
	if (status != STATUS_OK) {
		free(fresh);
		return status;
	}
	fresh->db = db;
	fresh->key = key;
	fresh->overlay.db = db;
	fresh->folded = fresh->folding = db_number(db, use(fresh, SQL_FOLDED));
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
	runs_destroy(behind->runs);
	overlay_order_finish(&behind->order);
	overlay_finish(&behind->overlay);
	free(behind);
}

int64_t
behind_owner(const struct behind *behind, const char *user)
{
	return store_number(behind->key, user, BEHIND_OWNER);
}

int64_t
behind_folded(const struct behind *behind)
{
	return behind->folded;
}

int64_t
behind_newest_ms(const struct behind *behind)
{
	return runs_newest_ms(behind->runs);
}

int64_t
behind_newest_seq(const struct behind *behind)
{
	return runs_newest_seq(behind->runs);
}

static void
see(struct behind *behind, const struct behind_claim *claim)
{
	struct sqlite3_stmt *statement = use(behind, SQL_DISCARD);

	if (!claim->is_passing)
		runs_see(behind->runs, claim);
	if (!claim->is_discarded)
		return;
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
	return overlay_find_claim(&behind->overlay, number, claim) ||
	    runs_find_claim(behind->runs, number, claim);
}

bool
behind_is_claimed(const struct behind *behind, int64_t number, int64_t seq)
{
	struct behind_claim claim;

	return overlay_find_claim(&behind->overlay, number, &claim) &&
	    claim.seq == seq;
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

/* A row may come late, of an event that is written already. */
void
behind_link(struct behind *behind, const struct behind_link *link)
{
	if (link->id >> 8 <= behind->folding)
		runs_link(behind->runs, link);
	if (link->id >> 8 > behind->folded)
		overlay_link(&behind->overlay, link);
}

static bool
find_link(struct behind *behind, int64_t id, struct behind_link *link)
{
	struct sqlite3_stmt *statement =
	    use(behind, BEHIND_IS_ASK(id) ? SQL_ASK : SQL_JOB);
	bool has_row;

	db_bind_int(statement, 1, id);
	has_row = db_step(behind->db, statement);
	if (has_row)
		*link = read_link(behind, statement);
	db_reset(statement);
	return has_row;
}

/* One that is in the tables is swept out of them later: see behind_purge(). */
void
behind_unlink(struct behind *behind, int64_t id)
{
	struct behind_link link;

	if (id >> 8 > behind->folded && find_link(behind, id, &link))
		overlay_unlink(&behind->overlay, link.thread, id);
}

void
behind_unlink_now(struct behind *behind, int64_t id)
{
	struct behind_link link;

	if (!find_link(behind, id, &link))
		return;
	if (id >> 8 > behind->folded)
		overlay_unlink(&behind->overlay, link.thread, id);
	if (id >> 8 <= behind->folding)
		runs_unlink(behind->runs, &link);
}

bool
behind_search(struct behind *behind, const struct behind_key *key,
    struct behind_cursor *cursor, struct behind_slice *slice)
{
	const struct runs_search search = {
		.key = key,
		.owner = behind_owner(behind, key->user),
		.last = last_id(behind),
	};
	bool has_more = true;

	slice->count = 0;
	if (cursor->is_in_runs) {
		has_more = runs_search(behind->runs, &search, cursor, slice);
	} else {
		overlay_search(&behind->overlay, key, search.owner,
		    cursor->link.id, slice);
		if (slice->count == BEHIND_SLICE)
			cursor->link.id = slice->ids[slice->count - 1];
		else
			*cursor =
			    (struct behind_cursor){ true, .run = INT64_MAX };
	}
	if (!has_more)
		*cursor = (struct behind_cursor){ 0 };
	return has_more;
}

void
behind_asks(struct behind *behind, const char *user, int64_t before,
    struct behind_slice *slice)
{
	int64_t owner = behind_owner(behind, user);
	int64_t end = behind->folded + 1;

	slice->count = 0;
	overlay_asks(&behind->overlay, owner, before, slice);
	runs_asks(behind->runs, owner, before < end ? before : end, slice);
}

bool
behind_is_folding(const struct behind *behind)
{
	return behind->folding != behind->folded;
}

static void
begin(struct behind *behind, int64_t mark)
{
	overlay_sort(&behind->overlay, mark, &behind->order);
	behind->folding = mark;
	behind->done = 0;
}

static void
end(struct behind *behind)
{
	struct sqlite3_stmt *statement = use(behind, SQL_FOLD);

	runs_end(behind->runs, behind->order.claim_count);
	db_bind_int(statement, 1, behind->folding);
	db_run(behind->db, statement);
	behind->folded = behind->folding;
}

/* What is written down is forgotten. */
static void
forget(struct behind *behind)
{
	overlay_order_finish(&behind->order);
	overlay_drop(&behind->overlay, behind->folded);
}

/* First the claims, then the links. */
static void
write_one(struct behind *behind, size_t at)
{
	const struct overlay_order *order = &behind->order;
	const struct behind_link *link;

	if (at < order->claim_count) {
		see(behind, overlay_claim_at(&behind->overlay, order, at));
		return;
	}
	link =
	    overlay_link_at(&behind->overlay, order, at - order->claim_count);
	if (link->id != 0)
		runs_link(behind->runs, link);
}

static void
write_slice(struct behind *behind)
{
	size_t all = behind->order.claim_count + behind->order.link_count;
	size_t until = behind->done + BEHIND_SLICE;

	if (until > all)
		until = all;
	while (behind->done < until) {
		write_one(behind, behind->done++);
		if (db_is_long(behind->db))
			break;
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
		begin(behind, mark);
	}
	db_begin(behind->db, false);
	if (behind->done == 0)
		runs_begin(behind->runs, behind->folded);
	write_slice(behind);
	db_commit(behind->db);
	if (behind_is_folding(behind))
		return true;
	forget(behind);
	return false;
}

bool
behind_purge(struct behind *behind, int64_t before_ms)
{
	return runs_purge(behind->runs, before_ms - db_offset(behind->db));
}
