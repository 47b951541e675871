#include "io/runs.h"

#include "base/filter.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_EACH 3 /* of an event: its id, its session, its request */
#define FILTER_EVENTS 4000000 /* of more its filter says less */
/* A number is another key as another's name. */
#define THREAD_MIX UINT64_C(0x9e3779b97f4a7c15)
#define REQUEST_MIX UINT64_C(0xd1b54a32d192ed03)
#define OWNER_MIX UINT64_C(0xaef17502108ef2d9)

enum statement {
	SQL_RUNS,
	SQL_IDS,
	SQL_LINKS,
	SQL_ADD_RUN,
	SQL_GROW,
	SQL_SEE,
	SQL_FIND_CLAIM,
	SQL_LINK,
	SQL_UNLINK,
	SQL_SEARCH,
	SQL_ASKS,
	SQL_LAST_ID,
	SQL_PURGE_IDS,
	SQL_LINKS_AFTER,
	SQL_HAS_JOB,
	SQL_HAS_ASK,
	SQL_HAS_ROWS,
	SQL_REMOVE_RUN,
	SQL_COUNT,
};

/* The first parameter is a run, but for those of a slice of db.h. */
static const char *const statements[SQL_COUNT] = {
	[SQL_RUNS] = "SELECT number, events FROM run ORDER BY number",
	[SQL_IDS] = "SELECT number, arrived_ms, seq FROM seen WHERE run = ?1",
	[SQL_LINKS] = "SELECT owner, thread, request, id FROM thread"
	              " WHERE run = ?1",
	[SQL_ADD_RUN] = "INSERT INTO run(number, events) VALUES(?1, 0)",
	[SQL_GROW] = "UPDATE run SET events = ?2 WHERE number = ?1",
	[SQL_SEE] = "INSERT OR REPLACE INTO seen(run, number, seq, arrived_ms)"
	            " VALUES(?1, ?2, ?3, ?4)",
	[SQL_FIND_CLAIM] = "SELECT seq, arrived_ms FROM seen"
	                   " WHERE run = ?1 AND number = ?2",
	[SQL_LINK] = "INSERT OR IGNORE INTO thread(run, owner, thread,"
	             " request, id) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_UNLINK] = "DELETE FROM thread WHERE run = ?1 AND owner = ?2"
	               " AND thread = ?3 AND request = ?4 AND id = ?5",
	/* In the order of the key, whatever the limit. */
	[SQL_SEARCH] =
	    "SELECT thread, request, id FROM thread WHERE run = ?1"
	    " AND owner = ?2 AND (thread, request, id) >= (?3, ?4, ?5)"
	    " AND (thread, request, id) < (?6, ?7, ?8)"
	    " ORDER BY thread DESC, request DESC, id DESC LIMIT ?9",
	[SQL_ASKS] = "SELECT id FROM thread WHERE run = ?1 AND owner = ?2"
	             " AND thread = 0 AND request = 0"
	             " AND id < ?3 ORDER BY id DESC LIMIT ?4",
	/* A slice ends at the last row that it looks at. */
	[SQL_LAST_ID] =
	    "SELECT coalesce(max(number), ?1) FROM (SELECT number FROM seen"
	    " WHERE run = ?3 AND number > ?1 ORDER BY number LIMIT ?2)",
	[SQL_PURGE_IDS] = "DELETE FROM seen WHERE run = ?1 AND number > ?2"
	                  " AND number <= ?3 AND arrived_ms < ?4",
	[SQL_LINKS_AFTER] =
	    "SELECT owner, thread, request, id FROM thread WHERE run = ?1"
	    " AND (owner, thread, request, id) > (?2, ?3, ?4, ?5)"
	    " ORDER BY owner, thread, request, id LIMIT ?6",
	[SQL_HAS_JOB] = "SELECT 1 FROM job WHERE id = ?1",
	[SQL_HAS_ASK] = "SELECT 1 FROM ask WHERE seq = ?1 >> 8",
	[SQL_HAS_ROWS] = "SELECT EXISTS(SELECT 1 FROM seen WHERE run = ?1)"
	                 " OR EXISTS(SELECT 1 FROM thread WHERE run = ?1)",
	[SQL_REMOVE_RUN] = "DELETE FROM run WHERE number = ?1",
};

struct run {
	int64_t number; /* the last event before it */
	int64_t events;
	struct filter filter; /* of its ids, and of sessions with requests */
};

