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

#endif
