/* patch.h - a change to a JSON document.
 *
 * Layer:   core. Pure.
 * Source:  RFC 7396. Debian's cJSON comes without its cJSON_Utils.
 */
#ifndef CORE_PATCH_H
#define CORE_PATCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>

#define PATCH_MEMBERS_MAX 256 /* of one object in it */

struct patch {
	const char *bytes; /* borrowed */
	size_t len;
};

/* Merge a patch into a document; both are objects.
 * In:      document  NUL-terminated
 * Out:     merged    appended
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_TOO_LARGE,
 *          STATUS_NO_MEMORY. */
enum status patch_merge(const char *document, const struct patch *patch,
    struct buf *merged, struct fault *fault);

#endif
