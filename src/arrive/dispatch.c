#include "arrive/dispatch.h"

#include "core/ack.h"
#include "core/rules.h"
#include "core/topic.h"
#include "io/clock.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/room.h"
#include "tell/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_MAX 64        /* events in one transaction */
#define ROWS_MAX 128        /* rows: an event may be for many devices */
#define FEW 8               /* events that are no burst */
#define ASIDE_BATCH_MAX 256 /* rows that are looked at; most may be others' */

/* An event out of the outbox, read again. */
struct reading {
	const struct outbox_event *stored;
	struct topic topic;
	struct event event;
	struct fault fault;
	char fallback_id[65];
	bool is_valid;
};

/* The same event gets the same id each time it is read. */
static void
read_topic(const struct dispatch *dispatch, const struct outbox_event *stored,
    struct reading *reading)
{
	reading->stored = stored;
	(void)snprintf(reading->fallback_id, sizeof(reading->fallback_id),
	    "msg_%" PRIx64 "_%" PRIx64, (uint64_t)stored->stamp_ms,
	    (uint64_t)stored->seq);
	reading->is_valid =
	    topic_parse(dispatch->settings->mqtt.root, stored->topic,
	        &reading->topic, &reading->fault) == STATUS_OK;
}

static void
read_payload(struct reading *reading)
{
	const struct arrival arrival = {
		.payload = reading->stored->payload,
		.len = reading->stored->len,
		.at_ms = reading->stored->arrived_ms,
		.expires_ms = reading->stored->expires_ms,
		.id = reading->fallback_id,
	};

	if (reading->is_valid && !reading->stored->is_refused &&
	    reading->topic.kind == TOPIC_EVENT)
		reading->is_valid = event_parse(&arrival, &reading->event,
		                        &reading->fault) == STATUS_OK;
}

static void
tell_refused(struct dispatch *dispatch, const struct reading *reading,
    const char *id, enum reason reason)
{
	lines_refused(dispatch->lines, reading->topic.user,
	    reading->stored->topic, reading->fault.text);
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = id,
	        .state = "suppressed",
	        .reason = reason_str(reason),
	        .detail = reading->fault.text,
	        .ts_ms = dispatch->at->now_ms,
	    });
}

static bool
was_answered_early(const struct dispatch *dispatch, int64_t seq)
{
	return seq > dispatch->early_after && seq <= dispatch->early_last;
}

static void
answer(struct dispatch *dispatch, const struct reading *reading)
{
	if (!reading->is_valid || reading->stored->is_refused ||
	    reading->topic.kind != TOPIC_EVENT ||
	    was_answered_early(dispatch, reading->stored->seq))
		return;
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = reading->event.id,
	        .state = "accepted",
	        .ts_ms = dispatch->at->now_ms,
	    });
}

static void
refuse(struct dispatch *dispatch, const struct reading *reading)
{
	tell_refused(dispatch, reading, reading->event.id, REASON_INVALID);
	events_discard(dispatch->outbox, reading->stored, reading->topic.user);
}

/* There was no room for it when it came. */
static void
tell_no_room(struct dispatch *dispatch, struct reading *reading)
{
	const struct outbox_event *stored = reading->stored;
	char id[TEXT_ID_MAX + 1] = "";

	if (stored->len > 0 && stored->len < sizeof(id))
		memcpy(id, stored->payload, stored->len);
	room_explain(dispatch->outbox, reading->topic.user, &reading->fault);
	tell_refused(dispatch, reading, id, REASON_LIMIT);
	events_discard(dispatch->outbox, stored, reading->topic.user);
}

/* An ack is an event's id, or JSON that also says on which device.
 * Returns: false if it is not done yet. */
static bool
see(struct dispatch *dispatch, struct reading *reading)
{
	struct ack ack;

	if (ack_parse(reading->stored->payload, reading->stored->len, &ack,
	        &reading->fault) != STATUS_OK) {
		refuse(dispatch, reading);
		return true;
	}
	if (!resolution_see(dispatch->resolution, reading->topic.user, &ack))
		return false;
	events_discard(dispatch->outbox, reading->stored, reading->topic.user);
	return true;
}

/* In/Out:  course  how far it came, if it is judged again
 * Returns: false if it is to be judged again, in another transaction. */
