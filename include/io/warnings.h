/* warnings.h - what a person should know about the push services, over restarts.
 *
 * Layer:   io. Main thread. What the warnings mean is tell/trouble's.
 */
#ifndef IO_WARNINGS_H
#define IO_WARNINGS_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WARNINGS_MAX 64
#define WARNING_ADVICE_MAX 320 /* bytes with the NUL; a longer one is cut */

struct db;
struct warnings;

struct warning {
	int64_t at_ms; /* when it was last seen, Unix */
	bool is_gone;  /* a device: it stays, whatever the service says next */
	char service[16];
	char device[132]; /* "user/device"; "" = the bridge's own */
	char reason[65];
	char advice[WARNING_ADVICE_MAX]; /* "" = none */
};

/* In:      db  borrowed for its life
 * Returns: STATUS_IO with the fault set, STATUS_NO_MEMORY. */
enum status warnings_create(struct db *db, struct warnings **warnings,
    struct fault *fault);
void warnings_destroy(struct warnings *warnings); /* NULL is fine */

/* What was kept last, in the order it was kept.
 * Out:     list  at most WARNINGS_MAX
 * Returns: how many. */
size_t warnings_load(struct warnings *warnings,
    struct warning list[WARNINGS_MAX]);
/* Keep these in the place of what was kept before.
 * In:      count  at most WARNINGS_MAX */
void warnings_keep(struct warnings *warnings, const struct warning *list,
    size_t count);

#endif