/* How far a purge came. */
struct broom {
	size_t at;                /* the run's place */
	int64_t id;               /* in seen */
	bool has_ids;             /* they are done */
	struct behind_link after; /* in thread */
};

struct runs {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	struct run *items; /* the oldest first; there is one */
	size_t count;
	struct broom broom;
	int64_t newest_ms;  /* arrived_ms in seen */
	int64_t newest_seq; /* in seen, when we began */
};

static struct sqlite3_stmt *
use(struct runs *runs, enum statement number)
{
	return db_use(runs->db, &runs->prepared[number], statements[number]);
}

static void
run(struct runs *runs, struct sqlite3_stmt *statement)
{
	db_run(runs->db, statement);
}

static void
add_run(struct runs *runs, struct run run)
{
	int64_t most = run.events < FILTER_EVENTS ? run.events : FILTER_EVENTS;

	if (most < RUNS_EVENTS)
		most = RUNS_EVENTS;
	runs->items =
	    realloc(runs->items, (runs->count + 1) * sizeof(*runs->items));
	if (runs->items == NULL ||
	    filter_init(&run.filter, (size_t)most * KEYS_EACH) != STATUS_OK)
		db_end(runs->db, "out of memory");
	runs->items[runs->count++] = run;
}

/* The one that an event belongs to. */
static struct run *
run_of(const struct runs *runs, int64_t seq)
{
	size_t at = runs->count - 1;

	while (at > 0 && runs->items[at].number >= seq)
		at--;
	return &runs->items[at];
}

/* Before the first row of a run. */
static struct broom
broom_of(size_t at)
{
	return (struct broom){
		.at = at,
		.id = INT64_MIN,
		.after = { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN },
	};
}

static void
add_names(struct filter *filter, const struct behind_link *link)
{
	if (link->thread != 0)
		filter_add(filter, (uint64_t)link->thread ^ THREAD_MIX);
	if (link->request != 0)
		filter_add(filter, (uint64_t)link->request ^ REQUEST_MIX);
	if (BEHIND_IS_ASK(link->id))
		filter_add(filter, (uint64_t)link->owner ^ OWNER_MIX);
}

static void
note_newest(struct runs *runs, int64_t arrived_ms)
{
	if (arrived_ms > runs->newest_ms)
		runs->newest_ms = arrived_ms;
}

static void
load_filter(struct runs *runs, struct run *item)
{
	struct sqlite3_stmt *ids = use(runs, SQL_IDS);
	struct sqlite3_stmt *links = use(runs, SQL_LINKS);

	db_bind_int(ids, 1, item->number);
	while (db_step(runs->db, ids)) {
		filter_add(&item->filter, (uint64_t)db_int(ids, 0));
		note_newest(runs, db_int(ids, 1));
		if (db_int(ids, 2) > runs->newest_seq)
			runs->newest_seq = db_int(ids, 2);
	}
	db_bind_int(links, 1, item->number);
	while (db_step(runs->db, links)) {
		const struct behind_link link = {
			.owner = db_int(links, 0),
			.thread = db_int(links, 1),
			.request = db_int(links, 2),
			.id = db_int(links, 3),
		};

		add_names(&item->filter, &link);
	}
}

/* There is one; a file that was written by hand may say what it likes. */
static void
read_runs(struct runs *runs)
{
	struct sqlite3_stmt *statement = use(runs, SQL_RUNS);

	while (db_step(runs->db, statement))
		add_run(runs,
		    (struct run){
		        .number = db_int(statement, 0),
		        .events = db_int(statement, 1),
		    });
	if (runs->count > 0)
		return;
	statement = use(runs, SQL_ADD_RUN);
	db_bind_int(statement, 1, 0);
	run(runs, statement);
	add_run(runs, (struct run){ .number = 0 });
}

enum status
runs_create(struct db *db, struct runs **runs)
{
	struct runs *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	fresh->broom = broom_of(0);
	read_runs(fresh);
	for (size_t i = 0; i < fresh->count; i++)
		load_filter(fresh, &fresh->items[i]);
	*runs = fresh;
	return STATUS_OK;
}

void
runs_destroy(struct runs *runs)
{
	if (runs == NULL)
		return;
	db_drop(runs->prepared, SQL_COUNT);
	for (size_t i = 0; i < runs->count; i++)
		filter_finish(&runs->items[i].filter);
	free(runs->items);
	free(runs);
}

