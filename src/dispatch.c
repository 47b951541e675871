#include "dispatch.h"

#include "asks.h"
#include "core/ack.h"
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
	        &reading->topic, &reading->fault) == STATUS_OK;
	if (reading->is_valid && reading->topic.kind == TOPIC_EVENT)
		reading->is_valid = event_parse(&arrival, &reading->event,
		                        &reading->fault) == STATUS_OK;
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
	if (!reading->is_valid || reading->topic.kind != TOPIC_EVENT)
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

/* The session, or else the event itself. */
static const char *
thread_of(const struct event *event)
{
	return event->session_id != NULL ? event->session_id : event->id;
}

static void
tell_decision(struct dispatch *dispatch, const struct reading *reading,
    const char *device, const struct decision *decision)
{
	bool has_preference = decision->preference != DECIDE_NO_PREFERENCE;
	struct buf path;
	struct receipt receipt = {
		.user = reading->topic.user,
		.event = reading->event.id,
		.device = device,
		.state = "suppressed",
		.reason = reason_str(decision->reason),
		.layer = has_preference ? layer_str(decision->layer) : NULL,
		.ts_ms = clock_now_ms(),
		.latency_ms = -1,
	};

	buf_init(&path, PREFERENCES_PATH_MAX);
	if (has_preference)
		preferences_path(decision->preference, &path);
	receipt.preference = buf_text(&path);
	if (decision->action != ACTION_DROP) {
		receipt.until_ms = decision->until_ms;
		receipt.state =
		    decision->action == ACTION_HOLD ? "held" : "deferred";
	}
	post_receipt(dispatch->post, &receipt);
	buf_finish(&path);
}

static enum stage
stage_of(const struct decision *decision)
{
	if (decision->action == ACTION_PUSH)
		return STAGE_READY;
	if (decision->action == ACTION_HOLD)
		return decision->reason == REASON_PRESENCE ? STAGE_PRESENCE
		                                           : STAGE_DELAY;
	return decision->reason == REASON_QUIET ? STAGE_QUIET : STAGE_RATE;
}

static enum status
add_job(struct dispatch *dispatch, const struct reading *reading,
    const struct place *place, const struct decision *decision)
{
	const struct event *event = &reading->event;
	enum stage stage = stage_of(decision);
	char service[PUSH_SERVICE_MAX] = "";
	struct outbox_order order = {
		.seq = reading->stored->seq,
		.user = reading->topic.user,
		.device = place->name,
		.stage = stage,
		.service = service,
		.due_ms =
		    stage == STAGE_READY ? clock_now_ms() : decision->until_ms,
		.kind = (int)event->kind,
		.thread = thread_of(event),
		.request = event->request_id != NULL ? event->request_id : "",
	};

	/* What is deferred outlives its kind's time, not its sender's wish. */
	if (decision->action == ACTION_DEFER && event->says_expiry)
		order.expires_ms = event->expires_ms;
	if (stage == STAGE_READY)
		provider_service(&place->device, dispatch->settings, service);
	else
		release_notice(dispatch->release, order.due_ms);
	return outbox_add_job(dispatch->outbox, &order);
}

static enum status
judge_device(struct dispatch *dispatch, const struct reading *reading,
    struct person *person, struct place *place)
{
	const struct instant at = {
		.now_ms = clock_now_ms(),
		.monotonic_ms = clock_monotonic_ms(),
	};
	struct decision decision = decide(&reading->event, person, place, &at);

	if (decision.full_us != place->full_us) {
		place->full_us = decision.full_us;
		place->is_bucket_new = true;
		registry_touch(dispatch->registry, person);
	}
	if (decision.action == ACTION_DEFER && decision.reason == REASON_RATE)
		place->overflow_ms = decision.until_ms;
	if (decision.action != ACTION_PUSH)
		tell_decision(dispatch, reading, place->name, &decision);
	if (decision.action == ACTION_DROP)
		return STATUS_OK;
	return add_job(dispatch, reading, place, &decision);
}

/* One more waits. Where the count is old it is made anew later. */
static void
count_ask(struct person *person, const struct event *event)
{
	if (person->waiting_until_ms <= clock_now_ms())
		return;
	person->waiting++;
	if (event->expires_ms < person->waiting_until_ms)
		person->waiting_until_ms = event->expires_ms;
}

static bool
waits(const struct event *event)
{
	return kind_class(event->kind) == CLASS_ANSWER &&
	    event->expires_ms > clock_now_ms();
}

