#include "resolution.h"

#include "core/decide.h"
#include "core/resolve.h"
#include "io/clock.h"
#include "push/provider.h"

#include <stdio.h>
#include <string.h>

static void
tell(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	int64_t now_ms = clock_now_ms();

	post_receipt(resolution->post,
	    &(struct receipt){
	        .user = job->user,
	        .event = job->event_id,
	        .device = job->device,
	        .state = "suppressed",
	        .reason = reason_str(reason),
	        .ts_ms = now_ms,
	        .latency_ms = now_ms - job->arrived_ms,
	    });
}

/* What it carries is carried by the newest of the others. */
static void
hand_over(struct resolution *resolution, const struct shelf_job *job,
    const char *service)
{
	struct shelf *shelf = resolution->shelf;
	struct shelf_job heir = { .id = 0 };

	if (!shelf_next_folded(shelf, job->id, &heir))
		return;
	shelf_release_digest(shelf, heir.id, service, clock_now_ms(),
	    job->expires_ms);
	shelf_refold(shelf, job->id, heir.id);
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
		hand_over(resolution, job, service);
	}
	shelf_cancel(resolution->shelf, job->id, (int)reason, clock_now_ms());
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
		shelf_remove(resolution->shelf, job->id);
		return;
	}
	provider_service(&place->device, resolution->settings, service);
	shelf_withdraw(resolution->shelf, job->id, service, (int)reason,
	    clock_now_ms());
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
	case STAGE_DELAY:
	case STAGE_PRESENCE:
	case STAGE_QUIET:
	case STAGE_RATE:
	case STAGE_FOLDED:
		break;
	}
	tell(resolution, job, reason);
	shelf_remove(resolution->shelf, job->id);
}

static void
end_jobs(struct resolution *resolution, const char *user,
    const struct event *event)
{
	struct shelf_job job = { .id = 0 };

	(void)snprintf(job.user, sizeof(job.user), "%s", user);
	if (event->session_id != NULL)
		(void)snprintf(job.thread, sizeof(job.thread), "%s",
		    event->session_id);
	while (event->session_id != NULL
	        ? shelf_next_of_thread(resolution->shelf, &job)
	        : shelf_next_of_user(resolution->shelf, &job)) {
		const struct pending pending = {
			.kind = (enum kind)job.kind,
			.thread = job.thread,
			.request = job.request,
		};

		if (resolve_ends(event, &pending))
			end(resolution, &job, REASON_RESOLVED);
	}
}

static void
end_asks(struct resolution *resolution, const char *user,
    const struct event *event)
{
	struct people_ask ask = { .event = "" };

	while (people_next_ask(resolution->people, user, &ask)) {
		const struct pending pending = {
			.kind = (enum kind)ask.kind,
			.thread = ask.thread,
			.request = ask.request,
		};

		if (resolve_ends(event, &pending))
			people_remove_ask(resolution->people, user, ask.event);
	}
}

void
resolution_apply(struct resolution *resolution, const char *user,
    const struct event *event)
{
	end_jobs(resolution, user, event);
	end_asks(resolution, user, event);
}

void
resolution_see(struct resolution *resolution, const char *user,
    const char *event, const char *device)
{
	struct shelf_job job = { .id = 0 };
	int64_t seq =
	    shelf_find_event(resolution->shelf, user, event, job.thread);

	(void)snprintf(job.user, sizeof(job.user), "%s", user);
	while (seq != 0 && shelf_next_of_thread(resolution->shelf, &job)) {
		bool is_there = job.stage == STAGE_SHOWN && device != NULL &&
		    strcmp(job.device, device) == 0;

		if (job.seq == seq && !is_there)
			end(resolution, &job, REASON_SEEN);
	}
}
