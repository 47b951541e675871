#include "io/outbox.h"

#include "core/event.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/outbox_inside.h"
#include "io/purge.h"
#include "io/reserve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
/* No event is worth anything for so long. */
#define AWAY_MOST_MS (30 * DAY_MS)

enum statement {
	SQL_EXTENT,
	SQL_DECIDED,
	SQL_OFFSET,
	SQL_LATEST,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_EXTENT] =
	    "SELECT decided, max(decided, (SELECT coalesce(max(seq), 0)"
	    " FROM event)), offset_ms, max((SELECT coalesce(max(seq), 0)"
	    " FROM ask), (SELECT coalesce(max(id), 0) >> 8 FROM job)) FROM mark",
	[SQL_DECIDED] = "UPDATE mark SET decided = ?1",
	[SQL_OFFSET] = "UPDATE mark SET offset_ms = ?1",
	[SQL_LATEST] = "SELECT coalesce(max(arrived_ms), 0) FROM event",
};

_Static_assert(SQL_COUNT <= OUTBOX_STATEMENTS, "they have their places");
_Static_assert(AWAY_MOST_MS > EVENT_TTL_MAX_S * INT64_C(1000),
    "who was away for less is told what expired");

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db,
	    &outbox->prepared[OUTBOX_ITSELF][number], statements[number]);
}

static void
run(struct outbox *outbox, struct sqlite3_stmt *statement)
{
	db_run(outbox->store.db, statement);
}

static int64_t
read_mark(struct outbox *outbox, int column)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EXTENT);
	int64_t value = 0;

	if (db_step(outbox->store.db, statement))
		value = db_int(statement, column);
	db_reset(statement);
	return value;
}

static bool
is_likely(int64_t away_ms)
{
	return away_ms >= 0 && away_ms <= AWAY_MOST_MS;
}

/* How far the clock is ahead of that of the times in the file. One without a
 * battery starts anywhere. In the past: then the file's goes on from the newest
 * time in it, and what waits there does not wait for years, whenever the clock is
 * set. So far ahead that nothing that waits could be worth anything: the same, or
 * all of it were lost to a clock that is set right a minute later.
 * An offset below 0 is of a clock that was ahead and was set back, or was made up for
 * one in the past, and then says nothing of another one. */
static int64_t
find_offset(struct outbox *outbox, int64_t now_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_LATEST);
	int64_t offset_ms = read_mark(outbox, 2);
	int64_t latest_ms = db_step(db, statement) ? db_int(statement, 0) : 0;
	int64_t away_ms;

	db_reset(statement);
	if (latest_ms < behind_newest_ms(outbox->behind))
		latest_ms = behind_newest_ms(outbox->behind);
	if (offset_ms < 0 &&
	    (now_ms >= latest_ms || !is_likely(now_ms - offset_ms - latest_ms)))
		offset_ms = 0;
	away_ms = now_ms - offset_ms - latest_ms;
	if (latest_ms == 0 || is_likely(away_ms))
		return offset_ms;
	if (away_ms > 0)
		log_info("the clock is %" PRId64 " days after the last event: "
		         "what waited goes on where it was",
		    away_ms / DAY_MS);
	return offset_ms + away_ms;
}

/* The last number of an event that something in the file goes by. The event itself may
 * be gone, and the mark behind it: it was told to nobody while an earlier one was on its
 * way. */
static int64_t
find_newest(struct outbox *outbox)
{
	int64_t newest = read_mark(outbox, 1);
	int64_t claimed = behind_newest_seq(outbox->behind);
	int64_t named = read_mark(outbox, 3);

	if (newest < claimed)
		newest = claimed;
	return newest < named ? named : newest;
}

/* Before anything else is written. */
static void
make_room(struct outbox *outbox, const char *directory, int64_t now_ms)
{
	if (outbox->store.is_tight) {
		log_warn("%s: the disk is full, or nearly: what is worthless "
		         "is removed first",
		    directory);
		(void)snprintf(outbox->room.wanting,
		    sizeof(outbox->room.wanting), ROOM_EVERYBODY);
		while (purge_slice(outbox, now_ms))
			continue;
	}
	reserve_keep(directory);
}

enum status
outbox_open(const struct settings *settings, struct outbox **outbox,
    struct fault *fault)
{
	struct outbox *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;
	int64_t now_ms;
	int64_t offset_ms;

