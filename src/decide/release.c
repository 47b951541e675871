#include "decide/release.h"

#include "base/attr.h"
#include "core/event.h"
#include "core/rules.h"
#include "io/events.h"
#include "io/jobs.h"
#include "io/outbox.h"
#include "push/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_TTL_MS 86400000 /* what waited is not worthless at once */

void
release_init(struct release *release)
{
	release->next.now_ms = &release->at->now_ms;
	timer_add(release->timers, &release->next);
}

void
release_notice(struct release *release, int64_t due_ms)
{
	timer_hasten(&release->next, due_ms);
}

static bool
is_reminder(const struct shelf_job *job)
{
	return job->reason == REASON_REMINDER;
}

/* What becomes of a reminder is kept; what is told of its event stays true. */
static void
tell(struct release *release, const struct shelf_job *job, const char *state,
    const struct ruling *ruling)
{
	void (*put)(struct post *, const struct receipt *) =
	    is_reminder(job) ? post_note : post_receipt;
	struct buf preference;

	buf_init(&preference, PREFERENCES_PATH_MAX);
	if (ruling->preference != RULES_NO_PREFERENCE)
		preferences_path(ruling->preference, &preference);
	put(release->post,
	    &(struct receipt){
	        .user = job->user,
	        .event = job->event_id,
	        .device = job->device,
	        .state = state,
	        .reason = reason_str(ruling->reason),
	        .preference = buf_text(&preference),
	        .layer = ruling->preference != RULES_NO_PREFERENCE
	            ? layer_str(ruling->layer)
	            : NULL,
	        .until_ms =
	            ruling->action != ACTION_DROP ? ruling->until_ms : 0,
	        .ts_ms = release->at->now_ms,
	    });
	buf_finish(&preference);
}

/* What it carries is carried by another. */
static void
drop(struct release *release, const struct shelf_job *job,
    const struct ruling *ruling)
{
	tell(release, job, "suppressed", ruling);
	shelf_pass_on(release->shelf, job, "", release->at->now_ms);
	jobs_settle(release->outbox, job->id);
}

/* What is judged again. */
struct leaving {
	const struct shelf_job *job;
	const struct person *person;
	const struct place *place;
	struct event event;
};

static bool
read_event(struct release *release, struct leaving *leaving)
{
	const struct shelf_job *job = leaving->job;
	struct fault ignored = { "" };
	struct outbox_event stored;
	enum status status = STATUS_BAD_INPUT;

	if (events_find(release->outbox, job->seq, &stored)) {
		const struct arrival arrival = {
			.payload = stored.payload,
			.len = stored.len,
			.at_ms = stored.arrived_ms,
			.expires_ms = stored.expires_ms,
			.id = job->event_id,
		};

		status = event_parse(&arrival, &leaving->event, &ignored);
	}
	events_end(release->outbox);
	return status == STATUS_OK;
}

/* It comes by itself: a reminder, and at the end of a snooze each request that
 * still waits. */
static bool
is_alone(const struct shelf_job *job)
{
	return job->stage == STAGE_DELAY || job->stage == STAGE_PRESENCE ||
	    is_reminder(job) ||
	    (job->reason == REASON_SNOOZED &&
	        kind_class((enum kind)job->kind) == CLASS_ANSWER);
}

/* What was deferred outlives its kind's time, not its sender's wish. */
static bool
is_expired(const struct leaving *leaving, int64_t now_ms)
{
	const struct shelf_job *job = leaving->job;
	const struct event *event = &leaving->event;

	if (job->expires_ms > 0)
		return job->expires_ms <= now_ms;
	return (is_alone(job) || event->says_expiry) &&
	    event->expires_ms <= now_ms;
}

