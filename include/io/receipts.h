/* receipts.h - the last receipts of each person, for 'nudge explain' and 'nudge
 * digest'.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_RECEIPTS_H
#define IO_RECEIPTS_H

#include "base/status.h"
#include "core/instant.h"
#include "core/timer.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct receipts;

/* What their index begins with, which is on disk. */
#define RECEIPTS_PART_BITS 9
#define RECEIPTS_PART "at >> 9"

#define RECEIPTS_PEOPLE 100 /* so many have as many as they may, in all */

/* In:      keep  how many of each person; 0 = none */
enum status receipts_create(struct db *db, int64_t keep,
    struct receipts **receipts);
void receipts_destroy(struct receipts *receipts); /* NULL is fine */

/* Keep a receipt, in the place of the person's oldest one. It is saved together with
 * others: a kill costs those of the last seconds. */
void receipts_add(struct receipts *receipts, const char *user,
    const char *event, const char *receipt);

/* One that is kept. Texts are borrowed until the next call. */
struct receipts_one {
	int64_t at; /* counts up in the order they were added */
	const char *user;
	const char *event;
	const char *receipt;
};

/* The receipts of an event in their order: the next one after one->at, 0 = the
 * first.
 * In:      user  whose; NULL = anybody's
 * Returns: whether there is one. */
bool receipts_next(struct receipts *receipts, const char *event,
    const char *user, struct receipts_one *one);
/* The same of a person, since a moment. */
bool receipts_since(struct receipts *receipts, const char *user,
    int64_t since_ms, struct receipts_one *one);

/* Remove what is more than that, a slice of it, if it is time.
 * Returns: whether there may be more. */
bool receipts_sweep(struct receipts *receipts);

/* Save what was kept, now; and save and sweep when it is time, if there are
 * timers. */
void receipts_save(struct receipts *receipts);
void receipts_use_timers(struct receipts *receipts, const struct instant *at,
    struct timers *timers);

#endif