	if (fresh != NULL)
		status = window_create(&fresh->window);
	if (status == STATUS_OK)
		status = store_open(settings, &fresh->store, fault);
	if (status != STATUS_OK) {
		if (fresh != NULL)
			window_destroy(fresh->window);
		free(fresh);
		return status;
	}
	fresh->decided = fresh->marked = read_mark(fresh, 0);
	fresh->held = INT64_MAX;
	fresh->must_sync = settings->state.durability == DURABILITY_POWER;
	fresh->room.root_len = strlen(settings->mqtt.root);
	for (size_t i = 0; i < COUNT_OF(fresh->purged); i++)
		fresh->purged[i] = INT64_MIN;
	status =
	    behind_create(fresh->store.db, fresh->store.key, &fresh->behind);
	if (status != STATUS_OK) {
		outbox_close(fresh);
		return status;
	}
	fresh->newest = fresh->inherited = find_newest(fresh);
	fresh->is_recalled = behind_folded(fresh->behind) >= fresh->marked;
	now_ms = clock_now_ms();
	fresh->base_ms = now_ms - clock_monotonic_ms();
	offset_ms = find_offset(fresh, now_ms);
	fresh->base_ms -= offset_ms;
	db_set_offset(fresh->store.db, offset_ms);
	make_room(fresh, settings->state.directory, now_ms);
	/* Said once. */
	if (offset_ms > read_mark(fresh, 2))
		outbox_follow_clock(fresh, 0);
	*outbox = fresh;
	return STATUS_OK;
}

void
outbox_close(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	/* So that nothing has to be read again. */
	outbox->wants_fold = true;
	while (outbox->behind != NULL && outbox_fold(outbox))
		continue;
	window_destroy(outbox->window);
	behind_destroy(outbox->behind);
	for (int file = 0; file < OUTBOX_FILES; file++)
		db_drop(outbox->prepared[file], OUTBOX_STATEMENTS);
	store_close(&outbox->store);
	ledger_finish(&outbox->room.ledger);
	ledger_finish(&outbox->ids);
	free(outbox);
}

const uint8_t *
outbox_key(const struct outbox *outbox)
{
	return outbox->store.key;
}

struct db *
outbox_db(struct outbox *outbox)
{
	return outbox->store.db;
}

struct behind *
outbox_behind(struct outbox *outbox)
{
	return outbox->behind;
}

int64_t
outbox_number(const struct outbox *outbox, const char *user, const char *name)
{
	if (name == NULL || *name == '\0')
		return 0;
	return store_number(outbox->store.key, user, name);
}

int64_t
outbox_clock_ms(const struct outbox *outbox)
{
	return clock_monotonic_ms() + outbox->base_ms;
}

void
outbox_begin(struct outbox *outbox)
{
	db_begin(outbox->store.db, false);
	outbox->written = 0;
}

bool
outbox_has_begun(const struct outbox *outbox)
{
	return db_has_begun(outbox->store.db);
}

bool
outbox_is_long(const struct outbox *outbox)
{
	return db_is_long(outbox->store.db);
}

int64_t
outbox_mark(const struct outbox *outbox)
{
	const struct window_job *first = window_first(outbox->window);
	int64_t mark = outbox->decided;

	if (first != NULL && first->order.seq <= mark)
		mark = first->order.seq - 1;
	if (outbox->held <= mark)
		mark = outbox->held - 1;
	return mark;
}

void
outbox_commit(struct outbox *outbox)
{
	int64_t mark = outbox_mark(outbox);

	/* A reader left open would keep the log file from being taken in. */
	events_rest(outbox);
	if (mark != outbox->marked) {
		struct sqlite3_stmt *statement = use(outbox, SQL_DECIDED);

		db_bind_int(statement, 1, mark);
		run(outbox, statement);
		outbox->marked = mark;
	}
	db_commit(outbox->store.db);
}

void
outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest)
{
	*decided = read_mark(outbox, 0);
	*newest = read_mark(outbox, 1);
}

void
outbox_note_decided(struct outbox *outbox, int64_t seq)
{
	outbox->decided = seq;
}

void
outbox_hold(struct outbox *outbox, int64_t seq)
{
	outbox->held = seq;
}

int64_t
outbox_folded(const struct outbox *outbox)
{
	return behind_folded(outbox->behind);
}

void
outbox_note_recalled(struct outbox *outbox)
{
	outbox->is_recalled = true;
}

bool
outbox_fold(struct outbox *outbox)
{
	bool is_folding = outbox->is_recalled &&
	    behind_fold(outbox->behind, outbox->marked, outbox->wants_fold);

	outbox->wants_fold &= is_folding;
	return is_folding;
}

bool
outbox_is_folding(const struct outbox *outbox)
{
	return outbox->wants_fold;
}

int64_t
outbox_clock_offset_ms(const struct outbox *outbox)
{
	return outbox->base_ms + db_offset(outbox->store.db);
}

void
outbox_follow_clock(struct outbox *outbox, int64_t step_ms)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_OFFSET);

	outbox_begin(outbox);
	db_set_offset(db, db_offset(db) + step_ms);
	db_bind_int(statement, 1, db_offset(db));
	run(outbox, statement);
	outbox_commit(outbox);
}

void
outbox_leave(struct outbox *outbox)
{
	(void)reserve_take(outbox->store.directory);
}