static bool
judge(struct dispatch *dispatch, struct reading *reading,
    struct resolution_course *course)
{
	const struct outbox_event *stored = reading->stored;
	const struct decision_case subject = { stored, reading->topic.user,
		&reading->event, course };

	if (!reading->is_valid) {
		refuse(dispatch, reading);
	} else if (stored->is_refused) {
		tell_no_room(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_ACK) {
		return see(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_EVENT) {
		return decision_make(dispatch->decision, &subject);
	} else {
		retained_patch(dispatch->retained, reading->topic.user,
		    stored->payload, stored->len);
		events_discard(dispatch->outbox, stored, reading->topic.user);
	}
	return true;
}

/* What an event costs is at the expense of its user: also reading it, which may cost
 * more than all else.
 * In/Out:  course  how far it came, if it is judged again; NULL = it is answered only
 * Returns: false if it is to be judged again, in another transaction. */
static bool
take(struct dispatch *dispatch, struct reading *reading,
    struct resolution_course *course)
{
	int64_t begin_us = clock_monotonic_us();
	bool is_done = true;

	read_payload(reading);
	if (course == NULL || !course->is_long)
		answer(dispatch, reading);
	if (course != NULL) {
		room_watch(dispatch->outbox, reading->topic.user);
		is_done = judge(dispatch, reading, course);
	}
	event_finish(&reading->event);
	aside_charge(&dispatch->aside, reading->topic.user,
	    dispatch->at->monotonic_ms, clock_monotonic_us() - begin_us);
	return is_done;
}

/* Now, or behind the others, and not read before. */
static void
judge_in_turn(struct dispatch *dispatch, struct reading *reading)
{
	struct resolution_course course = { 0 };
	const char *name = reading->topic.user;
	int64_t seq = reading->stored->seq;
	bool waits = aside_is_spent(&dispatch->aside, name,
	                 dispatch->at->monotonic_ms) ||
	    aside_find(&dispatch->aside, name) != NULL;
	struct aside_user *user;

	if (waits && aside_put(&dispatch->aside, name, seq) != NULL)
		return;
	if (take(dispatch, reading, &course))
		return;
	user = aside_put(&dispatch->aside, name, seq);
	if (user != NULL)
		user->course = course;
	else
		while (!take(dispatch, reading, &course))
			continue;
}

/* It is judged later: what is known is not complete, or it has to wait. */
static void
answer_early(struct dispatch *dispatch, struct reading *reading)
{
	int64_t seq = reading->stored->seq;

	if (was_answered_early(dispatch, seq))
		return;
	(void)take(dispatch, reading, NULL);
	if (dispatch->early_last <= dispatch->decided_seq)
		dispatch->early_after = seq - 1;
	dispatch->early_last = seq;
}

static int64_t
cursor(const struct dispatch *dispatch, bool is_complete)
{
	return is_complete ? dispatch->decided_seq : dispatch->accepted_seq;
}

/* Services are busy with what is in memory. Whose most of it is waits behind the
 * others, who then need not wait; where it is nobody's, they all do for a moment, and
 * little has to be written down.
 * Returns: whether the event can be judged, or is set aside. */
static bool
makes_way(struct dispatch *dispatch, const struct reading *reading)
{
	struct aside *aside = &dispatch->aside;
	const char *name = reading->topic.user;

	if (jobs_crowded_in_ms(dispatch->outbox) <= 0) {
		dispatch->is_crowded_out = false;
		return true;
	}
	if (aside_find(aside, name) != NULL)
		return true;
	if (jobs_crowd(dispatch->outbox, name))
		dispatch->is_crowded_out |=
		    aside_put(aside, name, reading->stored->seq) != NULL;
	return dispatch->is_crowded_out;
}

/* Returns: false if it has to wait. */
static bool
run_one(struct dispatch *dispatch, int64_t last_seq, bool is_complete,
    bool may_wait)
{
	struct outbox_event stored;
	struct reading reading = { 0 };
	bool has_way = true;

	if (!events_after(dispatch->outbox, cursor(dispatch, is_complete),
	        &stored))
		stored.seq = last_seq + 1;
	/* Some may be gone, being decided. */
	if (stored.seq > last_seq) {
		if (is_complete)
			dispatch->decided_seq = last_seq;
		if (dispatch->accepted_seq < last_seq)
			dispatch->accepted_seq = last_seq;
		return true;
	}
	read_topic(dispatch, &stored, &reading);
	if (may_wait)
		has_way = makes_way(dispatch, &reading);
	if (is_complete && has_way) {
		judge_in_turn(dispatch, &reading);
		dispatch->decided_seq = stored.seq;
	} else {
		answer_early(dispatch, &reading);
	}
	if (dispatch->accepted_seq < stored.seq)
		dispatch->accepted_seq = stored.seq;
	dispatch->waiting_seq = has_way ? 0 : stored.seq;
	return has_way;
}

/* The next one of somebody who waits; others' are passed by.
 * Returns: false if the transaction has to end before the next one. */
static bool
run_aside(struct dispatch *dispatch, struct aside_user *user)
{
	struct outbox_event stored;
	struct reading reading = { 0 };
	bool is_done = true;

	if (!events_after(dispatch->outbox, user->after, &stored) ||
	    stored.seq > user->last) {
		user->after = user->last;
		return false;
	}
	read_topic(dispatch, &stored, &reading);
	if (strcmp(reading.topic.user, user->name) == 0)
		is_done = take(dispatch, &reading, &user->course);
	if (!is_done)
		return false;
	user->after = stored.seq;
	user->course = (struct resolution_course){ 0 };
	return true;
}

void
dispatch_recall(struct dispatch *dispatch)
{
	struct outbox_event stored = { .seq = outbox_folded(dispatch->outbox) };

	outbox_begin(dispatch->outbox);
	while (events_after(dispatch->outbox, stored.seq, &stored) &&
	    stored.seq <= dispatch->decided_seq) {
		struct reading reading = { 0 };

		read_topic(dispatch, &stored, &reading);
		read_payload(&reading);
		if (reading.is_valid && !stored.is_refused &&
		    reading.topic.kind == TOPIC_EVENT)
			(void)events_claim(dispatch->outbox, &stored,
			    reading.topic.user, reading.event.id);
		event_finish(&reading.event);
	}
	outbox_commit(dispatch->outbox);
	outbox_note_recalled(dispatch->outbox);
}

/* Whether the transaction is long enough. */
static bool
is_enough(const struct dispatch *dispatch)
{
	return jobs_written(dispatch->outbox) >= ROWS_MAX ||
	    outbox_is_long(dispatch->outbox);
}

bool
dispatch_run(struct dispatch *dispatch, int64_t last_seq, bool is_complete,
    bool may_wait)
{
	int count = 0;

	if (cursor(dispatch, is_complete) >= last_seq)
		return true;
	may_wait = may_wait && is_complete;
	if (may_wait && dispatch->waiting_seq > dispatch->decided_seq &&
	    jobs_crowded_in_ms(dispatch->outbox) > 0)
		return false;
	outbox_begin(dispatch->outbox);
	while (count++ < BATCH_MAX &&
	    run_one(dispatch, last_seq, is_complete, may_wait) &&
	    !is_enough(dispatch) && cursor(dispatch, is_complete) < last_seq)
		continue;
	if (is_complete)
		outbox_note_decided(dispatch->outbox, dispatch->decided_seq);
	outbox_hold(dispatch->outbox, aside_first(&dispatch->aside));
	summary_note_touched(dispatch->summary);
	summary_save_in_time(dispatch->summary,
	    count <= FEW && cursor(dispatch, is_complete) >= last_seq);
	outbox_commit(dispatch->outbox);
	return cursor(dispatch, is_complete) >= last_seq;
}

bool
dispatch_run_aside(struct dispatch *dispatch, bool is_complete)
{
	struct aside_user *user = dispatch->aside.first;
	int count = 0;

	if (user == NULL || !is_complete ||
	    jobs_crowded_in_ms(dispatch->outbox) > 0)
		return false;
	outbox_begin(dispatch->outbox);
	while (count++ < ASIDE_BATCH_MAX && run_aside(dispatch, user) &&
	    !is_enough(dispatch))
		continue;
	aside_turn(&dispatch->aside);
	outbox_hold(dispatch->outbox, aside_first(&dispatch->aside));
	summary_note_touched(dispatch->summary);
	outbox_commit(dispatch->outbox);
	return true;
}

int64_t
dispatch_aside_in_ms(const struct dispatch *dispatch)
{
	return dispatch->aside.first != NULL
	    ? jobs_crowded_in_ms(dispatch->outbox)
	    : INT64_MAX;
}

void
dispatch_finish(struct dispatch *dispatch)
{
	aside_finish(&dispatch->aside);
}
