/* store.h - the state directory: one bridge at a time, one file, one key.
 *
 * Layer:   io.
 * A damaged file is kept aside under another name and a new one is begun: the
 * broker tells the retained state again, and what it still holds it delivers.
 */
#ifndef IO_STORE_H
#define IO_STORE_H

#include "base/fault.h"
#include "base/status.h"
#include "core/settings.h"
#include "io/db.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_KEY_LEN 32

struct store {
	struct db *db;         /* owned */
	const char *directory; /* the setting's */
	int lock;              /* held while the bridge runs; -1 = it is not */
	bool is_tight;         /* there is hardly any room on the disk */
	uint8_t key[STORE_KEY_LEN]; /* only this directory knows it */
};

/* Out:     store  untouched unless STATUS_OK; store_close() it
 * Returns: STATUS_IO with the fault set: what is wrong and what to do. */
enum status store_open(const struct settings *settings, struct store *store,
    struct fault *fault);
/* The number of a name of a user's in this directory, never 0; nobody can aim at
 * one. */
int64_t store_number(const uint8_t key[STORE_KEY_LEN], const char *user,
    const char *name);
void store_close(struct store *store);

#endif