/* Who may answer before there is a device; NULL = nobody is known. */
static struct person *
find_person(struct dispatch *dispatch, const struct reading *reading)
{
	const char *user = reading->topic.user;
	struct person *person = registry_find_person(dispatch->registry, user);

	if (person != NULL || !waits(&reading->event))
		return person;
	person = registry_make_guest(dispatch->registry, user);
	if (person == NULL)
		log_debug("%s: what waits is told for %d people without a "
		          "device, and no more",
		    user, REGISTRY_GUESTS_MAX);
	return person;
}

/* What the summary tells of. */
static enum status
note(struct dispatch *dispatch, const struct reading *reading,
    struct person *person)
{
	const struct event *event = &reading->event;

	summary_note(person, event);
	registry_touch(dispatch->registry, person);
	if (!waits(event))
		return STATUS_OK;
	count_ask(person, event);
	return asks_put(dispatch->people, person->name, event,
	    thread_of(event));
}

/* An event may be for one device alone. */
static bool
is_meant(const struct event *event, const struct place *place)
{
	return event->device == NULL || strcmp(event->device, place->name) == 0;
}

static enum status
judge_devices(struct dispatch *dispatch, const struct reading *reading)
{
	struct person *person = find_person(dispatch, reading);
	struct place *place = person != NULL ? person->places : NULL;
	const struct event *event = &reading->event;
	enum status status = STATUS_OK;
	bool has_device = false;

	if (person != NULL)
		status = note(dispatch, reading, person);
	for (; place != NULL && status == STATUS_OK; place = place->next) {
		if (!place->registered || !is_meant(event, place))
			continue;
		has_device = true;
		status = judge_device(dispatch, reading, person, place);
	}
	if (!has_device)
		tell(dispatch, reading, event->device, REASON_NO_DEVICE);
	return status;
}

/* What only cancels is told to nobody. */
static enum status
resolve(struct dispatch *dispatch, const struct reading *reading)
{
	const char *user = reading->topic.user;
	struct person *person = registry_find_person(dispatch->registry, user);

	if (person != NULL) {
		person->waiting_until_ms = 0;
		registry_touch(dispatch->registry, person);
	}
	return resolution_apply(dispatch->resolution, user, &reading->event);
}

static enum status
refuse(struct dispatch *dispatch, const struct reading *reading)
{
	log_warn("refused %s: %s", reading->stored->topic, reading->fault.text);
	tell(dispatch, reading, NULL, REASON_INVALID);
	return outbox_discard(dispatch->outbox, reading->stored->seq);
}

static enum status
judge_event(struct dispatch *dispatch, const struct reading *reading)
{
	const struct outbox_name name = {
		.user = reading->topic.user,
		.id = reading->event.id,
		.thread = thread_of(&reading->event),
	};
	bool is_duplicate = false;
	enum status status = outbox_claim(dispatch->outbox,
	    reading->stored->seq, &name, &is_duplicate);

	if (status != STATUS_OK)
		return status;
	if (is_duplicate) {
		tell(dispatch, reading, NULL, REASON_DUPLICATE);
		return outbox_discard(dispatch->outbox, reading->stored->seq);
	}
	return kind_class(reading->event.kind) == CLASS_RESOLUTION
	    ? resolve(dispatch, reading)
	    : judge_devices(dispatch, reading);
}

/* An ack is an event's id, or JSON that also says on which device. */
static enum status
see(struct dispatch *dispatch, struct reading *reading)
{
	struct ack ack;
	enum status status = ack_parse(reading->stored->payload,
	    reading->stored->len, &ack, &reading->fault);

	if (status != STATUS_OK)
		return refuse(dispatch, reading);
	status = resolution_see(dispatch->resolution, reading->topic.user,
	    ack.event, *ack.device != '\0' ? ack.device : NULL);
	if (status == STATUS_OK)
		status = outbox_discard(dispatch->outbox, reading->stored->seq);
	return status;
}

static enum status
judge(struct dispatch *dispatch, struct reading *reading)
{
	const struct outbox_event *stored = reading->stored;
	enum status status;

	if (!reading->is_valid)
		return refuse(dispatch, reading);
	if (reading->topic.kind == TOPIC_ACK)
		return see(dispatch, reading);
	if (reading->topic.kind == TOPIC_EVENT)
		return judge_event(dispatch, reading);
	status = state_patch(dispatch->state, reading->topic.user,
	    stored->payload, stored->len);
	if (status == STATUS_OK)
		status = outbox_discard(dispatch->outbox, stored->seq);
	return status;
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
		status = summary_keep(dispatch->summary);
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