/* What cannot be read again is left to whoever pushes it, and says so. */
static struct ruling
judge(struct release *release, struct leaving *leaving)
{
	const struct shelf_job *job = leaving->job;
	struct ruling ruling = {
		.action = ACTION_DROP,
		.reason = REASON_NO_DEVICE,
		.preference = RULES_NO_PREFERENCE,
	};

	leaving->person = registry_person(release->registry, job->user);
	leaving->place =
	    registry_device(release->registry, job->user, job->device);
	if (leaving->place == NULL)
		return ruling;
	if (!read_event(release, leaving))
		ruling.action = ACTION_PUSH;
	else if (is_expired(leaving, release->at->now_ms))
		ruling.reason = REASON_EXPIRED;
	else if (is_reminder(job) && job->stage != STAGE_PRESENCE)
		ruling = rules_apply_reminder(&leaving->event, leaving->person,
		    leaving->place, release->at);
	else
		ruling = rules_apply_again(&leaving->event, leaving->person,
		    leaving->place, release->at);
	event_finish(&leaving->event);
	return ruling;
}

/* A request that is not to be reminded of now may be later. */
static bool
remind_later(struct release *release, const struct leaving *leaving,
    enum reason reason)
{
	struct shelf_job job = *leaving->job;
	int64_t wait_ms = 0;

	if (reason != REASON_NO_DEVICE && reason != REASON_EXPIRED)
		wait_ms = rules_remind_in_ms(registry_wishes(leaving->person,
		                                 leaving->place),
		    (enum kind)job.kind, job.round);
	if (wait_ms == 0)
		return false;
	job.stage = STAGE_DELAY;
	job.due_ms = release->at->now_ms + wait_ms;
	job.round++;
	shelf_wait(release->shelf, &job);
	return true;
}

static void
wait_on(struct release *release, const struct shelf_job *job,
    const struct ruling *ruling)
{
	struct shelf_job waiting = *job;
	bool is_held = ruling->action == ACTION_HOLD;

	tell(release, job, is_held ? "held" : "deferred", ruling);
	waiting.stage = is_held ? STAGE_PRESENCE : STAGE_QUIET;
	waiting.due_ms = ruling->until_ms;
	if (!is_reminder(job))
		waiting.reason =
		    ruling->reason == REASON_SNOOZED ? REASON_SNOOZED : 0;
	shelf_wait(release->shelf, &waiting);
}

static void
push(struct release *release, const struct leaving *leaving)
{
	const struct shelf_job *job = leaving->job;
	char service[PUSH_SERVICE_MAX];

	provider_service(&leaving->place->device, release->settings, service);
	shelf_release(release->shelf, job, service,
	    job->reason == REASON_SNOOZED ? REASON_NONE : job->reason,
	    release->at->now_ms);
}

static void
release_alone(struct release *release, const struct shelf_job *job)
{
	struct leaving leaving = { .job = job };
	struct ruling ruling = judge(release, &leaving);

	switch (ruling.action) {
	case ACTION_PUSH:
		push(release, &leaving);
		return;
	case ACTION_HOLD:
	case ACTION_DEFER:
		wait_on(release, job, &ruling);
		return;
	case ACTION_DROP:
		break;
	}
	if (!is_reminder(job) ||
	    !remind_later(release, &leaving, ruling.reason))
		drop(release, job, &ruling);
}

/* The wishes may have changed.
 * Returns: whether it is still to be told of. */
static bool
look_again(struct release *release, const struct shelf_job *job)
{
	struct leaving leaving = { .job = job };
	struct ruling ruling = judge(release, &leaving);

	switch (ruling.action) {
	case ACTION_DROP:
		drop(release, job, &ruling);
		return false;
	case ACTION_DEFER:
	case ACTION_HOLD:
		wait_on(release, job, &ruling);
		return false;
	case ACTION_PUSH:
		break;
	}
	return true;
}

static bool
is_deferred(const struct shelf_job *job)
{
	return job->stage == STAGE_QUIET || job->stage == STAGE_RATE;
}

