/* backlog.h - how much waits in the outbox, for which stage, and since when.
 *
 * Layer:   io. Main thread. It only reads, some rows at a time: nobody waits
 *          for a long list to be counted.
 */
#ifndef IO_BACKLOG_H
#define IO_BACKLOG_H

#include "base/status.h"
#include "io/stage.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKLOG_STAGES STAGE_SHOWN /* those before it wait */

struct db;
struct backlog;

struct backlog_count {
	int64_t jobs[BACKLOG_STAGES];
	/* When the event of the oldest job arrived, Unix ms; 0 = none waits. */
	int64_t since_ms[BACKLOG_STAGES];
};

/* In:      db  borrowed for its life */
enum status backlog_create(struct db *db, struct backlog **backlog);
void backlog_destroy(struct backlog *backlog); /* NULL is fine */

/* Begin to count anew. */
void backlog_begin(struct backlog *backlog);
/* Count some more.
 * Out:     count  untouched unless true
 * Returns: whether that was all. */
bool backlog_go_on(struct backlog *backlog, struct backlog_count *count);

#endif
