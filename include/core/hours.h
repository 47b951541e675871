/* hours.h - quiet hours as people write them.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json, "quiet".
 */
#ifndef CORE_HOURS_H
#define CORE_HOURS_H

#include "core/json.h"
#include "core/quiet.h"

/* Read the member "quiet" of a document; a rule that is wrong sets the fault.
 * In:      zones  NULL = names of zones are only looked at
 * Out:     quiet  quiet_finish() it; untouched unless STATUS_OK
 * Returns: STATUS_OK, STATUS_NO_MEMORY. */
enum status hours_read(const struct json_object *document,
    const struct zone_source *zones, struct quiet *quiet);

/* Read a list of kinds that have preferences; bit n = kind n is in it. One that
 * is none sets the fault. */
uint16_t hours_read_kinds(const struct json_object *object, const char *name);

#endif
