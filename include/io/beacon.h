/* beacon.h - a bridge that runs says where its settings are, so that commands of
 * the same account need not be told.
 *
 * Layer:   io.
 * A file for each bridge, named by its process, below the account's runtime
 * folder, which nobody else may write: $XDG_RUNTIME_DIR/nudge, else
 * /run/user/UID/nudge, else /tmp/nudge-UID. The bridge holds a lock on it for
 * as long as it lives, however it ends; what nobody holds counts for nothing.
 */
#ifndef IO_BEACON_H
#define IO_BEACON_H

#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>

#define BEACON_PATH_MAX 4096 /* bytes with the NUL */

/* What a bridge says. Both paths are absolute. */
struct beacon_word {
	char file[BEACON_PATH_MAX];   /* its settings */
	char folder[BEACON_PATH_MAX]; /* where it runs: relative paths in them
	                                 begin there */
};

/* One of ours. Zeroed = none. */
struct beacon {
	int fd; /* which holds the lock */
	char path[BEACON_PATH_MAX];
};

/* Say where the settings of this process are.
 * In:      file    there must be one; from the working folder, or absolute
 * Out:     beacon  beacon_put_out() it in any case
 * Returns: STATUS_IO with the fault set: there is no place for it. */
enum status beacon_light(const char *file, struct beacon *beacon,
    struct fault *fault);
void beacon_put_out(struct beacon *beacon);

/* What the bridges of this account say.
 * Out:     first, second  two that name different files, as far as there are
 * Returns: 0, 1, or 2: there are two, perhaps more. */
size_t beacon_find(struct beacon_word *first, struct beacon_word *second);

#endif
