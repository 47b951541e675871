/* behind.h - what is looked up by a name of a user's, written down later.
 *
 * Layer:   io. Main thread; within outbox_begin() and outbox_commit().
 * Each event would touch another page of each of the tables, io/runs.h: what is new
 * stays in memory, thousands of events together are written in their order, and what
 * was not written yet is read again from the events and rows themselves when we
 * start. mark.folded says up to where the tables are whole. What they name may be gone:
 * a purge sweeps it out, hundreds of rows together.
 */
#ifndef IO_BEHIND_H
#define IO_BEHIND_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last of an event's ids, of which the others are its jobs'. */
#define BEHIND_ASK 255
#define BEHIND_ASK_ID(seq) ((seq)*256 + BEHIND_ASK)
#define BEHIND_IS_ASK(id) (((id)&255) == BEHIND_ASK)
#define BEHIND_OWNER "/" /* the name that a user has a number by */
#define BEHIND_SLICE 256 /* rows that one transaction walks over */
/* Less of it, as CFLAGS, makes what is seldom frequent: make chaos. */
#ifndef BEHIND_ALL
#define BEHIND_ALL 4096 /* so many events are worth being written */
#endif

struct behind;
struct db;

/* An event and its id. */
struct behind_claim {
	int64_t number; /* store_number() of user and id */
	int64_t seq;
	int64_t stamp_ms;
	bool is_discarded; /* the event is there for its id alone */
	bool is_passing;   /* the id is known until it would be written down */
};

/* A row of job or ask. */
struct behind_link {
	int64_t owner;   /* behind_owner() of its user */
	int64_t thread;  /* store_number() of user and session, or event */
	int64_t request; /* the same; 0 = none */
	int64_t id;      /* of the job, or BEHIND_ASK_ID() */
};

/* Whose, and what of it. */
struct behind_key {
	const char *user;
	int64_t thread;  /* 0 = any */
	int64_t request; /* 0 = any; else that and, in a thread, none */
	bool is_exact;   /* that thread and request, 0 = none; no asks */
};

/* How far a search came: through what is in memory, and then run by run, the newest
 * first. What a fold moves meanwhile is not missed. All 0 at the beginning. */
struct behind_cursor {
	bool is_in_runs;
	bool has_link;           /* there is one before it */
	int part;                /* of a run */
	int64_t run;             /* it, or the next older one */
	struct behind_link link; /* that was looked at last; in memory its id */
};

struct behind_slice {
	int64_t ids[BEHIND_SLICE];
	size_t count;
};

/* In:      db, key  borrowed for its life */
enum status behind_create(struct db *db, const uint8_t *key,
    struct behind **behind);
void behind_destroy(struct behind *behind); /* NULL is fine */

int64_t behind_owner(const struct behind *behind, const char *user);
/* Events up to this one are in the tables. */
int64_t behind_folded(const struct behind *behind);

void behind_claim(struct behind *behind, const struct behind_claim *claim);
/* The same, into the table at once: the event is about to be removed. */
void behind_claim_now(struct behind *behind, const struct behind_claim *claim);
/* The event that has the id. Of several the newest.
 * Returns: whether there is one. */
bool behind_find_claim(struct behind *behind, int64_t number,
    struct behind_claim *claim);
/* Whether that claim was made and is not written down yet. */
bool behind_is_claimed(const struct behind *behind, int64_t number,
    int64_t seq);
/* The claim that was made last, if it is that event's; NULL = it is not. */
const struct behind_claim *behind_last_claim(const struct behind *behind,
    int64_t seq);
/* The event of that claim goes when the claim is written. */
void behind_discard_last(struct behind *behind);

/* There is a new row. */
void behind_link(struct behind *behind, const struct behind_link *link);
/* A row is about to be removed, or will not be looked for again. Only those need
 * to be said that would be met many times. */
void behind_unlink(struct behind *behind, int64_t id);
/* The same where what is gone would be met again and again: it leaves the tables at
 * once, at the price of a page. */
void behind_unlink_now(struct behind *behind, int64_t id);

/* The next ids, within a transaction, for what is found to be gone leaves the tables.
 * One call looks at BEHIND_SLICE rows, of which it may take none; some ids may come
 * twice, or name a row that is gone.
 * Returns: whether it found more to look at; if not, the cursor is at the beginning. */
bool behind_search(struct behind *behind, const struct behind_key *key,
    struct behind_cursor *cursor, struct behind_slice *slice);
/* The seqs of a user's asks below one of them, INT64_MAX = the newest; the newest
 * first. */
void behind_asks(struct behind *behind, const char *user, int64_t before,
    struct behind_slice *slice);

/* Write a slice of what belongs to the events up to mark, a transaction of its
 * own, if there is enough to begin with, or is_wanted.
 * In:      mark  in the file it is at least that
 * Returns: whether there is more to be done. */
bool behind_fold(struct behind *behind, int64_t mark, bool is_wanted);
/* Whether it is under way. */
bool behind_is_folding(const struct behind *behind);

/* Returns: when the newest event came whose id is in the tables, milliseconds by the
 *          file's clock; 0 = there is none. */
int64_t behind_newest_ms(const struct behind *behind);
/* The last event whose id was in the tables when we began; 0 = there was none. */
int64_t behind_newest_seq(const struct behind *behind);

/* Forget ids from before a time, but for the newest of all, and what names a row that
 * is gone, in a slice of the tables.
 * Returns: whether there is more of them. */
bool behind_purge(struct behind *behind, int64_t before_ms);

#endif
