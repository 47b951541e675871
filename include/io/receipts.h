/* receipts.h - the last receipts, for 'nudge explain'.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_RECEIPTS_H
#define IO_RECEIPTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct receipts;

/* In:      keep  how many; 0 = none */
enum status receipts_create(struct db *db, int64_t keep,
    struct receipts **receipts);
void receipts_destroy(struct receipts *receipts); /* NULL is fine */

/* Keep a receipt, in the place of the oldest one. It is saved together with
 * others: a kill costs those of the last seconds. */
void receipts_add(struct receipts *receipts, const char *user,
    const char *event, const char *receipt);

/* The receipts of an event in the order they were added: the next one after
 * *at, which begins at 0.
 * Out:     user, receipt  borrowed until the next call
 * Returns: whether there is one. */
bool receipts_next(struct receipts *receipts, const char *event, int64_t *at,
    const char **user, const char **receipt);

/* Save what was kept, if it is time.
 * In:      is_end  it is */
void receipts_save(struct receipts *receipts, bool is_end);
/* Milliseconds until it is, at most limit_ms. */
int receipts_wait_ms(const struct receipts *receipts, int limit_ms);

#endif
