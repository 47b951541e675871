/* runs.h - the tables of io/behind.h, in runs.
 *
 * Layer:   io. Main thread; behind's own. Without memory the process ends.
 * A run has the rows of some thousands of events in a row, sorted by their names:
 * where a table of all had a page rewritten for each name, a run has each page written
 * a few times, whoever the events are of. A filter knows in which runs a name is not.
 *
 * run      the runs, by the last event before them
 * seen     each event's id, for a day, so that a duplicate is known
 * thread   the jobs and asks of each session and request, and, with neither, the asks
 */
#ifndef IO_RUNS_H
#define IO_RUNS_H

#include "base/status.h"
#include "io/behind.h"

#include <stdbool.h>
#include <stdint.h>

#ifndef RUNS_EVENTS
#define RUNS_EVENTS BEHIND_ALL /* so many are enough for one */
#endif

struct runs;

/* In:      db  borrowed for its life */
enum status runs_create(struct db *db, struct runs **runs);
void runs_destroy(struct runs *runs); /* NULL is fine */

/* What comes is of events after this one. A kill may be followed by it again, with the
 * same rows. */
void runs_begin(struct runs *runs, int64_t seq);
/* All of so many events has come. */
void runs_end(struct runs *runs, size_t events);

void runs_see(struct runs *runs, const struct behind_claim *claim);
/* Of several the newest.
 * Returns: whether there is one. */
bool runs_find_claim(struct runs *runs, int64_t number,
    struct behind_claim *claim);
/* When the newest came whose id is there, by the file's clock; 0 = there is none. */
int64_t runs_newest_ms(const struct runs *runs);
/* The last event whose id was there when we began; 0 = there was none. */
int64_t runs_newest_seq(const struct runs *runs);

void runs_link(struct runs *runs, const struct behind_link *link);
void runs_unlink(struct runs *runs, const struct behind_link *link);

/* What is looked for. */
struct runs_search {
	const struct behind_key *key;
	int64_t owner; /* behind_owner() of key->user */
	int64_t last;  /* ids up to this one */
};

/* As behind_search(), in the runs alone. */
bool runs_search(struct runs *runs, const struct runs_search *search,
    struct behind_cursor *cursor, struct behind_slice *slice);
/* Seqs, the largest first. */
void runs_asks(struct runs *runs, int64_t owner, int64_t before,
    struct behind_slice *slice);

/* A slice of all: ids from before a time go, but for the newest of all, and so do the
 * links of rows that are gone, and runs that are empty then.
 * In:      before_ms  by the file's clock
 * Returns: whether there is more of them. */
bool runs_purge(struct runs *runs, int64_t before_ms);

#endif
