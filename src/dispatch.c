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

#define BATCH_MAX 64        /* events in one transaction */
#define FEW 8               /* events that are no burst */
#define COUNT_EVERY_MS 1000 /* at most, what waits for one user */
#define LIMIT_EVERY_MS 60000

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

static void
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
		.event = event->id,
		.stage = stage,
		.service = service,
		.due_ms =
		    stage == STAGE_READY ? clock_now_ms() : decision->until_ms,
		.kind = (int)event->kind,
		.thread = outbox_number(dispatch->outbox, reading->topic.user,
		    thread_of(event)),
		.request = outbox_number(dispatch->outbox, reading->topic.user,
		    event->request_id),
	};

	/* What is deferred outlives its kind's time, not its sender's wish. */
	if (decision->action == ACTION_DEFER && event->says_expiry)
		order.expires_ms = event->expires_ms;
	if (stage == STAGE_READY)
		provider_service(&place->device, dispatch->settings, service);
	else
		release_notice(dispatch->release, order.due_ms);
	outbox_add_job(dispatch->outbox, &order, reading->stored);
}

/* Returns: whether the device is to be told. */
static bool
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
		return false;
	add_job(dispatch, reading, place, &decision);
	return true;
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
static void
note(struct dispatch *dispatch, const struct reading *reading,
    struct person *person)
{
	const struct event *event = &reading->event;

	summary_note(person, event);
	registry_touch(dispatch->registry, person);
	if (!waits(event))
		return;
	count_ask(person, event);
	asks_put(dispatch->people, person->name, event, thread_of(event));
}

/* An event may be for one device alone. */
static bool
is_meant(const struct event *event, const struct place *place)
{
	return event->device == NULL || strcmp(event->device, place->name) == 0;
}

/* Whether more of her events wait than may. They are counted up, and counted
 * again only when that is too many. */
static bool
is_over_limit(struct dispatch *dispatch, const struct reading *reading,
    struct person *person)
{
	int64_t most = dispatch->settings->limits.waiting;
	int64_t now_ms = clock_monotonic_ms();

	if (kind_class(reading->event.kind) == CLASS_ANSWER &&
	    person->waiting >= most)
		return true;
	if (person->queued < most)
		return false;
	if (now_ms - person->counted_ms >= COUNT_EVERY_MS) {
		person->counted_ms = now_ms;
		person->queued =
		    outbox_count_waiting(dispatch->outbox, person->name);
	}
	return person->queued >= most;
}

static void
refuse_over_limit(struct dispatch *dispatch, const struct reading *reading)
{
	int64_t now_ms = clock_monotonic_ms();

	tell(dispatch, reading, NULL, REASON_LIMIT);
	if (now_ms < dispatch->complain_ms)
		return;
	dispatch->complain_ms = now_ms + LIMIT_EVERY_MS;
	log_warn("refused %s: more than %d of the user's events wait already",
	    reading->stored->topic, (int)dispatch->settings->limits.waiting);
}

/* Returns: whether any device is to be told. */
static bool
judge_places(struct dispatch *dispatch, const struct reading *reading,
    struct person *person)
{
	bool has_device = false;
	bool is_told = false;

	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (!place->registered || !is_meant(&reading->event, place))
			continue;
		has_device = true;
		is_told |= judge_device(dispatch, reading, person, place);
	}
	if (!has_device)
		tell(dispatch, reading, reading->event.device,
		    REASON_NO_DEVICE);
	return is_told;
}

static void
judge_devices(struct dispatch *dispatch, const struct reading *reading)
{
	struct person *person = find_person(dispatch, reading);
	bool is_told = false;

	if (person == NULL) {
		tell(dispatch, reading, reading->event.device,
		    REASON_NO_DEVICE);
	} else if (is_over_limit(dispatch, reading, person)) {
		refuse_over_limit(dispatch, reading);
	} else {
		note(dispatch, reading, person);
		is_told = judge_places(dispatch, reading, person);
		person->queued += is_told;
	}
	if (!is_told)
		outbox_discard(dispatch->outbox, reading->stored->seq);
}

/* What only cancels is told to nobody.
 * Returns: false if it is not done yet. */
static bool
resolve(struct dispatch *dispatch, const struct reading *reading)
{
	const char *user = reading->topic.user;
	struct person *person = registry_find_person(dispatch->registry, user);

	if (person != NULL) {
		person->waiting_until_ms = 0;
		registry_touch(dispatch->registry, person);
	}
	if (!resolution_apply(dispatch->resolution, user, &reading->event))
		return false;
	outbox_discard(dispatch->outbox, reading->stored->seq);
	return true;
}

static void
refuse(struct dispatch *dispatch, const struct reading *reading)
{
	log_warn("refused %s: %s", reading->stored->topic, reading->fault.text);
	tell(dispatch, reading, NULL, REASON_INVALID);
	outbox_discard(dispatch->outbox, reading->stored->seq);
}

static bool
judge_event(struct dispatch *dispatch, const struct reading *reading)
{
	if (!outbox_claim(dispatch->outbox, reading->stored,
	        reading->topic.user, reading->event.id)) {
		tell(dispatch, reading, NULL, REASON_DUPLICATE);
		outbox_discard(dispatch->outbox, reading->stored->seq);
	} else if (kind_class(reading->event.kind) == CLASS_RESOLUTION) {
		return resolve(dispatch, reading);
	} else {
		judge_devices(dispatch, reading);
	}
	return true;
}

/* An ack is an event's id, or JSON that also says on which device. */
static void
see(struct dispatch *dispatch, struct reading *reading)
{
	struct ack ack;

	if (ack_parse(reading->stored->payload, reading->stored->len, &ack,
	        &reading->fault) != STATUS_OK) {
		refuse(dispatch, reading);
		return;
	}
	resolution_see(dispatch->resolution, reading->topic.user, ack.event,
	    *ack.device != '\0' ? ack.device : NULL);
	outbox_discard(dispatch->outbox, reading->stored->seq);
}

/* Returns: false if it is to be judged again, in another transaction. */
static bool
judge(struct dispatch *dispatch, struct reading *reading)
{
	const struct outbox_event *stored = reading->stored;

	if (!reading->is_valid) {
		refuse(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_ACK) {
		see(dispatch, reading);
	} else if (reading->topic.kind == TOPIC_EVENT) {
		return judge_event(dispatch, reading);
	} else {
		state_patch(dispatch->state, reading->topic.user,
		    stored->payload, stored->len);
		outbox_discard(dispatch->outbox, stored->seq);
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

	if (!outbox_event_after(dispatch->outbox, cursor(dispatch, is_complete),
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

bool
dispatch_run(struct dispatch *dispatch, int64_t last_seq, bool is_complete)
{
	bool is_done = true;
	int count = 0;

	if (cursor(dispatch, is_complete) >= last_seq)
		return true;
	outbox_begin(dispatch->outbox);
	for (; count < BATCH_MAX && is_done &&
	     cursor(dispatch, is_complete) < last_seq;
	     count++)
		is_done = run_one(dispatch, last_seq, is_complete);
	if (is_complete)
		outbox_note_decided(dispatch->outbox, dispatch->decided_seq);
	summary_note_touched(dispatch->summary);
	/* Where events come one by one this costs no transaction of its own. */
	summary_save(dispatch->summary, count <= FEW);
	outbox_commit(dispatch->outbox);
	post_flush(dispatch->post);
	return cursor(dispatch, is_complete) >= last_seq;
}
