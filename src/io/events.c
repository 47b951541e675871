#include "io/events.h"

#include "core/peek.h"
#include "io/outbox_inside.h"

#include <string.h>

enum statement {
	SQL_STORE,
	SQL_EVENT_AFTER,
	SQL_EVENT,
	SQL_DISCARD,
	SQL_LOOK_THROUGH,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_STORE] =
	    "INSERT INTO event(seq, arrived_ms, expires_ms, topic, payload)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_EVENT_AFTER] =
	    "SELECT seq, arrived_ms, expires_ms, topic, payload FROM event"
	    " WHERE seq > ?1 ORDER BY seq LIMIT 1",
	[SQL_EVENT] =
	    "SELECT seq, arrived_ms, expires_ms, topic, payload FROM event"
	    " WHERE seq = ?1",
	[SQL_DISCARD] = "DELETE FROM event WHERE seq = ?1",
	[SQL_LOOK_THROUGH] =
	    "SELECT seq, topic, length(payload), EXISTS (SELECT 1 FROM job"
	    " WHERE id BETWEEN seq << 8 AND (seq << 8) + 255) FROM event"
	    " WHERE seq > ?1"
	    " AND seq <= (SELECT min(decided, folded) FROM mark)"
	    " ORDER BY seq LIMIT ?2",
};

_Static_assert(SQL_COUNT <= OUTBOX_STATEMENTS, "they have their places");

#define PURGE_SIZE_MAX 1048576 /* bytes that one transaction removes, about */
#define KEPT_MAX 1024 /* bytes of an event that is kept for its id alone */
#define REFUSED (-1)  /* in the place of an expiry */

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db,
	    &outbox->prepared[OUTBOX_EVENTS][number], statements[number]);
}

static void
store(struct outbox *outbox, int64_t owner, const struct outbox_event *event)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_STORE);

	db_bind_int(statement, 1, ++outbox->newest);
	db_bind_int(statement, 2, event->stamp_ms);
	db_bind_int(statement, 3,
	    event->is_refused ? REFUSED : event->expires_ms);
	db_bind_text(statement, 4, event->topic);
	db_bind_blob(statement, 5, event->payload, event->len);
	db_run(db, statement);
	room_fill(outbox, owner, event->len);
}

/* Nothing but its id, so that its sender can be told. */
static void
store_refusal(struct outbox *outbox, int64_t owner,
    const struct outbox_event *event)
{
	struct outbox_event refused = *event;
	char id[TEXT_ID_MAX + 1];

	if (!room_is_left_to_refuse(outbox, owner))
		return;
	peek_id(event->payload, event->len, "id", id);
	refused.payload = id;
	refused.len = strlen(id);
	refused.is_refused = true;
	store(outbox, owner, &refused);
}

/* Only what arrives must reach the disk at once. A lost decision is made again
 * from the event, and a lost "done" costs one repeat with the same identity:
 * neither needs its own fsync, and the next intake's covers both. */
int64_t
events_store(struct outbox *outbox, const struct outbox_event *events,
    size_t count)
{
	struct db *db = outbox->store.db;
	int64_t seq;

	db_begin(db, outbox->must_sync);
	db_check_place(db);
	for (size_t i = 0; i < count; i++) {
		int64_t owner = room_owner(outbox, events[i].topic);

		if (room_is_left(outbox, owner, events[i].len))
			store(outbox, owner, &events[i]);
		else
			store_refusal(outbox, owner, &events[i]);
	}
	seq = outbox->newest;
	db_commit(db);
	return seq;
}

void
events_read(struct outbox *outbox, struct sqlite3_stmt *statement, int first,
    struct outbox_event *event)
{
	struct db *db = outbox->store.db;

	event->seq = db_int(statement, first);
	event->arrived_ms = db_time(db, statement, first + 1);
	event->stamp_ms = db_int(statement, first + 1);
	event->is_refused = db_int(statement, first + 2) == REFUSED;
	event->expires_ms =
	    event->is_refused ? 0 : db_time(db, statement, first + 2);
	event->topic = db_text(statement, first + 3);
	event->payload = db_blob(statement, first + 4, &event->len);
}

