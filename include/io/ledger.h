/* ledger.h - how much of the disk the events of each person take, or how many ids.
 *
 * Layer:   io. Within outbox_begin() and outbox_commit(), or under the file's lock.
 * Without memory for another line what it would say is not known.
 */
#ifndef IO_LEDGER_H
#define IO_LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct ledger_line {
	int64_t owner; /* store_number(); 0 = the line is free */
	int64_t bytes;
};

/* Begins as zeros. */
struct ledger {
	struct ledger_line *lines;
	size_t size;  /* a power of two, or 0 */
	size_t count; /* of lines that are not free */
};

/* In:  bytes  < 0 = so many are gone */
void ledger_add(struct ledger *ledger, int64_t owner, int64_t bytes);
int64_t ledger_bytes(const struct ledger *ledger, int64_t owner);
void ledger_finish(struct ledger *ledger);

#endif
