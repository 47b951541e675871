#include "decide/decision.h"

#include "core/rules.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/log.h"
#include "push/provider.h"
#include "tell/asks.h"
#include "tell/summary.h"

#include <stdio.h>
#include <string.h>

#define COUNT_EVERY_MS 1000 /* at most, what waits for one user */
#define LIMIT_EVERY_MS 60000
#define AGE_TEXT_MAX 160

/* The session, or else the event itself. */
static const char *
thread_of(const struct event *event)
{
	return event->session_id != NULL ? event->session_id : event->id;
}

/* What comes so late was late, or its sender's clock is. */
static void
explain_age(const struct decision_case *subject, const struct ruling *ruling,
    char detail[AGE_TEXT_MAX])
{
	const struct event *event = subject->event;
	int64_t arrived_ms = subject->stored->arrived_ms;

	*detail = '\0';
	if (ruling->reason == REASON_EXPIRED && event->expires_ms <= arrived_ms)
		(void)snprintf(detail, AGE_TEXT_MAX,
		    "it was %lld s old when it came: if it was not, its "
		    "sender's clock is behind; age_ms needs none",
		    (long long)(arrived_ms - event->ts_ms) / 1000);
}

static void
tell_ruling(struct decision *decision, const struct decision_case *subject,
    const char *device, const struct ruling *ruling)
{
	bool has_preference = ruling->preference != RULES_NO_PREFERENCE;
	char detail[AGE_TEXT_MAX];
	struct buf path;
	struct receipt receipt = {
		.user = subject->user,
		.event = subject->event->id,
		.device = device,
		.kind = kind_str(subject->event->kind),
		.title = event_name(subject->event),
		.state = "suppressed",
		.reason = reason_str(ruling->reason),
		.layer = has_preference ? layer_str(ruling->layer) : NULL,
		.ts_ms = decision->at->now_ms,
	};

	explain_age(subject, ruling, detail);
	receipt.detail = detail;
	buf_init(&path, PREFERENCES_PATH_MAX);
	if (has_preference)
		preferences_path(ruling->preference, &path);
	receipt.preference = buf_text(&path);
	if (ruling->action != ACTION_DROP) {
		receipt.until_ms = ruling->until_ms;
		receipt.state =
		    ruling->action == ACTION_HOLD ? "held" : "deferred";
	}
	post_receipt(decision->post, &receipt);
	buf_finish(&path);
}

/* What no preference has a say in. */
static void
tell(struct decision *decision, const struct decision_case *subject,
    const char *device, enum reason reason)
{
	tell_ruling(decision, subject, device,
	    &(struct ruling){
	        .action = ACTION_DROP,
	        .reason = reason,
	        .preference = RULES_NO_PREFERENCE,
	    });
}

static enum stage
stage_of(const struct ruling *ruling)
{
	if (ruling->action == ACTION_PUSH)
		return STAGE_READY;
	if (ruling->action == ACTION_HOLD)
		return ruling->reason == REASON_PRESENCE ? STAGE_PRESENCE
		                                         : STAGE_DELAY;
	return ruling->reason == REASON_QUIET ||
	        ruling->reason == REASON_SNOOZED
	    ? STAGE_QUIET
	    : STAGE_RATE;
}

/* What matters when it leaves. */
static int
reason_of(const struct ruling *ruling)
{
	return ruling->reason == REASON_SNOOZED ||
	        ruling->reason == REASON_ESCALATE
	    ? (int)ruling->reason
	    : REASON_NONE;
}

