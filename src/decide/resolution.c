#include "decide/resolution.h"

#include "core/resolve.h"
#include "core/rules.h"
#include "io/jobs.h"
#include "push/provider.h"

#include <stdio.h>
#include <string.h>

static void
tell(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	post_receipt(resolution->post,
	    &(struct receipt){
	        .user = job->user,
	        .event = job->event_id,
	        .device = job->device,
	        .state = "suppressed",
	        .reason = reason_str(reason),
	        .ts_ms = resolution->at->now_ms,
	        .arrived_ms = job->arrived_ms,
	    });
}

/* It is about to be pushed, or is just being pushed: who pushes it sees. */
static void
cancel(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	const struct place *place =
	    registry_device(resolution->registry, job->user, job->device);
	char service[PUSH_SERVICE_MAX];

	if (job->withdraws)
		return;
	if (place != NULL) {
		provider_service(&place->device, resolution->settings, service);
		shelf_pass_on(resolution->shelf, job, service,
		    resolution->at->now_ms);
	}
	shelf_cancel(resolution->shelf, job->id, (int)reason,
	    resolution->at->now_ms);
}

static void
withdraw(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	const struct place *place =
	    registry_device(resolution->registry, job->user, job->device);

	const struct provider *provider =
	    place != NULL ? provider_find(place->device.service) : NULL;
	char service[PUSH_SERVICE_MAX];

	if (provider == NULL || provider->cannot_withdraw) {
		jobs_settle(resolution->outbox, job->id);
		return;
	}
	provider_service(&place->device, resolution->settings, service);
	shelf_withdraw(resolution->shelf, job->id, service, (int)reason,
	    resolution->at->now_ms);
}

static bool
is_ask(const struct shelf_job *job)
{
	return kind_class((enum kind)job->kind) == CLASS_ANSWER;
}

/* What is answered before it was pushed, by a rule of the agent for example,
 * took a token for nothing. */
static void
give_token_back(struct resolution *resolution, const struct shelf_job *job)
{
	struct person *person =
	    registry_find_person(resolution->registry, job->user);
	struct place *place =
	    registry_find_place(resolution->registry, job->user, job->device);

	if (place == NULL || !is_ask(job) ||
	    (job->stage != STAGE_DELAY && job->stage != STAGE_PRESENCE))
		return;
	rate_give(rules_rate(registry_wishes(person, place),
	              (enum kind)job->kind),
	    rules_bucket(place, (enum kind)job->kind));
	place->is_bucket_new = true;
	registry_touch(resolution->registry, person);
}

static void
end(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	switch (job->stage) {
	case STAGE_READY:
		cancel(resolution, job, reason);
		return;
	case STAGE_SHOWN:
		withdraw(resolution, job, reason);
		return;
	case STAGE_DONE:
		return;
	case STAGE_DELAY:
	case STAGE_PRESENCE:
	case STAGE_QUIET:
	case STAGE_RATE:
	case STAGE_FOLDED:
		break;
	}
	/* A reminder that does not come is no news: its event was pushed. */
	if (job->reason != REASON_REMINDER) {
		tell(resolution, job, reason);
		give_token_back(resolution, job);
	}
	if (job->stage != STAGE_FOLDED)
		shelf_pass_on(resolution->shelf, job, "",
		    resolution->at->now_ms);
	jobs_settle(resolution->outbox, job->id);
}

/* The names of an event as the outbox has them. */
static struct pending
pending_of(const struct resolution *resolution, const char *user,
    const struct event *event)
{
	return (struct pending){
		.kind = event->kind,
		.thread =
		    outbox_number(resolution->outbox, user, event->session_id),
		.request =
		    outbox_number(resolution->outbox, user, event->request_id),
	};
}

/* One less waits. Where the count is old it is made anew later. */
static void
count_off(struct resolution *resolution, const char *user,
    const struct people_ask *ask)
{
	struct person *person =
	    registry_find_person(resolution->registry, user);
	int64_t now_ms = resolution->at->now_ms;

	if (person != NULL && person->waiting > 0 &&
	    person->waiting_until_ms > now_ms && ask->expires_ms > now_ms)
		person->waiting--;
}

static void
end_ask(struct resolution *resolution, const struct resolution_case *subject,
    const struct pending *ends, int64_t seq)
{
	struct people_ask ask;
	struct pending pending;

	if (!people_find_ask(resolution->people, seq, &ask))
		return;
	pending = (struct pending){
		.kind = (enum kind)ask.kind,
		.thread = ask.thread,
		.request = ask.request,
	};
	if (!resolve_ends(ends, &pending))
		return;
	people_remove_ask(resolution->people, seq);
	count_off(resolution, subject->user, &ask);
}

