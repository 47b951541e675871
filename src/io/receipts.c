#include "io/receipts.h"

#include "base/buf.h"
#include "base/fault.h"
#include "base/siphash.h"
#include "io/clock.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define UNSAVED_MAX 1024     /* decisions in memory */
#define SAVE_COUNT 512       /* so many share pages: worth a transaction */
#define SAVE_BYTES 262144    /* of one transaction */
#define SAVE_WITHIN_MS 10000 /* fewer wait so long */
#define COPY_MAX 65536 /* bytes of a user and a receipt, which is a message */

#define SWEEP_SLICE 64    /* rows that a transaction looks at */
#define SWEEP_BEHIND 8192 /* rows that were added since it began: it hurries */
#define SWEEP_LIMITS 4    /* people whose receipts it counts */
#define SWEEP_PART 2      /* what grew by such a part is worth a look */
#define LIMITS_MAX 1024   /* people whose limits are remembered */
#define LIMITS_NEAR 8     /* places where one's may be */

enum statement {
	SQL_NEWEST,
	SQL_BEFORE,
	SQL_FROM,
	SQL_ADD,
	SQL_COUNT_OF,
	SQL_LIMIT,
	SQL_SLICE,
	SQL_REMOVE,
	SQL_NEXT,
	SQL_NEXT_OF,
	SQL_SINCE,
	SQL_COUNT,
};

#define SELECT_ONE "SELECT at, user, event, receipt FROM receipt "

/* They are in the order they were added, so that what is new is on few pages. An index
 * has each person's, and for that it is in parts: also its new rows are together. */
#define OF_PERSON RECEIPTS_PART " = ?4 AND user = ?3 "

static const char *const statements[SQL_COUNT] = {
	[SQL_NEWEST] = "SELECT coalesce(max(at), 0) FROM receipt",
	[SQL_BEFORE] =
	    "SELECT coalesce(max(at), -1) FROM receipt WHERE at < ?1",
	[SQL_FROM] = "SELECT coalesce(min(at), -1) FROM receipt WHERE at >= ?1",
	[SQL_ADD] = "INSERT INTO receipt(user, at, ts_ms, event,"
	            " receipt) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_COUNT_OF] = "SELECT count(*) FROM receipt WHERE " OF_PERSON,
	[SQL_LIMIT] = "SELECT at FROM receipt WHERE " OF_PERSON
	              "ORDER BY at DESC LIMIT 1 OFFSET ?1",
	[SQL_SLICE] = "SELECT at, user FROM receipt WHERE at > ?1 AND at <= ?3"
	              " ORDER BY at LIMIT ?2",
	[SQL_REMOVE] = "DELETE FROM receipt WHERE at = ?1",
	[SQL_NEXT] = SELECT_ONE "WHERE event = ?1 AND at > ?2"
	                        " ORDER BY at LIMIT 1",
	[SQL_NEXT_OF] =
	    SELECT_ONE "WHERE " OF_PERSON "AND event = ?1 AND at > ?2"
	               " ORDER BY at LIMIT 1",
	[SQL_SINCE] =
	    SELECT_ONE "WHERE " OF_PERSON "AND ts_ms >= ?1 AND at > ?2"
	               " ORDER BY at LIMIT 1",
};

/* User, event and receipt, one behind the other. */
struct unsaved {
	char *texts; /* owned */
	int64_t at;
	int64_t ts_ms;
	size_t size; /* of the texts */
};

/* Up to which one a person's receipts are too many. */
struct limit {
	uint64_t person; /* a number of the name */
	int64_t newest;  /* that was saved when it was looked up; 0 = never */
	int64_t at;
};

