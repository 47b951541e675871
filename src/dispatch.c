#include "dispatch.h"

#include "core/decide.h"
#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_MAX 256 /* events in one transaction */

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
	    "msg_%" PRIx64 "_%" PRIx64, (uint64_t)stored->arrived_ms,
	    (uint64_t)stored->seq);
	reading->is_valid =
	    topic_parse(dispatch->settings->mqtt.root, stored->topic,
	        &reading->topic, &reading->fault) == STATUS_OK &&
	    event_parse(&arrival, &reading->event, &reading->fault) ==
	        STATUS_OK;
}

static void
tell(struct dispatch *dispatch, const struct reading *reading,
    const char *device, enum reason reason)
{
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = reading->event.id,
	        .device = device,
	        .state = "suppressed",
	        .reason = reason_str(reason),
	        .detail = reading->fault.text,
	        .ts_ms = clock_now_ms(),
	        .latency_ms = -1,
	    });
}

static void
answer(struct dispatch *dispatch, const struct reading *reading)
{
	if (reading->stored->seq <= dispatch->accepted_seq)
		return;
	dispatch->accepted_seq = reading->stored->seq;
	if (!reading->is_valid)
		return;
	post_receipt(dispatch->post,
	    &(struct receipt){
	        .user = reading->topic.user,
	        .event = reading->event.id,
	        .state = "accepted",
	        .ts_ms = clock_now_ms(),
	        .latency_ms = -1,
	    });
}

static enum status
judge_device(struct dispatch *dispatch, const struct reading *reading,
    const struct person *person, const struct place *place)
{
	int64_t now_ms = clock_now_ms();
	enum reason reason = decide(&reading->event, person, place, now_ms);
	char service[PUSH_SERVICE_MAX];

	if (reason != REASON_NONE) {
		tell(dispatch, reading, place->name, reason);
		return STATUS_OK;
	}
	provider_service(&place->device, dispatch->settings, service);
	return outbox_add_job(dispatch->outbox,
	    &(struct outbox_order){
	        .seq = reading->stored->seq,
	        .user = person->name,
	        .device = place->name,
	        .service = service,
	        .due_ms = now_ms,
	    });
}

static enum status
judge_devices(struct dispatch *dispatch, const struct reading *reading)
{
	const struct person *person =
	    registry_person(dispatch->registry, reading->topic.user);
	const struct place *place = person != NULL ? person->places : NULL;
	enum status status = STATUS_OK;
	bool has_device = false;

	/* What only cancels is told to nobody. */
	if (kind_class(reading->event.kind) == CLASS_RESOLUTION)
		return STATUS_OK;
	for (; place != NULL && status == STATUS_OK; place = place->next) {
		if (!place->registered)
			continue;
		has_device = true;
		status = judge_device(dispatch, reading, person, place);
	}
	if (!has_device)
		tell(dispatch, reading, NULL, REASON_NO_DEVICE);
	return status;
}

static enum status
judge(struct dispatch *dispatch, const struct reading *reading)
{
	int64_t seq = reading->stored->seq;
	bool is_duplicate = false;
	enum status status;

	if (!reading->is_valid) {
		log_warn("refused %s: %s", reading->stored->topic,
		    reading->fault.text);
		tell(dispatch, reading, NULL, REASON_INVALID);
		return outbox_discard(dispatch->outbox, seq);
	}
	status = outbox_claim(dispatch->outbox, seq, reading->topic.user,
	    reading->event.id, &is_duplicate);
	if (status != STATUS_OK)
		return status;
	if (is_duplicate) {
		tell(dispatch, reading, NULL, REASON_DUPLICATE);
		return outbox_discard(dispatch->outbox, seq);
	}
	return judge_devices(dispatch, reading);
}

static int64_t
cursor(const struct dispatch *dispatch, bool is_complete)
{
	return is_complete ? dispatch->decided_seq : dispatch->accepted_seq;
}

static enum status
run_one(struct dispatch *dispatch, bool is_complete)
{
	struct outbox_event stored;
	struct reading reading = { 0 };
	enum status status = outbox_event_after(dispatch->outbox,
	    cursor(dispatch, is_complete), &stored);

	if (status != STATUS_OK || stored.seq == 0)
		return status;
	read_event(dispatch, &stored, &reading);
	answer(dispatch, &reading);
	if (is_complete) {
		status = judge(dispatch, &reading);
		dispatch->decided_seq = stored.seq;
	}
	event_finish(&reading.event);
	return status;
}

static enum status
run_batch(struct dispatch *dispatch, int64_t last_seq, bool is_complete)
{
	enum status status = outbox_begin(dispatch->outbox);

	for (int i = 0; status == STATUS_OK && i < BATCH_MAX &&
	     cursor(dispatch, is_complete) < last_seq;
	     i++)
		status = run_one(dispatch, is_complete);
	if (status == STATUS_OK)
		status = outbox_commit(dispatch->outbox);
	post_flush(dispatch->post);
	return status;
}

enum status
dispatch_run(struct dispatch *dispatch, int64_t last_seq, bool is_complete)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && cursor(dispatch, is_complete) < last_seq)
		status = run_batch(dispatch, last_seq, is_complete);
	return status;
}
