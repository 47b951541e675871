/* activity.h - a running turn that one device shows: what it is told next, and
 * when.
 *
 * Layer:   core. Pure.
 * Source:  docs/push-payloads.md, "Progress".
 * Only the newest state is ever told: nothing waits behind it. Times are
 * monotonic milliseconds.
 */
#ifndef CORE_ACTIVITY_H
#define CORE_ACTIVITY_H

#include "core/agent.h"
#include "core/preferences.h"

#include <stdbool.h>
#include <stdint.h>

#define ACTIVITY_EVERY_MS 15000   /* at most, between two words; ends aside */
#define ACTIVITY_AGAIN_MS 60000   /* after what was not taken */
#define ACTIVITY_FRESH_MS 600000  /* it is told again that nothing changed */
#define ACTIVITY_STALE_MS 1800000 /* without a word the device ends it */
#define ACTIVITY_LOST_MS 30000    /* nobody speaks of the session: it ended */
#define ACTIVITY_NEVER INT64_MAX

enum activity_step {
	ACTIVITY_NOTHING,
	ACTIVITY_START,
	ACTIVITY_UPDATE,
	ACTIVITY_END,
};

const char *activity_step_str(enum activity_step step); /* "start" */

struct activity {
	struct agent_session is; /* what the session does, as is known last */
	struct agent_session shown; /* as the device was told last */
	bool is_wanted;             /* the person wants to see it there */
	bool is_held;               /* it is not begun for now: quiet hours */
	bool is_started;            /* the device shows it, perhaps */
	bool is_refused;            /* it is told no more, for this turn */
	bool has_no_way; /* the device did not say yet where to tell it */
	int64_t lost_ms; /* since when nobody speaks of it; 0 = somebody does */
	int64_t told_ms; /* the last time that the device was told */
	int64_t pause_ms; /* nothing is told before */
};

/* Whether somebody wants to see a session's turn, and whether it may begin to be
 * shown now: what begins is seen and heard of, so not while others wait.
 * In:  now_ms  Unix */
bool activity_is_wished(const struct preferences *wishes,
    const struct agent_session *session, const char *host);
bool activity_is_held(const struct preferences *wishes, int64_t now_ms);

/* The turn goes on: it works, or waits for a person. */
bool activity_is_running(const struct activity *activity, int64_t now_ms);

/* What to tell the device now.
 * Out:     wait_ms  until it may be something else; ACTIVITY_NEVER = not by time
 *                   alone */
enum activity_step activity_next(const struct activity *activity,
    int64_t now_ms, int64_t *wait_ms);

/* Nothing of it is on the device, nor should be: it can be forgotten. */
bool activity_is_over(const struct activity *activity, int64_t now_ms);

#endif