/* One that a kill left half written goes on: it grows when all is there. */
void
runs_begin(struct runs *runs, int64_t seq)
{
	struct sqlite3_stmt *statement = use(runs, SQL_ADD_RUN);

	if (runs->items[runs->count - 1].events < RUNS_EVENTS ||
	    runs->items[runs->count - 1].number == seq)
		return;
	db_bind_int(statement, 1, seq);
	run(runs, statement);
	add_run(runs, (struct run){ .number = seq });
}

void
runs_end(struct runs *runs, size_t events)
{
	struct run *last = &runs->items[runs->count - 1];
	struct sqlite3_stmt *statement = use(runs, SQL_GROW);

	last->events += (int64_t)events;
	db_bind_int(statement, 1, last->number);
	db_bind_int(statement, 2, last->events);
	run(runs, statement);
}

void
runs_see(struct runs *runs, const struct behind_claim *claim)
{
	struct run *of = run_of(runs, claim->seq);
	struct sqlite3_stmt *statement = use(runs, SQL_SEE);

	db_bind_int(statement, 1, of->number);
	db_bind_int(statement, 2, claim->number);
	db_bind_int(statement, 3, claim->seq);
	db_bind_int(statement, 4, claim->stamp_ms);
	run(runs, statement);
	filter_add(&of->filter, (uint64_t)claim->number);
	note_newest(runs, claim->stamp_ms);
}

static bool
find_claim_in(struct runs *runs, const struct run *in, int64_t number,
    struct behind_claim *claim)
{
	struct sqlite3_stmt *statement;
	bool has_row;

	if (!filter_may_have(&in->filter, (uint64_t)number))
		return false;
	statement = use(runs, SQL_FIND_CLAIM);
	db_bind_int(statement, 1, in->number);
	db_bind_int(statement, 2, number);
	has_row = db_step(runs->db, statement);
	if (has_row)
		*claim = (struct behind_claim){
			.number = number,
			.seq = db_int(statement, 0),
			.stamp_ms = db_int(statement, 1),
		};
	db_reset(statement);
	return has_row;
}

bool
runs_find_claim(struct runs *runs, int64_t number, struct behind_claim *claim)
{
	for (size_t i = runs->count; i > 0; i--) {
		if (find_claim_in(runs, &runs->items[i - 1], number, claim))
			return true;
	}
	return false;
}

int64_t
runs_newest_ms(const struct runs *runs)
{
	return runs->newest_ms;
}

int64_t
runs_newest_seq(const struct runs *runs)
{
	return runs->newest_seq;
}

static void
run_link(struct runs *runs, enum statement number,
    const struct behind_link *link)
{
	struct sqlite3_stmt *statement = use(runs, number);

	db_bind_int(statement, 1, run_of(runs, link->id >> 8)->number);
	db_bind_int(statement, 2, link->owner);
	db_bind_int(statement, 3, link->thread);
	db_bind_int(statement, 4, link->request);
	db_bind_int(statement, 5, link->id);
	run(runs, statement);
}

/* An ask is found without a name, too. */
static struct behind_link
without_names(const struct behind_link *link)
{
	return (struct behind_link){ .owner = link->owner, .id = link->id };
}

void
runs_link(struct runs *runs, const struct behind_link *link)
{
	const struct behind_link ask = without_names(link);

	run_link(runs, SQL_LINK, link);
	add_names(&run_of(runs, link->id >> 8)->filter, link);
	if (BEHIND_IS_ASK(link->id))
		run_link(runs, SQL_LINK, &ask);
}

void
runs_unlink(struct runs *runs, const struct behind_link *link)
{
	const struct behind_link ask = without_names(link);

	run_link(runs, SQL_UNLINK, link);
	if (BEHIND_IS_ASK(link->id))
		run_link(runs, SQL_UNLINK, &ask);
}

static bool
has_row(struct runs *runs, enum statement number, int64_t value)
{
	struct sqlite3_stmt *statement = use(runs, number);

	db_bind_int(statement, 1, value);
	return db_number(runs->db, statement) != 0;
}

/* What the row of a link says no longer.
 * Returns: whether it is still there. */
static bool
sweep(struct runs *runs, const struct behind_link *link)
{
	if (has_row(runs, BEHIND_IS_ASK(link->id) ? SQL_HAS_ASK : SQL_HAS_JOB,
	        link->id))
		return true;
	run_link(runs, SQL_UNLINK, link);
	return false;
}

