/* dispatch.h - a stored event is read, answered "accepted" and decided about; an
 * ack or a change of preferences, stored like it, takes effect in its turn.
 *
 * Main thread. Events are answered "accepted" as they come, and judged only
 * when the retained messages of this connection are complete. Of what is set aside
 * nothing but the topic is read before its turn, and then it is answered.
 */
#ifndef ARRIVE_DISPATCH_H
#define ARRIVE_DISPATCH_H

#include "arrive/aside.h"
#include "core/instant.h"
#include "core/settings.h"
#include "decide/decision.h"
#include "decide/resolution.h"
#include "io/outbox.h"
#include "know/retained.h"
#include "tell/post.h"
#include "tell/summary.h"

#include <stdbool.h>

struct dispatch {
	const struct instant *at; /* the turn's */
	struct outbox *outbox;
	struct decision *decision;
	struct resolution *resolution;
	struct retained *retained;
	struct summary *summary;
	struct post *post;
	struct lines *lines;
	const struct settings *settings;
	int64_t accepted_seq; /* the last event answered or decided */
	int64_t early_after;  /* behind it, up to and with the next one, ... */
	int64_t early_last;  /* ... they were answered before they are judged */
	int64_t decided_seq; /* the last event judged, or set aside */
	int64_t waiting_seq; /* one that has to wait for services; 0 = none */
	bool is_crowded_out; /* who keeps them busy is set aside */
	struct aside aside;
};

/* Once, at first: read the ids of events that were judged and are not written down
 * by their ids yet. */
void dispatch_recall(struct dispatch *dispatch);

/* Answer the events up to and with last_seq, and judge them if what is known is
 * complete: as many as one transaction takes.
 * In:      may_wait  judge none while services are busy with those before
 * Returns: whether that was all. */
bool dispatch_run(struct dispatch *dispatch, int64_t last_seq, bool is_complete,
    bool may_wait);

/* Judge what was set aside: of one user, as much as one transaction takes.
 * Returns: whether there was any, and time for it. */
bool dispatch_run_aside(struct dispatch *dispatch, bool is_complete);
/* When there is time for more; INT64_MAX = nothing is set aside. */
int64_t dispatch_aside_in_ms(const struct dispatch *dispatch);
void dispatch_finish(struct dispatch *dispatch);

#endif