static void
add_job(struct decision *decision, const struct decision_case *subject,
    const struct place *place, const struct ruling *ruling)
{
	const struct event *event = subject->event;
	enum stage stage = stage_of(ruling);
	char service[PUSH_SERVICE_MAX] = "";
	struct outbox_order order = {
		.seq = subject->stored->seq,
		.user = subject->user,
		.device = place->name,
		.event = event->id,
		.stage = stage,
		.reason = reason_of(ruling),
		.service = service,
		.due_ms = stage == STAGE_READY ? decision->at->now_ms
		                               : ruling->until_ms,
		.kind = (int)event->kind,
		.thread = outbox_number(decision->outbox, subject->user,
		    thread_of(event)),
		.request = outbox_number(decision->outbox, subject->user,
		    event->request_id),
	};

	/* What is deferred outlives its kind's time, not its sender's wish. */
	if (ruling->action == ACTION_DEFER && event->says_expiry)
		order.expires_ms = event->expires_ms;
	if (stage == STAGE_READY)
		provider_service(&place->device, decision->settings, service);
	else
		release_notice(decision->release, order.due_ms);
	jobs_add(decision->outbox, &order, subject->stored);
}

/* Returns: whether the device is to be told. */
static bool
judge_device(struct decision *decision, const struct decision_case *subject,
    struct person *person, struct place *place)
{
	struct ruling ruling =
	    rules_apply(subject->event, person, place, decision->at);
	int64_t *full_us = rules_bucket(place, subject->event->kind);

	if (ruling.full_us != *full_us) {
		*full_us = ruling.full_us;
		place->is_bucket_new = true;
		registry_touch(decision->registry, person);
	}
	if (ruling.action == ACTION_DEFER && ruling.reason == REASON_RATE)
		place->overflow_ms = ruling.until_ms;
	if (ruling.action == ACTION_DEFER && ruling.reason == REASON_GATHER)
		place->gather_ms = ruling.until_ms;
	if (ruling.action != ACTION_PUSH)
		tell_ruling(decision, subject, place->name, &ruling);
	if (ruling.action == ACTION_DROP)
		return false;
	add_job(decision, subject, place, &ruling);
	return true;
}

/* One more waits. Where the count is old it is made anew later. */
static void
count_ask(const struct decision *decision, struct person *person,
    const struct event *event)
{
	if (person->waiting_until_ms <= decision->at->now_ms)
		return;
	person->waiting++;
	if (event->expires_ms < person->waiting_until_ms)
		person->waiting_until_ms = event->expires_ms;
}

static bool
waits(const struct decision *decision, const struct event *event)
{
	return kind_class(event->kind) == CLASS_ANSWER &&
	    event->expires_ms > decision->at->now_ms;
}

/* Who may answer before there is a device; NULL = nobody is known. */
static struct person *
find_person(struct decision *decision, const struct decision_case *subject)
{
	const char *user = subject->user;
	struct person *person = registry_find_person(decision->registry, user);

	if (person != NULL || !waits(decision, subject->event))
		return person;
	person = registry_make_guest(decision->registry, user);
	if (person == NULL)
		log_debug("%s: what waits is told for %d people without a "
		          "device, and no more",
		    user, REGISTRY_GUESTS_MAX);
	return person;
}

/* What the summary tells of. */
static void
note(struct decision *decision, const struct decision_case *subject,
    struct person *person)
{
	const struct event *event = subject->event;

	summary_note(person, event);
	registry_touch(decision->registry, person);
	if (!waits(decision, event))
		return;
	count_ask(decision, person, event);
	asks_put(decision->people, person->name, event,
	    &(struct people_ask){
	        .seq = subject->stored->seq,
	        .thread = outbox_number(decision->outbox, person->name,
	            thread_of(event)),
	        .request = outbox_number(decision->outbox, person->name,
	            event->request_id),
	    });
}

/* An event may be for one device alone. */
static bool
is_meant(const struct event *event, const struct place *place)
{
	return event->device == NULL || strcmp(event->device, place->name) == 0;
}

/* Whether an event was judged before a kill, and counts among what waits. */
static bool
had_room(struct decision *decision, int64_t seq)
{
	struct people_ask ask;

	return people_find_ask(decision->people, seq, &ask) ||
	    jobs_were_ordered(decision->outbox, seq);
}