static bool
may_have(const struct run *in, const struct behind_key *key)
{
	const struct filter *filter = &in->filter;
	bool needs_request = key->thread == 0 || key->is_exact;

	return (key->thread == 0 ||
	           filter_may_have(filter,
	               (uint64_t)key->thread ^ THREAD_MIX)) &&
	    (key->request == 0 || !needs_request ||
	        filter_may_have(filter, (uint64_t)key->request ^ REQUEST_MIX));
}

/* Where in a run to look: between two links, the first of them included. */
struct range {
	struct behind_link from;
	struct behind_link until;
	size_t most; /* rows */
};

/* In a thread that is first the request, and then what has none.
 * Returns: false = there is no such part. */
static bool
range_of(const struct behind_key *key, int part, struct range *range)
{
	bool has_none = !key->is_exact && key->request != 0 && key->thread != 0;
	bool is_one = key->is_exact || has_none;
	int64_t request = part == 0 ? key->request : 0;

	range->from =
	    (struct behind_link){ 0, key->thread != 0 ? key->thread : INT64_MIN,
		    is_one ? request : INT64_MIN, INT64_MIN };
	range->until =
	    (struct behind_link){ 0, key->thread != 0 ? key->thread : INT64_MAX,
		    is_one ? request : INT64_MAX, INT64_MAX };
	return part == 0 || (part == 1 && has_none);
}

static size_t
read_range(struct runs *runs, int64_t number, int64_t owner,
    const struct range *range, struct behind_link links[BEHIND_SLICE])
{
	struct sqlite3_stmt *statement = use(runs, SQL_SEARCH);
	size_t count = 0;

	db_bind_int(statement, 1, number);
	db_bind_int(statement, 2, owner);
	db_bind_int(statement, 3, range->from.thread);
	db_bind_int(statement, 4, range->from.request);
	db_bind_int(statement, 5, range->from.id);
	db_bind_int(statement, 6, range->until.thread);
	db_bind_int(statement, 7, range->until.request);
	db_bind_int(statement, 8, range->until.id);
	db_bind_int(statement, 9, (int64_t)range->most);
	while (count < range->most && db_step(runs->db, statement))
		links[count++] = (struct behind_link){
			.owner = owner,
			.thread = db_int(statement, 0),
			.request = db_int(statement, 1),
			.id = db_int(statement, 2),
		};
	db_reset(statement);
	return count;
}

static bool
is_wanted(const struct behind_key *key, const struct behind_link *link)
{
	return key->is_exact
	    ? !BEHIND_IS_ASK(link->id)
	    : key->thread != 0 || link->request == key->request;
}

/* A part of a run; what a fold has not ended is in memory, too.
 * Returns: how many rows were looked at. */
static size_t
look(struct runs *runs, const struct runs_search *search,
    const struct range *range, struct behind_cursor *cursor,
    struct behind_slice *slice)
{
	struct behind_link links[BEHIND_SLICE];
	size_t count =
	    read_range(runs, cursor->run, search->owner, range, links);

	for (size_t i = 0; i < count; i++) {
		cursor->link = links[i];
		if (links[i].id <= search->last && sweep(runs, &links[i]) &&
		    is_wanted(search->key, &links[i]))
			slice->ids[slice->count++] = links[i].id;
	}
	cursor->has_link = count > 0;
	return count;
}

/* Returns: whether there may be more in the run. */
static bool
search_run(struct runs *runs, const struct runs_search *search,
    struct behind_cursor *cursor, struct behind_slice *slice)
{
	size_t left = BEHIND_SLICE;
	struct range range;

	while (range_of(search->key, cursor->part, &range)) {
		if (cursor->has_link)
			range.until = cursor->link;
		range.most = left;
		left -= look(runs, search, &range, cursor, slice);
		if (left == 0)
			return true;
		cursor->part++;
		cursor->has_link = false;
	}
	return false;
}

bool
runs_search(struct runs *runs, const struct runs_search *search,
    struct behind_cursor *cursor, struct behind_slice *slice)
{
	for (size_t i = runs->count; i > 0; i--) {
		const struct run *in = &runs->items[i - 1];

		if (in->number > cursor->run || !may_have(in, search->key))
			continue;
		if (in->number != cursor->run)
			*cursor =
			    (struct behind_cursor){ true, .run = in->number };
		if (search_run(runs, search, cursor, slice))
			return true;
		*cursor = (struct behind_cursor){ true, .run = in->number - 1 };
		if (slice->count > 0)
			return true;
	}
	return false;
}

