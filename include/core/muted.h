/* muted.h - names somebody does not want to hear of.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json, "mute".
 */
#ifndef CORE_MUTED_H
#define CORE_MUTED_H

#include "core/json.h"

#include <stdbool.h>
#include <stddef.h>

#define MUTED_MAX 256       /* entries of one list */
#define MUTED_LINE_MAX 1024 /* bytes of one entry */

struct muted {
	char **items; /* owned, in one piece of memory */
	size_t count;
};

/* Read a list of lines; one that is wrong sets the fault.
 * Out:     muted  muted_finish() it; empty unless STATUS_OK
 * Returns: STATUS_OK, STATUS_NO_MEMORY. */
enum status muted_read(const struct json_object *mute, const char *name,
    struct muted *muted);
enum status muted_copy(const struct muted *muted, struct muted *copy);
void muted_finish(struct muted *muted); /* a zeroed one is fine */

/* Whether the list has the name; NULL is in none. */
bool muted_has(const struct muted *muted, const char *name);

#endif