struct receipts {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	int64_t keep;
	int64_t newest; /* counts all that were ever added */
	struct unsaved unsaved[UNSAVED_MAX];
	int unsaved_count;
	uint8_t key[SIPHASH_KEY_LEN]; /* of limits */
	struct limit limits[LIMITS_MAX];
	int64_t sweep_from;  /* the last that was saved when it began */
	int64_t sweep_at;    /* what it looked at last; 0 = there is none */
	int64_t kept;        /* rows that it left */
	int64_t kept_before; /* that the one before it left */
	int64_t added[LIMITS_MAX]; /* to each person's since then; some share */
	int64_t most;              /* of these */
	int looked_up;             /* limits, by this slice */
	int looked;                /* at rows, by it */
	struct timer save;
	struct timer sweep;
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

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	fresh->keep = keep;
	fresh->most = keep; /* as the last run may have left it */
	clock_random(fresh->key, sizeof(fresh->key));
	buf_init(&fresh->copy, COPY_MAX);
	fresh->newest = db_number(db, use(fresh, SQL_NEWEST));
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

/* Some of them, in a transaction that is short.
 * Returns: how many. */
static int
save_slice(struct receipts *receipts, int first)
{
	size_t size = 0;
	int at = first;

	db_begin(receipts->db, false);
	do {
		save(receipts, &receipts->unsaved[at]);
		size += receipts->unsaved[at].size;
		at++;
	} while (at < receipts->unsaved_count && size < SAVE_BYTES &&
	    !db_is_long(receipts->db));
	db_commit(receipts->db);
	return at - first;
}

/* Whether there may be more than enough to remove: somebody's grew much, or so did
 * those of many. */
static bool
is_grown(const struct receipts *receipts)
{
	int64_t added = receipts->newest - receipts->sweep_from;
	int64_t all = receipts->keep * RECEIPTS_PEOPLE;

	return receipts->sweep_at != 0 ||
	    (added >= receipts->keep && added >= receipts->kept / SWEEP_PART &&
	        (receipts->most >= receipts->keep / SWEEP_PART ||
	            added >= all / SWEEP_PART));
}

/* It keeps pace with what is added, however much that is: for each row that was, it
 * looks at two. */
static void
catch_up(struct receipts *receipts, int saved)
{
	bool is_behind =
	    receipts->newest - receipts->sweep_from >= SWEEP_BEHIND;

	for (int looked = 0;
	     is_behind && looked < 2 * saved && is_grown(receipts);
	     looked += receipts->looked)
		(void)receipts_sweep(receipts);
}

void
receipts_save(struct receipts *receipts)
{
	int at = 0;

	timer_set(&receipts->save, TIMER_OFF);
	while (at < receipts->unsaved_count)
		at += save_slice(receipts, at);
	drop_unsaved(receipts);
	catch_up(receipts, at);
	if (is_grown(receipts))
		timer_set(&receipts->sweep, 0);
}

static uint64_t
number_of(const struct receipts *receipts, const char *user)
{
	return siphash(receipts->key, user, strlen(user));
}

/* A statement about a person's in one part. */
static struct sqlite3_stmt *
use_of(struct receipts *receipts, enum statement number, const char *user,
    int64_t part)
{
	struct sqlite3_stmt *statement = use(receipts, number);

	db_bind_text(statement, 3, user);
	db_bind_int(statement, 4, part);
	return statement;
}

/* The part of the row next to a number; below 0 = there is none. Many parts may be
 * empty: of somebody who is quiet an old one stays. */
static int64_t
find_part(struct receipts *receipts, enum statement side, int64_t at)
{
	struct sqlite3_stmt *statement = use(receipts, side);

	db_bind_int(statement, 1, at);
	return db_number(receipts->db, statement) >> RECEIPTS_PART_BITS;
}

/* The last one of a person that is too many; 0 = none is. */
static int64_t
find_limit(struct receipts *receipts, const char *user)
{
	int64_t part = find_part(receipts, SQL_BEFORE, INT64_MAX);
	int64_t room = receipts->keep;
	struct sqlite3_stmt *statement;
	int64_t count;

	for (; part >= 0; part = find_part(receipts, SQL_BEFORE,
	                      part << RECEIPTS_PART_BITS)) {
		count = db_number(receipts->db,
		    use_of(receipts, SQL_COUNT_OF, user, part));
		if (count > room) {
			statement = use_of(receipts, SQL_LIMIT, user, part);
			db_bind_int(statement, 1, room);
			return db_number(receipts->db, statement);
		}
		room -= count;
	}
	return 0;
}

/* The person's place, or that of who was looked up longest ago. */
static struct limit *
place_of(struct receipts *receipts, uint64_t person)
{
	struct limit *oldest = &receipts->limits[person % LIMITS_MAX];

	for (uint64_t i = 0; i < LIMITS_NEAR; i++) {
		struct limit *limit =
		    &receipts->limits[(person + i) % LIMITS_MAX];

		if (limit->person == person)
			return limit;
		if (limit->newest < oldest->newest)
			oldest = limit;
	}
	return oldest;
}

/* Each person keeps so many.
 * In:      since  it may be as old as this newest one
 * Returns: the last one of the person that is too many; 0 = none is. */
static int64_t
limit_of(struct receipts *receipts, const char *user, int64_t since)
{
	uint64_t person = number_of(receipts, user);
	struct limit *limit = place_of(receipts, person);

	if (limit->person == person && limit->newest != 0 &&
	    limit->newest >= since)
		return limit->at;
	*limit = (struct limit){
		.person = person,
		.newest = receipts->newest - receipts->unsaved_count,
		.at = find_limit(receipts, user),
	};
	receipts->looked_up++;
	return limit->at;
}

/* What of a slice is too many; and where many people keep all that they may, the
 * oldest of all are. */
static int
find_surplus(struct receipts *receipts, int64_t surplus[SWEEP_SLICE])
{
	struct sqlite3_stmt *statement = use(receipts, SQL_SLICE);
	int64_t most = receipts->keep * RECEIPTS_PEOPLE;
	int64_t of_all =
	    receipts->kept_before > most ? receipts->sweep_from - most : 0;
	int64_t last = 0;
	int count = 0;

	receipts->looked_up = receipts->looked = 0;
	db_bind_int(statement, 1, receipts->sweep_at);
	db_bind_int(statement, 2, SWEEP_SLICE);
	db_bind_int(statement, 3, receipts->sweep_from);
	while (receipts->looked_up < SWEEP_LIMITS &&
	    db_step(receipts->db, statement)) {
		const char *user = db_text(statement, 1);

		last = db_int(statement, 0);
		receipts->looked++;
		if (last <= of_all ||
		    last <= limit_of(receipts, user, receipts->sweep_from))
			surplus[count++] = last;
		else
			receipts->kept++;
	}
	db_reset(statement);
	receipts->sweep_at = last;
	return count;
}

bool
receipts_sweep(struct receipts *receipts)
{
	int64_t surplus[SWEEP_SLICE];
	struct sqlite3_stmt *statement = use(receipts, SQL_REMOVE);
	int count;

	if (!is_grown(receipts))
		return false;
	if (receipts->sweep_at == 0) {
		receipts->sweep_from =
		    receipts->newest - receipts->unsaved_count;
		receipts->kept_before = receipts->kept;
		receipts->kept = 0;
		receipts->most = 0;
		memset(receipts->added, 0, sizeof(receipts->added));
	}
	db_begin(receipts->db, false);
	count = find_surplus(receipts, surplus);
	for (int i = 0; i < count; i++) {
		db_bind_int(statement, 1, surplus[i]);
		db_run(receipts->db, statement);
	}
	db_commit(receipts->db);
	return receipts->sweep_at != 0;
}

/* For a sweep. */
static void
count(struct receipts *receipts, const char *user)
{
	int64_t *added =
	    &receipts->added[number_of(receipts, user) % LIMITS_MAX];

	if (++*added > receipts->most)
		receipts->most = *added;
}

static void
save_all(void *context)
{
	receipts_save(context);
}

static void
sweep(void *context)
{
	struct receipts *receipts = context;

	if (receipts_sweep(receipts))
		timer_set(&receipts->sweep, 0);
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
	receipts->sweep = (struct timer){
		.now_ms = &at->monotonic_ms,
		.due_ms = is_grown(receipts) ? 0 : TIMER_OFF,
		.run = sweep,
		.part = receipts,
	};
	timer_add(timers, &receipts->sweep);
}

void
receipts_add(struct receipts *receipts, const char *user, const char *event,
    const char *receipt)
{
	struct unsaved *unsaved;
	size_t user_size = strlen(user) + 1;
	size_t event_size = strlen(event) + 1;
	size_t receipt_size = strlen(receipt) + 1;
	size_t size = user_size + event_size + receipt_size;

	if (receipts->keep == 0)
		return;
	if (receipts->unsaved_count == UNSAVED_MAX)
		receipts_save(receipts);
	if (receipts->unsaved_count == 0)
		timer_set(&receipts->save,
		    clock_monotonic_ms() + SAVE_WITHIN_MS);
	unsaved = &receipts->unsaved[receipts->unsaved_count];
	unsaved->texts = malloc(size);
	if (unsaved->texts == NULL)
		return;
	memcpy(unsaved->texts, user, user_size);
	memcpy(unsaved->texts + user_size, event, event_size);
	memcpy(unsaved->texts + user_size + event_size, receipt, receipt_size);
	count(receipts, user);
	unsaved->at = ++receipts->newest;
	unsaved->ts_ms = clock_now_ms();
	unsaved->size = size;
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

/* Those of a person that are too many are not looked at. */
static bool
find_of(struct receipts *receipts, enum statement number, const char *user,
    int64_t after, struct receipts_one *one)
{
	int64_t limit = limit_of(receipts, user, receipts->newest);
	struct sqlite3_stmt *statement;
	int64_t part;

	if (after < limit)
		after = limit;
	part = find_part(receipts, SQL_FROM, after + 1);
	for (; part >= 0; part = find_part(receipts, SQL_FROM,
	                      (part + 1) << RECEIPTS_PART_BITS)) {
		statement = use_of(receipts, number, user, part);
		db_bind_int(statement, 2, after);
		if (copy_row(receipts, statement, one))
			return true;
	}
	return false;
}

bool
receipts_next(struct receipts *receipts, const char *event, const char *user,
    struct receipts_one *one)
{
	struct sqlite3_stmt *statement =
	    use(receipts, user != NULL ? SQL_NEXT_OF : SQL_NEXT);

	receipts_save(receipts);
	db_bind_text(statement, 1, event);
	if (user != NULL)
		return find_of(receipts, SQL_NEXT_OF, user, one->at, one);
	/* Those of somebody that are too many are passed over. */
	do {
		db_bind_int(statement, 2, one->at);
		if (!copy_row(receipts, statement, one))
			return false;
	} while (one->at <= limit_of(receipts, one->user, receipts->newest));
	return true;
}

bool
receipts_since(struct receipts *receipts, const char *user, int64_t since_ms,
    struct receipts_one *one)
{
	receipts_save(receipts);
	db_bind_int(use(receipts, SQL_SINCE), 1, since_ms);
	return find_of(receipts, SQL_SINCE, user, one->at, one);
}