void
runs_asks(struct runs *runs, int64_t owner, int64_t before,
    struct behind_slice *slice)
{
	struct sqlite3_stmt *statement = use(runs, SQL_ASKS);

	for (size_t i = runs->count; i > 0; i--) {
		if (!filter_may_have(&runs->items[i - 1].filter,
		        (uint64_t)owner ^ OWNER_MIX))
			continue;
		db_bind_int(statement, 1, runs->items[i - 1].number);
		db_bind_int(statement, 2, owner);
		db_bind_int(statement, 3, before * 256);
		db_bind_int(statement, 4, BEHIND_SLICE);
		while (
		    slice->count < BEHIND_SLICE && db_step(runs->db, statement))
			slice->ids[slice->count++] = db_int(statement, 0) >> 8;
		db_reset(statement);
	}
}

/* The newest id stays: a start learns from it what time it is at least.
 * Returns: whether there is more of them. */
static bool
purge_ids(struct runs *runs, int64_t before_ms)
{
	struct broom *broom = &runs->broom;
	struct sqlite3_stmt *find = use(runs, SQL_LAST_ID);
	struct sqlite3_stmt *purge = use(runs, SQL_PURGE_IDS);
	int64_t number = runs->items[broom->at].number;
	int64_t last;

	db_bind_int(find, 3, number);
	last = db_end_of_slice(runs->db, find, broom->id, BEHIND_SLICE);
	if (last == broom->id)
		return false;
	db_bind_int(purge, 1, number);
	db_bind_int(purge, 2, broom->id);
	db_bind_int(purge, 3, last);
	db_bind_int(purge, 4,
	    before_ms < runs->newest_ms ? before_ms : runs->newest_ms);
	run(runs, purge);
	broom->id = last;
	return true;
}

static size_t
read_links(struct runs *runs, struct behind_link links[BEHIND_SLICE])
{
	const struct broom *broom = &runs->broom;
	struct sqlite3_stmt *statement = use(runs, SQL_LINKS_AFTER);
	size_t count = 0;

	db_bind_int(statement, 1, runs->items[broom->at].number);
	db_bind_int(statement, 2, broom->after.owner);
	db_bind_int(statement, 3, broom->after.thread);
	db_bind_int(statement, 4, broom->after.request);
	db_bind_int(statement, 5, broom->after.id);
	db_bind_int(statement, 6, BEHIND_SLICE);
	while (count < BEHIND_SLICE && db_step(runs->db, statement))
		links[count++] = (struct behind_link){
			.owner = db_int(statement, 0),
			.thread = db_int(statement, 1),
			.request = db_int(statement, 2),
			.id = db_int(statement, 3),
		};
	db_reset(statement);
	return count;
}

/* Returns: whether there is more of them. */
static bool
purge_links(struct runs *runs)
{
	struct behind_link links[BEHIND_SLICE];
	size_t count = read_links(runs, links);

	for (size_t i = 0; i < count; i++)
		(void)sweep(runs, &links[i]);
	if (count > 0)
		runs->broom.after = links[count - 1];
	return count == BEHIND_SLICE;
}

static void
remove_run(struct runs *runs, size_t at)
{
	struct sqlite3_stmt *statement = use(runs, SQL_REMOVE_RUN);

	db_bind_int(statement, 1, runs->items[at].number);
	run(runs, statement);
	filter_finish(&runs->items[at].filter);
	runs->count--;
	memmove(&runs->items[at], &runs->items[at + 1],
	    (runs->count - at) * sizeof(*runs->items));
}

/* To the next run. An empty one goes, but for the newest, which is being written.
 * Returns: whether there is one. */
static bool
go_on(struct runs *runs)
{
	size_t at = runs->broom.at;

	if (at + 1 < runs->count &&
	    !has_row(runs, SQL_HAS_ROWS, runs->items[at].number))
		remove_run(runs, at);
	else
		at++;
	runs->broom = broom_of(at < runs->count ? at : 0);
	return at < runs->count;
}

bool
runs_purge(struct runs *runs, int64_t before_ms)
{
	struct broom *broom = &runs->broom;

	if (!broom->has_ids)
		broom->has_ids = !purge_ids(runs, before_ms);
	else if (!purge_links(runs))
		return go_on(runs);
	return true;
}
