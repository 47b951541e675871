/* decisions.h - the last decisions, for 'nudge explain'.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_DECISIONS_H
#define IO_DECISIONS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct decisions;

/* In:      keep  how many; 0 = none */
enum status decisions_create(struct db *db, int64_t keep,
    struct decisions **decisions);
void decisions_destroy(struct decisions *decisions); /* NULL is fine */

/* Keep a receipt, in the place of the oldest one. It is saved together with
 * others: a kill costs those of the last seconds. */
void decisions_add(struct decisions *decisions, const char *user,
    const char *event, const char *receipt);

/* The receipts of an event in the order they were added: the next one after
 * *at, which begins at 0.
 * Out:     user, receipt  borrowed until the next call
 * Returns: whether there is one. */
bool decisions_next(struct decisions *decisions, const char *event, int64_t *at,
    const char **user, const char **receipt);

/* Save what was kept, if it is time.
 * In:      is_end  it is */
void decisions_save(struct decisions *decisions, bool is_end);
/* Milliseconds until it is, at most limit_ms. */
int decisions_wait_ms(const struct decisions *decisions, int limit_ms);

#endif
