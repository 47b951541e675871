/* decide.h - who should know: one event, one device, what is known, now.
 *
 * Layer:   core. Pure.
 * Source:  DESIGN.md section 6; the first rule that applies decides, and its
 *          name is the reason in the receipt.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "core/event.h"
#include "core/registry.h"

#include <stdint.h>

enum reason {
	REASON_NONE, /* pushed */
	REASON_INVALID,
	REASON_DUPLICATE,
	REASON_EXPIRED,
	REASON_NO_DEVICE,
	REASON_DISABLED,
	REASON_KIND,
	REASON_FOREGROUND,
	REASON_RESOLUTION, /* never shown: it cancels others */
};

const char *reason_str(enum reason reason);

/* REASON_NONE = push to this device. */
enum reason decide(const struct event *event, const struct person *person,
    const struct place *place, int64_t now_ms);

#endif
