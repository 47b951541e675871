/* zone.h - a time zone: how far its clocks are from UTC, and when that changes.
 *
 * Layer:   core. Pure.
 * Source:  RFC 9636 (TZif); POSIX.1-2017 8.3 for the rule in its footer.
 * A local reading is counted like Unix time, as if the zone's clocks showed
 * UTC: 86400 for the midnight of 2 January 1970 there.
 */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_FILE_MAX 65536 /* bytes; the largest of tzdata has 4 KiB */
#define ZONE_NAME_MAX 64    /* bytes; the longest of tzdata has 32 */

struct zone;

/* Read a TZif file.
 * Out:     zone  owned by the caller: zone_destroy()
 * Returns: STATUS_BAD_INPUT if it is none, STATUS_NO_MEMORY. */
enum status zone_parse(const uint8_t *bytes, size_t len, struct zone **zone);
void zone_destroy(struct zone *zone); /* NULL is fine */

/* Seconds to add to Unix time to get what the zone's clocks show. */
int32_t zone_offset_s(const struct zone *zone, int64_t unix_s);

/* The first change of the offset after an instant; INT64_MAX = none. */
int64_t zone_next_change_s(const struct zone *zone, int64_t unix_s);

/* The first instant at which the zone's clocks show local_s or later: a reading
 * that is skipped is reached when the clocks jump over it, one that comes twice
 * counts the first time. */
int64_t zone_reach_s(const struct zone *zone, int64_t local_s);

/* Where zones are found by their names. */
struct zone_source {
	/* Borrowed for ever; NULL = there is no such zone. */
	const struct zone *(*find)(void *context, const char *name);
	void *context;
};

/* Whether text can be the name of a zone: letters, digits, _ + -, in parts
 * between single slashes. */
bool zone_is_name(const char *text);

#endif
