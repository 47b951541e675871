/* schema.h - the tables of the state directory's file, and those of older ones.
 *
 * Layer:   io.
 * One module owns each of them: it alone writes it, and knows what is in it.
 * bridge io/store, mark event job io/outbox (io/shelf changes jobs, too), run seen
 * thread io/runs, ask bucket last io/people, document reached
 * io/documents, receipt io/receipts.
 */
#ifndef IO_SCHEMA_H
#define IO_SCHEMA_H

#include "base/fault.h"
#include "base/status.h"
#include "io/db.h"

#include <stdint.h>

#define SCHEMA_VERSION 10

/* Bring the tables to SCHEMA_VERSION, all that waits with them, in one
 * transaction. SQL knows store_number(user, name).
 * In:      version  of the file, below that; 0 = it is new
 * Returns: STATUS_BAD_INPUT if the file is damaged, STATUS_IO otherwise, with
 *          the fault set. */
enum status schema_bring(struct db *db, int64_t version, struct fault *fault);

#endif