/* One that carries another digest leaves with that. */
static void
fold(struct release *release, struct release_digest *digest, int64_t id)
{
	struct shelf_job *carrier = &digest->carrier;
	struct shelf_job job;

	if (id == carrier->id || !shelf_find(release->shelf, id, &job) ||
	    !is_deferred(&job) || job.due_ms > release->at->now_ms)
		return;
	if (is_alone(&job)) {
		release_alone(release, &job);
		return;
	}
	if ((job.digest != 0 && carrier->id != 0) || !look_again(release, &job))
		return;
	if (carrier->id == 0) {
		*carrier = job;
		return;
	}
	shelf_carry(release->shelf, carrier->id);
	shelf_fold(release->shelf, id,
	    carrier->digest != 0 ? carrier->digest : carrier->id);
}

/* It was judged when it was found, and the wishes may have changed since. */
static void
release_carrier(struct release *release, const struct release_digest *digest)
{
	const struct shelf_job *carrier = &digest->carrier;
	const struct place *place;
	int64_t expires_ms = carrier->expires_ms;
	char service[PUSH_SERVICE_MAX];

	if (digest->is_resumed && !look_again(release, carrier))
		return;
	place =
	    registry_device(release->registry, carrier->user, carrier->device);
	if (expires_ms == 0)
		expires_ms = release->at->now_ms + DIGEST_TTL_MS;
	provider_service(&place->device, release->settings, service);
	shelf_release_digest(release->shelf, carrier->id, service,
	    release->at->now_ms, expires_ms);
}

/* The one that has begun to carry them goes on, if it is still to be told of. */
static void
begin_digest(struct release *release, const struct shelf_job *of)
{
	struct release_digest *digest = &release->digest;
	int64_t now_ms = release->at->now_ms;

	*digest = (struct release_digest){ .is_begun = true };
	if (!shelf_carrying(release->shelf, of, now_ms, &digest->carrier) ||
	    is_alone(&digest->carrier) ||
	    !look_again(release, &digest->carrier))
		digest->carrier.id = 0;
	shelf_deferred(release->shelf, of, now_ms, &digest->slice);
}

/* In another transaction: it may have been answered since. */
static void
resume_digest(struct release *release)
{
	struct release_digest *digest = &release->digest;
	struct shelf_job *carrier = &digest->carrier;

	digest->is_resumed = true;
	if (carrier->id != 0 &&
	    (!shelf_find(release->shelf, carrier->id, carrier) ||
	        !is_deferred(carrier)))
		carrier->id = 0;
}

/* At least one of them. While there are more than fit into a slice, the carrier stays
 * where it is, and is found again.
 * Returns: how many jobs were looked at. */
static size_t
release_digest(struct release *release)
{
	struct release_digest *digest = &release->digest;
	size_t before = digest->done;
	bool is_whole = digest->slice.count < OUTBOX_SLICE;

	while (digest->done < digest->slice.count) {
		fold(release, digest, digest->slice.ids[digest->done++]);
		if (outbox_is_long(release->outbox))
			break;
	}
	if (digest->done == digest->slice.count) {
		if (is_whole && digest->carrier.id != 0)
			release_carrier(release, digest);
		digest->is_begun = false;
	}
	return digest->done - before + 1;
}

static void
release_due(struct release *release)
{
	struct shelf_job job;
	size_t done = 0;

	if (release->digest.is_begun) {
		resume_digest(release);
		done += release_digest(release);
	}
	while (done < OUTBOX_SLICE && !outbox_is_long(release->outbox) &&
	    shelf_due(release->shelf, release->at->now_ms, &job)) {
		if (is_alone(&job)) {
			release_alone(release, &job);
			done++;
		} else {
			begin_digest(release, &job);
			done += release_digest(release);
		}
	}
}

struct hurry {
	struct hurry *next;
	struct shelf_job after; /* stage, user and device; id = how far */
};

