#include "io/room.h"

#include "io/outbox_inside.h"
#include "io/reserve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROW 256           /* bytes that an event takes beside its payload */
#define MEAN 1048576      /* bytes that nobody is asked about */
#define LOOK_EVERY 262144 /* bytes that were stored */
#define MEGABYTE 1000000
/* Beside it, bytes that say what was refused, until the sender was told. */
#define REFUSALS_MOST 16777216

enum statement {
	SQL_WEIGH,
	SQL_FREE,
	SQL_COUNT,
};

static const char *const statements[SQL_COUNT] = {
	[SQL_WEIGH] = "SELECT seq, topic, length(payload) FROM event"
	              " WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
	[SQL_FREE] = "SELECT freelist_count * page_size"
	             " FROM pragma_freelist_count, pragma_page_size",
};

static struct sqlite3_stmt *
use(struct outbox *outbox, enum statement number)
{
	return db_use(outbox->store.db, &outbox->prepared[OUTBOX_ROOM][number],
	    statements[number]);
}

/* Of a topic: root, user, leaf. One that we serve no more has any owner. */
int64_t
room_owner(const struct outbox *outbox, const char *topic)
{
	size_t at = outbox->room.root_len + 1;
	const char *name = strlen(topic) > at ? topic + at : "";
	char user[TEXT_ID_MAX + 1] = "";
	size_t len = strcspn(name, "/");

	if (len < sizeof(user))
		memcpy(user, name, len);
	return behind_owner(outbox->behind, user);
}

void
room_fill(struct outbox *outbox, int64_t owner, size_t len)
{
	outbox->room.filled += (int64_t)len + ROW;
	ledger_add(&outbox->room.ledger, owner, (int64_t)len + ROW);
}

/* What was there when we began counts when it was weighed. */
static void
clear(struct outbox *outbox, int64_t seq, int64_t owner, size_t len)
{
	if (seq > outbox->inherited || seq <= outbox->room.weighed)
		ledger_add(&outbox->room.ledger, owner, -(int64_t)len - ROW);
}

void
room_clear(struct outbox *outbox, int64_t seq, const char *topic, size_t len)
{
	clear(outbox, seq, room_owner(outbox, topic), len);
}

void
room_clear_of(struct outbox *outbox, int64_t seq, const char *user, size_t len)
{
	clear(outbox, seq, behind_owner(outbox->behind, user), len);
}

bool
room_weigh(struct outbox *outbox)
{
	struct db *db = outbox->store.db;
	struct sqlite3_stmt *statement = use(outbox, SQL_WEIGH);
	int64_t weighed = outbox->inherited;

	if (outbox->room.weighed >= outbox->inherited)
		return false;
	outbox_begin(outbox);
	db_bind_int(statement, 1, outbox->room.weighed);
	db_bind_int(statement, 2, outbox->inherited);
	db_bind_int(statement, 3, OUTBOX_SLICE);
	for (int i = 0; db_step(db, statement); i++) {
		room_fill(outbox, room_owner(outbox, db_text(statement, 1)),
		    (size_t)db_int(statement, 2));
		if (i == OUTBOX_SLICE - 1)
			weighed = db_int(statement, 0);
	}
	db_reset(statement);
	outbox->room.weighed = weighed;
	outbox_commit(outbox);
	return true;
}

/* It helps again when there is as much more as a part of what there may be. */
static void
want_help(struct outbox *outbox, const char *user, int64_t bytes, int64_t most)
{
	struct room *room = &outbox->room;
	bool was_helped = strcmp(room->helped, user) == 0;

	if (bytes < most / 2 ||
	    (was_helped && bytes < room->helped_bytes + most / 8))
		return;
	(void)snprintf(room->wanting, sizeof(room->wanting), "%s", user);
}

/* On the disk, or in the file where something was. It is asked again when what was
 * stored since could make a difference. */
static int64_t
bytes_left(struct outbox *outbox)
{
	struct room *room = &outbox->room;

	if (room->left_until > room->filled)
		return room->left;
	room->left = reserve_left(outbox->store.directory);
	if (room->left < ROOM_MOST)
		room->left +=
		    db_number(outbox->store.db, use(outbox, SQL_FREE));
	room->left_until = room->filled + LOOK_EVERY;
	return room->left;
}

static int64_t
bytes_most(struct outbox *outbox)
{
	int64_t left = bytes_left(outbox);

	return left < ROOM_MOST ? left : ROOM_MOST;
}

static int64_t
bytes_of(const struct outbox *outbox, const char *user)
{
	return ledger_bytes(&outbox->room.ledger,
	    behind_owner(outbox->behind, user));
}

static bool
has_room(struct outbox *outbox, int64_t owner, int64_t more, int64_t beside)
{
	int64_t bytes = ledger_bytes(&outbox->room.ledger, owner) + more;

	return bytes < MEAN || bytes <= bytes_most(outbox) + beside;
}

bool
room_is_left(struct outbox *outbox, int64_t owner, size_t len)
{
	if (has_room(outbox, owner, (int64_t)len + ROW, 0))
		return true;
	/* So that the disk is asked again as often. */
	outbox->room.filled += (int64_t)len;
	return false;
}

bool
room_is_left_to_refuse(struct outbox *outbox, int64_t owner)
{
	return has_room(outbox, owner, ROW, REFUSALS_MOST);
}

void
room_watch(struct outbox *outbox, const char *user)
{
	int64_t bytes = bytes_of(outbox, user);

	if (bytes >= MEAN)
		want_help(outbox, user, bytes, bytes_most(outbox));
}

void
room_explain(struct outbox *outbox, const char *user, struct fault *fault)
{
	fault_set(fault,
	    "the user's events take %" PRId64 " MB of the disk, and may take "
	    "%" PRId64,
	    bytes_of(outbox, user) / MEGABYTE, bytes_most(outbox) / MEGABYTE);
}

bool
room_wants_purge(struct outbox *outbox)
{
	return outbox->room.wanting[0] != '\0';
}

void
room_help(struct outbox *outbox)
{
	struct room *room = &outbox->room;

	(void)snprintf(room->helped, sizeof(room->helped), "%s", room->wanting);
	room->wanting[0] = '\0';
	/* Not again before this ends. */
	room->helped_bytes = INT64_MAX / 2;
}

void
room_end_help(struct outbox *outbox)
{
	struct room *room = &outbox->room;

	room->helped_bytes = ledger_bytes(&room->ledger,
	    behind_owner(outbox->behind, room->helped));
	room->left_until = 0;
}
