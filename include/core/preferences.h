/* preferences.h - what a person wants to be told (DESIGN.md section 4).
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_PREFERENCES_H
#define CORE_PREFERENCES_H

#include "base/fault.h"
#include "base/status.h"
#include "core/event.h"

#include <stdbool.h>
#include <stddef.h>

enum presence_wish {
	PRESENCE_HOLD,
	PRESENCE_SUPPRESS,
	PRESENCE_IGNORE,
};

enum presence_scope {
	SCOPE_USER,
	SCOPE_DEVICE,
};

struct preferences {
	bool enabled;
	bool kinds[KIND_COUNT];
	enum presence_wish presence;
	enum presence_scope presence_scope;
};

struct json_object;

/* What holds for somebody who never said anything. */
extern const struct preferences preferences_default;

/* Lay a document over preferences; null means the default again.
 * Out:     preferences  untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set to the path of what is wrong.
 */
enum status preferences_apply(const struct json_object *document,
    struct preferences *preferences);

/* The same from the bytes of a message. */
enum status preferences_parse(const char *bytes, size_t len,
    struct preferences *preferences, struct fault *fault);

#endif
