/* zones.h - the time zones of this machine's IANA database.
 *
 * Layer:   io. Main thread.
 * Source:  RFC 9636; Debian's package tzdata.
 */
#ifndef IO_ZONES_H
#define IO_ZONES_H

#include "base/status.h"
#include "core/zone.h"

struct zones;

enum status zones_create(struct zones **zones);
void zones_destroy(struct zones *zones); /* NULL is fine */

/* The zone of that name, read once; for struct zone_source.
 * In:      zones  struct zones
 * Returns: borrowed until zones_destroy(); NULL = there is none, or it cannot
 *          be read. */
const struct zone *zones_find(void *zones, const char *name);

/* The same for a document that was accepted once. A name that is known no longer
 * stays in force, for zones_find() too: its hours are those of this machine.
 * Returns: NULL only for what can be no name, or without memory. */
const struct zone *zones_keep(void *zones, const char *name);

#endif
