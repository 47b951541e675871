/* throttle.h - goes slowly where a service says that we come too often.
 *
 * Layer:   core. Pure.
 * Source:  RFC 6585 4: 429 may come without a Retry-After; ntfy sends none.
 * After such an answer nothing begins for a pause, then one exchange at a time.
 * Each that is refused again makes the pause longer; each that passes brings the
 * next at once. As many in a row as may be under way end it.
 */
#ifndef CORE_THROTTLE_H
#define CORE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* How long to pause, in seconds. */
struct throttle_policy {
	int32_t asked_s;   /* the server's Retry-After, 0 = it did not ask */
	int32_t first_s;   /* else: the first pause, >= 1 */
	int32_t longest_s; /* else: it doubles up to this one */
};

struct throttle {
	bool is_on;
	bool is_asked;    /* the pause is the server's wish, not our guess */
	int32_t pause_s;  /* the last one we chose, 0 = none in this row */
	int32_t passed;   /* in a row */
	int64_t until_ms; /* monotonic: nothing begins before */
};

/* How many exchanges may begin now.
 * In:      in_flight  under way already
 *          most       when it is off
 *          now_ms     monotonic */
int32_t throttle_room(const struct throttle *throttle, int32_t in_flight,
    int32_t most, int64_t now_ms);

/* In:  most  so many in a row end it */
void throttle_note_success(struct throttle *throttle, int32_t most);
void throttle_note_refusal(struct throttle *throttle,
    const struct throttle_policy *policy, int64_t now_ms);

/* End a pause that we chose at at_ms if it would last longer: what waits would be
 * lost. */
void throttle_hurry(struct throttle *throttle, int64_t at_ms);

#endif
