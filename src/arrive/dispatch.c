#include "arrive/dispatch.h"

#include "core/ack.h"
#include "core/rules.h"
#include "core/topic.h"
#include "io/events.h"
#include "io/jobs.h"
#include "tell/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_MAX 64 /* events in one transaction */
#define ROWS_MAX 128 /* rows: an event may be for many devices */
#define FEW 8        /* events that are no burst */

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
read_event(const struct dispatch *dispatch, const struct outbox_event *stored,
    struct reading *reading)
{
	const struct arrival arrival = {
		.payload = stored->payload,
		.len = stored->len,
		.at_ms = stored->arrived_ms,
		.expires_ms = stored->expires_ms,
		.id = reading->fallback_id,
	};

	reading->stored = stored;
	(void)snprintf(reading->fallback_id, sizeof(reading->fallback_id),
	    "msg_%" PRIx64 "_%" PRIx64, (uint64_t)stored->stamp_ms,
	    (uint64_t)stored->seq);
	reading->is_valid =
	    topic_parse(dispatch->settings->mqtt.root, stored->topic,
	        &reading->topic, &reading->fault) == STATUS_OK;
	if (reading->is_valid && reading->topic.kind == TOPIC_EVENT)
		reading->is_valid = event_parse(&arrival, &reading->event,
		                        &reading->fault) == STATUS_OK;
}

static void
tell_invalid(struct dispatch *dispatch, const struct reading *reading)
{
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = reading->event.id,
	        .state = "suppressed",
	        .reason = reason_str(REASON_INVALID),
	        .detail = reading->fault.text,
	        .ts_ms = dispatch->at->now_ms,
	        .latency_ms = -1,
	    });
}

static void
answer(struct dispatch *dispatch, const struct reading *reading)
{
	if (reading->stored->seq <= dispatch->accepted_seq)
		return;
	dispatch->accepted_seq = reading->stored->seq;
	if (!reading->is_valid || reading->topic.kind != TOPIC_EVENT)
		return;
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = reading->event.id,
	        .state = "accepted",
	        .ts_ms = dispatch->at->now_ms,
	        .latency_ms = -1,
	    });
}

static void
refuse(struct dispatch *dispatch, const struct reading *reading)
{
	lines_refused(dispatch->lines, reading->topic.user,
	    reading->stored->topic, reading->fault.text);
	tell_invalid(dispatch, reading);
	events_discard(dispatch->outbox, reading->stored);
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
	events_discard(dispatch->outbox, reading->stored);
	return true;
}

/* Returns: false if it is to be judged again, in another transaction. */
static bool
judge(struct dispatch *dispatch, struct reading *reading)
{
	const struct outbox_event *stored = reading->stored;

	if (!reading->is_valid) {
		refuse(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_ACK) {
		return see(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_EVENT) {
		return decision_make(dispatch->decision,
		    &(struct decision_case){ stored, reading->topic.user,
		        &reading->event });
	} else {
		retained_patch(dispatch->retained, reading->topic.user,
		    stored->payload, stored->len);
		events_discard(dispatch->outbox, stored);
	}
	return true;
}

static int64_t
cursor(const struct dispatch *dispatch, bool is_complete)
{
	return is_complete ? dispatch->decided_seq : dispatch->accepted_seq;
}

/* Returns: false if the transaction has to end before the next one. */
static bool
run_one(struct dispatch *dispatch, int64_t last_seq, bool is_complete)
{
	struct outbox_event stored;
	struct reading reading = { 0 };
	bool is_done = true;

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
	read_event(dispatch, &stored, &reading);
	answer(dispatch, &reading);
	if (is_complete)
		is_done = judge(dispatch, &reading);
	if (is_complete && is_done)
		dispatch->decided_seq = stored.seq;
	event_finish(&reading.event);
	return is_done;
}

void
dispatch_recall(struct dispatch *dispatch)
{
	struct outbox_event stored = { .seq = outbox_folded(dispatch->outbox) };

	outbox_begin(dispatch->outbox);
	while (events_after(dispatch->outbox, stored.seq, &stored) &&
	    stored.seq <= dispatch->decided_seq) {
		struct reading reading = { 0 };

		read_event(dispatch, &stored, &reading);
		if (reading.is_valid && reading.topic.kind == TOPIC_EVENT)
			(void)events_claim(dispatch->outbox, &stored,
			    reading.topic.user, reading.event.id);
		event_finish(&reading.event);
	}
	outbox_commit(dispatch->outbox);
}

bool
dispatch_run(struct dispatch *dispatch, int64_t last_seq, bool is_complete,
    bool may_wait)
{
	bool is_done = true;
	int count = 0;

	if (cursor(dispatch, is_complete) >= last_seq)
		return true;
	may_wait = may_wait && is_complete;
	if (may_wait && jobs_crowded_in_ms(dispatch->outbox) > 0)
		return false;
	outbox_begin(dispatch->outbox);
	for (; count < BATCH_MAX && is_done &&
	     cursor(dispatch, is_complete) < last_seq;
	     count++) {
		is_done = run_one(dispatch, last_seq, is_complete);
		if ((may_wait && jobs_crowded_in_ms(dispatch->outbox) > 0) ||
		    jobs_written(dispatch->outbox) >= ROWS_MAX ||
		    outbox_is_long(dispatch->outbox))
			break;
	}
	if (is_complete)
		outbox_note_decided(dispatch->outbox, dispatch->decided_seq);
	summary_note_touched(dispatch->summary);
	/* Where events come one by one this costs no transaction of its own. */
	summary_save(dispatch->summary,
	    count <= FEW && cursor(dispatch, is_complete) >= last_seq);
	outbox_commit(dispatch->outbox);
	return cursor(dispatch, is_complete) >= last_seq;
}
