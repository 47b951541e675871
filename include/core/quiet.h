/* quiet.h - the hours in which only some kinds are pushed.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json, "quiet".
 */
#ifndef CORE_QUIET_H
#define CORE_QUIET_H

#include "core/event.h"
#include "core/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIET_RULES_MAX 16

/* One rule: it begins on each of its days at from, and ends when the clocks
 * first show to after that, on the next day unless to is later than from. */
struct quiet_rule {
	uint8_t days;   /* bit 0 = Monday */
	bool digest;    /* what it keeps back arrives together at its end */
	int16_t from;   /* minutes after midnight, 0 .. 1439 */
	int16_t to;     /* 0 .. 1440 */
	uint16_t allow; /* bit n = kind n is pushed all the same */
	char tz[ZONE_NAME_MAX + 1];
	const struct zone *zone; /* borrowed; NULL = nobody looked it up: the
	                          * rule never applies */
};

struct quiet {
	struct quiet_rule *rules; /* owned */
	size_t count;
};

/* Out:     copy  quiet_finish() it; empty unless STATUS_OK */
enum status quiet_copy(const struct quiet *quiet, struct quiet *copy);
void quiet_finish(struct quiet *quiet); /* a zeroed one is fine */

struct quiet_verdict {
	bool is_quiet;    /* for this kind, now */
	bool digest;      /* it waits; else it is dropped */
	size_t rule;      /* the first one that says so */
	int64_t until_ms; /* when no rule says so any more, Unix */
};

struct quiet_verdict quiet_judge(const struct quiet *quiet, enum kind kind,
    int64_t now_ms);

/* Whether any rule applies, whatever it allows. */
bool quiet_is_on(const struct quiet *quiet, int64_t now_ms);
/* When that may be different; at most a week and a day from now, INT64_MAX
 * without rules. */
int64_t quiet_next_ms(const struct quiet *quiet, int64_t now_ms);

#endif