static void
end_job(struct resolution *resolution, const struct resolution_case *subject,
    const struct pending *ends, int64_t id)
{
	struct shelf_job job;
	struct pending pending;

	if (BEHIND_IS_ASK(id)) {
		end_ask(resolution, subject, ends, id >> 8);
		return;
	}
	if (!shelf_find(resolution->shelf, id, &job))
		return;
	pending = (struct pending){
		.kind = (enum kind)job.kind,
		.thread = job.thread,
		.request = job.request,
	};
	if (resolve_ends(ends, &pending))
		end(resolution, &job, REASON_RESOLVED);
}

/* The next of them.
 * Out:     id  0 = it is one that does not matter
 * Returns: false = there are no more. */
static bool
next(struct resolution *resolution, const struct resolution_case *subject,
    const struct pending *ends, struct resolution_course *course, int64_t *id)
{
	/* What goes by the session alone goes by any request. */
	bool has_request = ends->kind != KIND_SESSION_BUSY &&
	    ends->kind != KIND_SESSION_DELETED;
	struct shelf_job like = {
		.thread = ends->thread,
		.request = has_request ? ends->request : 0,
	};

	*id = 0;
	(void)snprintf(like.user, sizeof(like.user), "%s", subject->user);
	if (like.thread == 0 && like.request == 0)
		return false;
	if (course->done == course->slice.count) {
		course->done = course->slice.count = 0;
		if (!shelf_search(resolution->shelf, &like, &course->cursor,
		        &course->slice))
			return false;
	}
	if (course->done < course->slice.count)
		*id = course->slice.ids[course->done++];
	if (*id >> 8 >= subject->seq)
		*id = 0;
	return true;
}

/* As many of them as one transaction takes.
 * Returns: whether those were the last. */
static bool
end_jobs(struct resolution *resolution, const struct resolution_case *subject,
    const struct pending *ends, struct resolution_course *course)
{
	int64_t id;

	while (next(resolution, subject, ends, course, &id)) {
		if (id != 0)
			end_job(resolution, subject, ends, id);
		if (outbox_is_long(resolution->outbox))
			return false;
	}
	return true;
}

bool
resolution_apply(struct resolution *resolution,
    const struct resolution_case *subject, struct resolution_course *course)
{
	const struct pending ends =
	    pending_of(resolution, subject->user, subject->event);
	bool is_done =
	    jobs_write_down_user(resolution->outbox, subject->user) &&
	    end_jobs(resolution, subject, &ends, course);

	course->is_long |= !is_done;
	return is_done;
}

/* A request that waits is not pushed for now: it comes as a reminder, where the
 * person wants any. */
static void
put_off(struct resolution *resolution, const struct shelf_job *job,
    int64_t wait_ms)
{
	struct shelf_job later = *job;

	tell(resolution, job, REASON_SEEN);
	if (job->stage != STAGE_FOLDED)
		shelf_pass_on(resolution->shelf, job, "",
		    resolution->at->now_ms);
	later.stage = STAGE_DELAY;
	later.due_ms = resolution->at->now_ms + wait_ms;
	later.reason = REASON_REMINDER;
	later.round = 1;
	later.digest = 0;
	shelf_wait(resolution->shelf, &later);
	release_notice(resolution->release, later.due_ms);
}

static int64_t
remind_in_ms(const struct resolution *resolution, const struct shelf_job *job)
{
	const struct place *place =
	    registry_device(resolution->registry, job->user, job->device);

	if (place == NULL || !is_ask(job))
		return 0;
	return rules_remind_in_ms(
	    registry_wishes(registry_person(resolution->registry, job->user),
	        place),
	    (enum kind)job->kind, 0);
}

/* It may have been open for a moment only: what comes later for a request still
 * does, and what is on its way arrives. */
static void
glance(struct resolution *resolution, const struct shelf_job *job)
{
	int64_t wait_ms = remind_in_ms(resolution, job);

	if (job->stage == STAGE_SHOWN || wait_ms == 0)
		end(resolution, job, REASON_SEEN);
	else if (job->stage != STAGE_READY && job->stage != STAGE_DONE &&
	    job->reason != REASON_REMINDER && job->reason != REASON_ESCALATE)
		put_off(resolution, job, wait_ms);
}

static void
see(struct resolution *resolution, const struct ack *ack, int64_t id)
{
	struct shelf_job job;

	if (!shelf_find(resolution->shelf, id, &job) ||
	    (job.stage == STAGE_SHOWN && strcmp(job.device, ack->device) == 0))
		return;
	if (ack->open_s >= ACK_SEEN_S)
		end(resolution, &job, REASON_SEEN);
	else
		glance(resolution, &job);
}

bool
resolution_see(struct resolution *resolution, const char *user,
    const struct ack *ack)
{
	int64_t seq = shelf_event_of(resolution->shelf,
	    outbox_number(resolution->outbox, user, ack->event));
	struct shelf_slice slice;

	if (!jobs_write_down_user(resolution->outbox, user))
		return false;
	shelf_of_event(resolution->shelf, seq, &slice);
	for (size_t i = 0; seq != 0 && i < slice.count; i++)
		see(resolution, ack, slice.ids[i]);
	return true;
}
