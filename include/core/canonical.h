/* canonical.h - a person's preferences in their one form.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json.
 */
#ifndef CORE_CANONICAL_H
#define CORE_CANONICAL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* What is known of a document, always in the same order, without what is
 * unknown or null, and with its rev.
 * In:      bytes  that preferences_parse() took
 * Out:     json   appended
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status canonical_write(const char *bytes, size_t len, int64_t rev,
    struct buf *json, struct fault *fault);

#endif
