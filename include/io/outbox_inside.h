/* outbox_inside.h - what the files of the outbox have in common: outbox, events,
 * jobs, due, shown, room and purge.c. For nobody else.
 *
 * Layer:   io.
 */
#ifndef IO_OUTBOX_INSIDE_H
#define IO_OUTBOX_INSIDE_H

#include "base/text.h"
#include "io/behind.h"
#include "io/db.h"
#include "io/ledger.h"
#include "io/outbox.h"
#include "io/store.h"
#include "io/window.h"

#define NEEDS_ANSWER " < 2"  /* in SQL, of a kind */
#define OUTBOX_STATEMENTS 16 /* of one file, at most */

enum outbox_file {
	OUTBOX_ITSELF,
	OUTBOX_EVENTS,
	OUTBOX_JOBS,
	OUTBOX_DUE,
	OUTBOX_SHOWN,
	OUTBOX_ROOM,
	OUTBOX_FILES,
};

/* Of the disk, io/room.h. */
struct room {
	struct ledger ledger; /* what the events of each person take */
	int64_t weighed;      /* what was there when we began, up to this one */
	size_t root_len;      /* of their topics */
	int64_t filled;       /* bytes that were stored in this life of ours */
	int64_t left;         /* that the disk had when it was asked last */
	int64_t left_until;   /* so much is filled: then it is asked again */
	char wanting[TEXT_ID_MAX + 1]; /* whom the next purge is to help */
	char helped[TEXT_ID_MAX + 1];  /* whom it helps, or the last one did */
	int64_t helped_bytes;          /* that were left then */
};

struct outbox {
	struct store store;
	bool must_sync;    /* what arrives, before the broker is answered */
	int64_t base_ms;   /* of outbox_clock_ms() over the monotonic clock */
	int64_t newest;    /* seq of an event, under the file's lock */
	int64_t inherited; /* the newest when we began */
	int64_t ordered;   /* the job that was added last */
	int written;       /* jobs, in this transaction */
	struct window *window;
	struct behind *behind;
	int64_t decided;   /* the last event that was judged */
	int64_t held;      /* but those from this one on may wait; INT64_MAX */
	int64_t marked;    /* and what the file says of it */
	int64_t purged[2]; /* how far a purge came: jobs, events */
	int purging;       /* which of them it is at, or their ids */
	bool is_recalled;  /* what was not written down is known again */
	bool wants_fold;   /* few are enough: the purge needs it */
	struct room room;
	struct ledger ids;    /* that each person's events had in this day */
	int64_t ids_until_ms; /* outbox_clock_ms(): then another day begins */
	struct sqlite3_stmt *prepared[OUTBOX_FILES][OUTBOX_STATEMENTS];
};

/* The last event that needs no decision any more, as things stand. */
int64_t outbox_mark(const struct outbox *outbox);

/* Of a row: the columns of an event, from the number first. */
void events_read(struct outbox *outbox, struct sqlite3_stmt *statement,
    int first, struct outbox_event *event);
/* Nothing is being read any more. */
void events_rest(struct outbox *outbox);

/* What nobody needs of a slice of the rows behind one of them.
 * Returns: the last row of the slice; after = there is none. */
int64_t events_purge(struct outbox *outbox, int64_t after);
int64_t jobs_purge(struct outbox *outbox, int64_t after, int64_t now_ms);

/* An event is there, or is there no more. */
int64_t room_owner(const struct outbox *outbox, const char *topic);
void room_fill(struct outbox *outbox, int64_t owner, size_t len);
void room_clear(struct outbox *outbox, int64_t seq, const char *topic,
    size_t len);
void room_clear_of(struct outbox *outbox, int64_t seq, const char *user,
    size_t len);
/* Whether an owner may have an event of that length stored; whether, if he may not,
 * at least that it was refused. Under the file's lock. */
bool room_is_left(struct outbox *outbox, int64_t owner, size_t len);
bool room_is_left_to_refuse(struct outbox *outbox, int64_t owner);
/* A purge begins that helps whoever wants it, and ends. */
void room_help(struct outbox *outbox);
void room_end_help(struct outbox *outbox);

#define ROOM_EVERYBODY "/" /* may be helped; no user's name */

/* A new row. */
void jobs_insert(struct outbox *outbox, int64_t id,
    const struct outbox_order *order, int32_t attempts);
/* A row that is settled. Where its event may be judged again, it must be known
 * that this is done. */
void jobs_settle_row(struct outbox *outbox, int64_t id);

#endif
