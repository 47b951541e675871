/* delivery.h - story 3: a due job becomes a request (delivery.c), its answer
 * settles it (settlement.c).
 *
 * Main thread. A job is settled only by an answer of its service, by its expiry
 * or because its device is gone.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "core/settings.h"
#include "io/http.h"
#include "io/outbox.h"
#include "io/shelf.h"
#include "post.h"
#include "roster.h"
#include "state.h"
#include "trouble.h"

#include <stdbool.h>
#include <stdint.h>

struct ending;

struct delivery {
	struct outbox *outbox;
	struct shelf *shelf;
	struct http *http;
	struct state *state;
	struct post *post;
	const struct settings *settings;
	struct roster roster;
	struct trouble trouble;
	bool has_new_jobs; /* for services that are not known yet, perhaps */
	bool is_crowded;   /* a service with jobs found no room */
	int64_t look_ms;   /* Unix: a job of a service at rest is due */
	struct ending *first_ending; /* owned */
	struct ending **last_ending;
};

/* Digests whose members are still to be told what became of them: those that a
 * kill left behind, and what to do with the list at the end. */
void delivery_find_endings(struct delivery *delivery);
void delivery_drop_endings(struct delivery *delivery);

/* Read the services' keys.
 * Returns: STATUS_BAD_INPUT with the fault set. */
enum status delivery_init(struct delivery *delivery, struct fault *fault);
void delivery_finish(struct delivery *delivery);

/* There are new jobs. */
void delivery_notice_jobs(struct delivery *delivery);

/* The clock was set by step_ms, and the outbox has followed it. */
void delivery_follow_clock(struct delivery *delivery, int64_t step_ms);

/* Start what is due, and settle what was answered. */
void delivery_start(struct delivery *delivery);
void delivery_settle(struct delivery *delivery);

/* Milliseconds until something becomes due, at most limit_ms. */
int delivery_wait_ms(const struct delivery *delivery, int limit_ms);
/* Nothing is under way. */
bool delivery_is_idle(const struct delivery *delivery);

#endif