bool
events_after(struct outbox *outbox, int64_t seq, struct outbox_event *event)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EVENT_AFTER);

	/* What was borrowed from the last call ends with this one. */
	db_reset(statement);
	db_bind_int(statement, 1, seq);
	if (!db_step(outbox->store.db, statement))
		return false;
	events_read(outbox, statement, 0, event);
	return true;
}

bool
events_find(struct outbox *outbox, int64_t seq, struct outbox_event *event)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_EVENT);

	db_bind_int(statement, 1, seq);
	if (!db_step(outbox->store.db, statement))
		return false;
	events_read(outbox, statement, 0, event);
	return true;
}

void
events_end(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_EVENT));
}

void
events_rest(struct outbox *outbox)
{
	db_reset(use(outbox, SQL_EVENT_AFTER));
}

/* Nobody fills the disk with ids: what one person has more of in a day is known for as
 * long as a few thousand events are new, and a repeat of it that comes later is not
 * recognised. The count begins anew with us. */
static bool
is_beyond_ids(struct outbox *outbox, const char *user, int64_t stamp_ms)
{
	int64_t owner = behind_owner(outbox->behind, user);

	if (stamp_ms >= outbox->ids_until_ms) {
		ledger_finish(&outbox->ids);
		outbox->ids_until_ms = stamp_ms + OUTBOX_DEDUP_MS;
	}
	ledger_add(&outbox->ids, owner, 1);
	return ledger_bytes(&outbox->ids, owner) > OUTBOX_IDS_MAX;
}

bool
events_claim(struct outbox *outbox, const struct outbox_event *event,
    const char *user, const char *id)
{
	struct behind_claim claim;
	int64_t number = outbox_number(outbox, user, id);

	if (behind_find_claim(outbox->behind, number, &claim) &&
	    claim.seq != event->seq &&
	    claim.stamp_ms >= event->stamp_ms - OUTBOX_DEDUP_MS)
		return false;
	/* It is judged in several transactions. */
	if (behind_is_claimed(outbox->behind, number, event->seq))
		return true;
	claim = (struct behind_claim){
		.number = number,
		.seq = event->seq,
		.stamp_ms = event->stamp_ms,
		.is_passing = is_beyond_ids(outbox, user, event->stamp_ms),
	};
	behind_claim(outbox->behind, &claim);
	return true;
}

/* The event of an id that is in memory alone stays until that is written. */
void
events_discard(struct outbox *outbox, const struct outbox_event *event,
    const char *user)
{
	const struct behind_claim *claim =
	    behind_last_claim(outbox->behind, event->seq);
	struct sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	room_clear_of(outbox, event->seq, user, event->len);
	if (claim != NULL && event->len <= KEPT_MAX) {
		behind_discard_last(outbox->behind);
		return;
	}
	if (claim != NULL)
		behind_claim_now(outbox->behind, claim);
	db_bind_int(statement, 1, event->seq);
	db_run(outbox->store.db, statement);
}

static void
discard_row(struct outbox *outbox, int64_t seq)
{
	struct sqlite3_stmt *statement = use(outbox, SQL_DISCARD);

	db_bind_int(statement, 1, seq);
	db_run(outbox->store.db, statement);
}

int64_t
events_purge(struct outbox *outbox, int64_t after)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_LOOK_THROUGH);
	int64_t worthless[OUTBOX_SLICE];
	int64_t last = after;
	size_t count = 0;
	size_t size = 0;

	db_bind_int(statement, 1, after);
	db_bind_int(statement, 2, OUTBOX_SLICE);
	while (size < PURGE_SIZE_MAX && db_step(db, statement)) {
		size_t len = (size_t)db_int(statement, 2);

		last = db_int(statement, 0);
		if (db_int(statement, 3) != 0)
			continue;
		room_clear(outbox, last, db_text(statement, 1), len);
		worthless[count++] = last;
		size += len;
	}
	db_reset(statement);
	for (size_t i = 0; i < count; i++)
		discard_row(outbox, worthless[i]);
	return last;
}