/* Whether more of her events wait than may. They are counted up, and counted
 * again only when that is too many. */
static bool
is_over_limit(struct decision *decision, const struct decision_case *subject,
    struct person *person)
{
	int64_t most = decision->settings->limits.waiting;
	int64_t now_ms = decision->at->monotonic_ms;

	if (kind_class(subject->event->kind) == CLASS_ANSWER &&
	    person->waiting >= most)
		return true;
	if (person->queued < most)
		return false;
	if (now_ms - person->counted_ms >= COUNT_EVERY_MS) {
		person->counted_ms = now_ms;
		person->queued = jobs_count_waiting(decision->outbox,
		    person->name, (int32_t)most);
	}
	return person->queued >= most;
}

/* An event is more than there may be: tell so, and log why, once a minute. */
static void
refuse(struct decision *decision, const struct decision_case *subject,
    const struct fault *why)
{
	int64_t now_ms = decision->at->monotonic_ms;

	tell(decision, subject, NULL, REASON_LIMIT);
	if (now_ms < decision->complain_ms)
		return;
	decision->complain_ms = now_ms + LIMIT_EVERY_MS;
	log_warn("refused %s: %s", subject->stored->topic, why->text);
}

/* Returns: whether any device is to be told. */
static bool
judge_places(struct decision *decision, const struct decision_case *subject,
    struct person *person)
{
	bool has_device = false;
	bool is_told = false;

	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (!place->registered || !is_meant(subject->event, place))
			continue;
		has_device = true;
		is_told |= judge_device(decision, subject, person, place);
	}
	if (!has_device)
		tell(decision, subject, subject->event->device,
		    REASON_NO_DEVICE);
	return is_told;
}

static void
judge_devices(struct decision *decision, const struct decision_case *subject)
{
	struct person *person = find_person(decision, subject);
	struct fault why = { "" };
	bool is_told = false;

	if (person == NULL) {
		tell(decision, subject, subject->event->device,
		    REASON_NO_DEVICE);
	} else if (is_over_limit(decision, subject, person) &&
	    !had_room(decision, subject->stored->seq)) {
		fault_set(&why,
		    "more than %d of the user's events wait already",
		    (int)decision->settings->limits.waiting);
		refuse(decision, subject, &why);
	} else {
		note(decision, subject, person);
		is_told = judge_places(decision, subject, person);
		person->queued += is_told;
	}
	/* What was ordered before a kill waits for it still. */
	if (!is_told &&
	    !jobs_were_ordered(decision->outbox, subject->stored->seq))
		events_discard(decision->outbox, subject->stored,
		    subject->user);
}

/* What only cancels is told to nobody. What took longer goes with the next purge, for
 * its id is not the last any more.
 * Returns: false if it is not done yet. */
static bool
resolve(struct decision *decision, const struct decision_case *subject)
{
	const char *user = subject->user;
	const struct resolution_case resolves = {
		.user = user,
		.event = subject->event,
		.seq = subject->stored->seq,
	};
	struct person *person = registry_find_person(decision->registry, user);

	if (!resolution_apply(decision->resolution, &resolves, subject->course))
		return false;
	if (person != NULL)
		registry_touch(decision->registry, person);
	if (!subject->course->is_long)
		events_discard(decision->outbox, subject->stored,
		    subject->user);
	return true;
}

bool
decision_make(struct decision *decision, const struct decision_case *subject)
{
	if (!events_claim(decision->outbox, subject->stored, subject->user,
	        subject->event->id)) {
		tell(decision, subject, NULL, REASON_DUPLICATE);
		events_discard(decision->outbox, subject->stored,
		    subject->user);
	} else if (kind_class(subject->event->kind) == CLASS_RESOLUTION) {
		return resolve(decision, subject);
	} else {
		judge_devices(decision, subject);
	}
	return true;
}
