/* rules.h - who should know: one event, one device, what is known, now.
 *
 * Layer:   core. Pure.
 * Source:  docs/rules.md; the first rule that applies decides, and its name is
 *          the reason in the receipt.
 */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "core/event.h"
#include "core/instant.h"
#include "core/registry.h"

#include <stddef.h>
#include <stdint.h>

#define RULES_DIGEST_MS 60000 /* what the rate keeps back comes once in it */

enum reason {
	REASON_NONE,
	REASON_INVALID,
	REASON_DUPLICATE,
	REASON_EXPIRED,
	REASON_NO_DEVICE,
	REASON_DISABLED,
	REASON_KIND,
	REASON_SUBAGENT,
	REASON_SHORT,
	REASON_MUTED,
	REASON_SNOOZED,
	REASON_QUIET,
	REASON_RATE,
	REASON_DELAY,
	REASON_PRESENCE,
	REASON_FOREGROUND,
	REASON_RESOLUTION, /* never shown: it cancels others */
	REASON_RESOLVED,
	REASON_SEEN,
	REASON_DIGEST,
	REASON_LIMIT, /* append only: they are on disk */
};

const char *reason_str(enum reason reason);

enum action {
	ACTION_PUSH,
	ACTION_HOLD,  /* pushed at until_ms, unless something comes between */
	ACTION_DEFER, /* part of a digest at until_ms */
	ACTION_DROP,
};

#define RULES_NO_PREFERENCE (-1)

struct ruling {
	enum action action;
	enum reason reason;
	int64_t until_ms; /* HOLD, DEFER: Unix */
	int64_t full_us;  /* of the device's bucket from now on */
	int preference;   /* enum preference, with its kind: what caused it */
	enum layer layer; /* that said so */
};

struct ruling rules_apply(const struct event *event,
    const struct person *person, const struct place *place,
    const struct instant *at);

/* Quiet hours alone, for what they kept back: ACTION_PUSH once they are over. */
struct ruling rules_apply_deferred(enum kind kind, const struct person *person,
    const struct place *place, int64_t now_ms);

#endif
