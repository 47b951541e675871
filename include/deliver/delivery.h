/* delivery.h - a due job becomes a request; its answer settles it (settlement.h).
 *
 * Main thread. A job is settled only by an answer of its service, by its expiry
 * or because its device is gone.
 */
#ifndef DELIVER_DELIVERY_H
#define DELIVER_DELIVERY_H

#include "core/instant.h"
#include "core/settings.h"
#include "core/timer.h"
#include "deliver/endings.h"
#include "deliver/roster.h"
#include "deliver/showing.h"
#include "io/http.h"
#include "io/outbox.h"
#include "io/shelf.h"
#include "know/retained.h"
#include "tell/lines.h"
#include "tell/post.h"
#include "tell/trouble.h"

#include <stdbool.h>
#include <stdint.h>

struct activities;
struct health;

struct delivery {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct outbox *outbox;
	struct shelf *shelf;
	struct http *http;
	struct retained *retained;
	struct post *post;
	struct lines *lines; /* borrowed; NULL = all are written */
	const struct settings *settings;
	struct roster roster;
	struct trouble trouble;
	struct health *health;
	bool has_new_jobs; /* for services that are not known yet, perhaps */
	bool is_crowded;   /* a service with jobs found no room */
	int64_t look_ms;   /* Unix: a job of a service at rest is due */
	int64_t
	    remind_ms;   /* Unix: the next reminder that was made, for release;
	                    * INT64_MAX = none was */
	int64_t answers; /* of push services, since it began */
	struct endings endings;
	struct activities *activities;
	struct showings showings;
	struct timer next_job;  /* a job is due, by the clock on the wall */
	struct timer settle;    /* answers were gathered for long enough */
	struct timer next_step; /* a service has room, a turn is to be told */
};

/* Read the services' keys.
 * Returns: STATUS_BAD_INPUT with the fault set. */
enum status delivery_init(struct delivery *delivery, struct fault *fault);
void delivery_finish(struct delivery *delivery);

/* There are new jobs. */
void delivery_notice_jobs(struct delivery *delivery);

/* The clock was set by step_ms, and the outbox has followed it. */
void delivery_follow_clock(struct delivery *delivery, int64_t step_ms);

/* Start what is due. */
void delivery_start(struct delivery *delivery);

/* Make a request of a job, and start it.
 * Returns: STATUS_OK, and an answer will come; or the flight is the caller's. */
enum status delivery_send(struct delivery *delivery, struct flight *flight,
    const struct job *job);

/* After what was done in a turn: set the timers. */
void delivery_plan(struct delivery *delivery);
/* Nothing is under way. */
bool delivery_is_idle(const struct delivery *delivery);

#endif