/* A reminder is judged when it comes. */
static void
look_at_held(struct release *release, int64_t id)
{
	struct shelf_job job;

	if (shelf_find(release->shelf, id, &job) && !is_reminder(&job) &&
	    registry_device(release->registry, job.user, job.device) != NULL)
		(void)look_again(release, &job);
}

/* A slice of what is held.
 * Returns: the last one looked at; 0 = there are no more. */
static int64_t
look_at_all(struct release *release, const struct shelf_job *after)
{
	struct shelf_slice slice;
	size_t done = 0;

	shelf_held(release->shelf, after, &slice);
	while (done < slice.count) {
		look_at_held(release, slice.ids[done++]);
		if (outbox_is_long(release->outbox))
			break;
	}
	return done > 0 && (done < slice.count || done == OUTBOX_SLICE)
	    ? slice.ids[done - 1]
	    : 0;
}

static bool
has_held(struct release *release, const struct shelf_job *after)
{
	struct shelf_slice slice;

	outbox_begin(release->outbox);
	shelf_held(release->shelf, after, &slice);
	outbox_commit(release->outbox);
	return slice.count > 0;
}

/* A slice; what is left comes later. */
static void
hurry(struct release *release, struct hurry *wish)
{
	outbox_begin(release->outbox);
	wish->after.id = wish->after.stage == STAGE_DELAY
	    ? look_at_all(release, &wish->after)
	    : shelf_hurry(release->shelf, &wish->after, release->at->now_ms);
	outbox_commit(release->outbox);
	release_notice(release, 0);
}

static void
hurry_device(struct release *release, const struct hurry *wish)
{
	struct hurry now = *wish;
	struct hurry *later;

	/* What is known may still be coming in: nothing is dropped for that. And a
	 * transaction that is open is somebody else's. */
	if (now.after.stage == STAGE_DELAY) {
		if (!has_held(release, &now.after))
			return;
	} else if (!outbox_has_begun(release->outbox)) {
		hurry(release, &now);
		if (now.after.id == 0)
			return;
	}
	for (later = release->hurries; later != NULL; later = later->next) {
		if (later->after.stage == now.after.stage &&
		    strcmp(later->after.user, now.after.user) == 0 &&
		    strcmp(later->after.device, now.after.device) == 0)
			break;
	}
	if (later == NULL) {
		later = calloc(1, sizeof(*later));
		if (later == NULL)
			return;
		later->next = release->hurries;
		release->hurries = later;
		release_notice(release, 0);
	}
	later->after = now.after;
}

void
release_hurry(struct release *release, enum stage stage, const char *user,
    const char *device)
{
	const struct person *person = registry_person(release->registry, user);
	const struct place *place = person != NULL ? person->places : NULL;
	struct hurry wish = { .after = { .stage = stage } };

	(void)snprintf(wish.after.user, sizeof(wish.after.user), "%s", user);
	for (; place != NULL; place = place->next) {
		if (device != NULL && strcmp(device, place->name) != 0)
			continue;
		(void)snprintf(wish.after.device, sizeof(wish.after.device),
		    "%s", place->name);
		hurry_device(release, &wish);
	}
}

static void
hurry_next(struct release *release)
{
	struct hurry *wish = release->hurries;

	if (wish == NULL)
		return;
	hurry(release, wish);
	if (wish->after.id != 0)
		return;
	release->hurries = wish->next;
	free(wish);
}

bool
release_run(struct release *release)
{
	if (!timer_is_due(&release->next))
		return false;
	hurry_next(release);
	outbox_begin(release->outbox);
	release_due(release);
	timer_set(&release->next,
	    release->hurries != NULL || release->digest.is_begun
	        ? 0
	        : shelf_next_due(release->shelf));
	outbox_commit(release->outbox);
	post_flush(release->post);
	return true;
}

void
release_finish(struct release *release)
{
	struct hurry *wish;

	while ((wish = release->hurries) != NULL) {
		release->hurries = wish->next;
		free(wish);
	}
}
