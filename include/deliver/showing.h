/* showing.h - the running turns that devices show: begun, told anew, ended.
 *
 * Main thread. What is told is the newest state and no job: a push that fails is
 * not repeated, the next one says more. That an activity runs is written down, so
 * that its end is told after a restart too. When and what is core/activity.
 */
#ifndef DELIVER_SHOWING_H
#define DELIVER_SHOWING_H

#include "deliver/service.h"
#include "push/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOWING_MAX 4096     /* in all; no further turn is begun */
#define SHOWING_USER_MAX 64  /* of them of one user */
#define SHOWING_DEVICE_MAX 4 /* of one device; iOS shows no more */
#define SHOWING_LISTS 256

struct delivery;
struct showing;

struct showings {
	struct showing *first;                /* owned */
	struct showing *lists[SHOWING_LISTS]; /* the same, by user */
	size_t count;
	int64_t last_number;
	int64_t next_ms; /* monotonic: one of them may be due */
	bool is_on;      /* what is known is complete */
};

/* What an earlier life left. */
void showing_load(struct delivery *delivery);
void showing_drop(struct showings *showings);
/* Somebody set the clock. */
void showing_follow_clock(struct showings *showings, int64_t step_ms);

/* Tell what is due.
 * In:  is_complete  what is known of persons is: else nothing is told */
void showing_run(struct delivery *delivery, bool is_complete);
/* When one may be due, by the monotonic clock; ACTIVITY_NEVER = INT64_MAX. */
int64_t showing_due_ms(const struct delivery *delivery);

/* A flight of ours, whose job is below 0, was answered. */
void showing_settle(struct delivery *delivery, const struct flight *flight,
    const struct verdict *verdict);

#endif
