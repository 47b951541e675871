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
static enum status
hand_over(struct resolution *resolution, const struct shelf_job *job,
    const char *service)
{
	struct shelf *shelf = resolution->shelf;
	struct shelf_job heir = { .id = 0 };
	int64_t now_ms = clock_now_ms();
	enum status status = shelf_next_folded(shelf, job->id, &heir);

	if (status != STATUS_OK || heir.id == 0)
		return status;
	status = shelf_release_digest(shelf, heir.id, service, now_ms,
	    job->expires_ms);
	if (status == STATUS_OK)
		status = shelf_refold(shelf, job->id, heir.id);
	return status;
}

/* It is about to be pushed, or is just being pushed: who pushes it sees. */
static enum status
cancel(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	const struct place *place =
	    registry_device(resolution->registry, job->user, job->device);
	char service[PUSH_SERVICE_MAX];
	enum status status = STATUS_OK;

	if (job->withdraws)
		return STATUS_OK;
	if (place != NULL) {
		provider_service(&place->device, resolution->settings, service);
		status = hand_over(resolution, job, service);
	}
	if (status == STATUS_OK)
		status = shelf_cancel(resolution->shelf, job->id, (int)reason,
		    clock_now_ms());
	return status;
}

static enum status
withdraw(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	const struct place *place =
	    registry_device(resolution->registry, job->user, job->device);

	const struct provider *provider =
	    place != NULL ? provider_find(place->device.service) : NULL;
	char service[PUSH_SERVICE_MAX];

	if (provider == NULL || provider->cannot_withdraw)
		return shelf_remove(resolution->shelf, job->id);
	provider_service(&place->device, resolution->settings, service);
	return shelf_withdraw(resolution->shelf, job->id, service, (int)reason,
	    clock_now_ms());
}

static enum status
end(struct resolution *resolution, const struct shelf_job *job,
    enum reason reason)
{
	switch (job->stage) {
	case STAGE_READY:
		return cancel(resolution, job, reason);
	case STAGE_SHOWN:
		return withdraw(resolution, job, reason);
	case STAGE_DELAY:
	case STAGE_PRESENCE:
	case STAGE_QUIET:
	case STAGE_RATE:
	case STAGE_FOLDED:
		break;
	}
	tell(resolution, job, reason);
	return shelf_remove(resolution->shelf, job->id);
}

static enum status
end_jobs(struct resolution *resolution, const char *user,
    const struct event *event)
{
	struct shelf_job job = { .id = 0 };
	enum status status = STATUS_OK;

	(void)snprintf(job.user, sizeof(job.user), "%s", user);
	if (event->session_id != NULL)
		(void)snprintf(job.thread, sizeof(job.thread), "%s",
		    event->session_id);
	while (status == STATUS_OK) {
		struct pending pending;

		status = event->session_id != NULL
		    ? shelf_next_of_thread(resolution->shelf, &job)
		    : shelf_next_of_user(resolution->shelf, &job);
		if (status != STATUS_OK || job.id == 0)
			break;
		pending = (struct pending){
			.kind = (enum kind)job.kind,
			.thread = job.thread,
			.request = job.request,
		};
		if (resolve_ends(event, &pending))
			status = end(resolution, &job, REASON_RESOLVED);
	}
	return status;
}

static enum status
end_asks(struct resolution *resolution, const char *user,
    const struct event *event)
{
	struct people_ask ask = { .event = "" };
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		struct pending pending;

		status = people_next_ask(resolution->people, user, &ask);
		if (status != STATUS_OK || *ask.event == '\0')
			break;
		pending = (struct pending){
			.kind = (enum kind)ask.kind,
			.thread = ask.thread,
			.request = ask.request,
		};
		if (resolve_ends(event, &pending))
			status = people_remove_ask(resolution->people, user,
			    ask.event);
	}
	return status;
}

enum status
resolution_apply(struct resolution *resolution, const char *user,
    const struct event *event)
{
	enum status status = end_jobs(resolution, user, event);

	if (status == STATUS_OK)
		status = end_asks(resolution, user, event);
	return status;
}

enum status
resolution_see(struct resolution *resolution, const char *user,
    const char *event, const char *device)
{
	struct shelf_job job = { .id = 0 };
	int64_t seq = 0;
	enum status status;

	(void)snprintf(job.user, sizeof(job.user), "%s", user);
	status =
	    shelf_find_event(resolution->shelf, user, event, &seq, job.thread);
	while (status == STATUS_OK && seq != 0) {
		bool is_there;

		status = shelf_next_of_thread(resolution->shelf, &job);
		if (status != STATUS_OK || job.id == 0)
			break;
		is_there = job.stage == STAGE_SHOWN && device != NULL &&
		    strcmp(job.device, device) == 0;
		if (job.seq == seq && !is_there)
			status = end(resolution, &job, REASON_SEEN);
	}
	return status;
}
