#include "release.h"

#include "base/attr.h"
#include "core/decide.h"
#include "io/clock.h"
#include "io/outbox.h"
#include "push/provider.h"

#define BATCH_MAX 256          /* in one transaction */
#define DIGEST_TTL_MS 86400000 /* what waited is not worthless at once */

void
release_notice(struct release *release, int64_t due_ms)
{
	if (due_ms < release->next_due_ms)
		release->next_due_ms = due_ms;
}

static void
tell(struct release *release, const struct shelf_job *job, const char *state,
    const struct decision *decision)
{
	struct buf preference;

	buf_init(&preference, PREFERENCES_PATH_MAX);
	if (decision->preference != DECIDE_NO_PREFERENCE)
		preferences_path(decision->preference, &preference);
	post_receipt(release->post,
	    &(struct receipt){
	        .user = job->user,
	        .event = job->event_id,
	        .device = job->device,
	        .state = state,
	        .reason = reason_str(decision->reason),
	        .preference = buf_text(&preference),
	        .layer = decision->preference != DECIDE_NO_PREFERENCE
	            ? layer_str(decision->layer)
	            : NULL,
	        .until_ms =
	            decision->action == ACTION_DEFER ? decision->until_ms : 0,
	        .ts_ms = clock_now_ms(),
	        .latency_ms = -1,
	    });
	buf_finish(&preference);
}

static void
drop(struct release *release, const struct shelf_job *job,
    const struct decision *decision)
{
	tell(release, job, "suppressed", decision);
	shelf_remove(release->shelf, job->id);
}

static void
drop_for(struct release *release, const struct shelf_job *job,
    enum reason reason)
{
	const struct decision decision = {
		.action = ACTION_DROP,
		.reason = reason,
		.preference = DECIDE_NO_PREFERENCE,
	};

	drop(release, job, &decision);
}

static void
release_held(struct release *release, const struct shelf_job *job)
{
	const struct place *place =
	    registry_device(release->registry, job->user, job->device);
	char service[PUSH_SERVICE_MAX];

	if (place == NULL) {
		drop_for(release, job, REASON_NO_DEVICE);
		return;
	}
	provider_service(&place->device, release->settings, service);
	shelf_release(release->shelf, job->id, service, clock_now_ms());
}

/* The deferred jobs of one device that are due. */
struct digest {
	const struct person *person;
	const struct place *place;
	int64_t now_ms;
	struct shelf_job carrier; /* the newest; id 0 = none */
};

/* Whether it is still to be told of: the wishes may have changed. */
static void
look_again(struct release *release, struct digest *digest,
    const struct shelf_job *job)
{
	struct decision decision;

	if (digest->place == NULL) {
		drop_for(release, job, REASON_NO_DEVICE);
		return;
	}
	if (job->expires_ms > 0 && job->expires_ms <= digest->now_ms) {
		drop_for(release, job, REASON_EXPIRED);
		return;
	}
	decision = decide_deferred((enum kind)job->kind, digest->person,
	    digest->place, digest->now_ms);
	switch (decision.action) {
	case ACTION_DROP:
		drop(release, job, &decision);
		return;
	case ACTION_DEFER:
		tell(release, job, "deferred", &decision);
		shelf_defer(release->shelf, job->id, decision.until_ms);
		return;
	case ACTION_PUSH:
	case ACTION_HOLD:
		break;
	}
	if (digest->carrier.id == 0 || job->seq > digest->carrier.seq)
		digest->carrier = *job;
}

static void
fold(struct release *release, const struct digest *digest,
    const struct shelf_job *job)
{
	int64_t expires_ms = job->expires_ms;
	char service[PUSH_SERVICE_MAX];

	if (job->id != digest->carrier.id) {
		shelf_fold(release->shelf, job->id, digest->carrier.id);
		return;
	}
	if (expires_ms == 0)
		expires_ms = digest->now_ms + DIGEST_TTL_MS;
	provider_service(&digest->place->device, release->settings, service);
	shelf_release_digest(release->shelf, job->id, service, digest->now_ms,
	    expires_ms);
}

/* Twice over the jobs: the first time finds out which one carries the rest. */
static void
release_digest(struct release *release, const struct shelf_job *first)
{
	struct digest digest = {
		.person = registry_person(release->registry, first->user),
		.place = registry_device(release->registry, first->user,
		    first->device),
		.now_ms = clock_now_ms(),
	};
	struct shelf_job job = *first;

	job.id = 0;
	while (shelf_next_deferred(release->shelf, digest.now_ms, &job))
		look_again(release, &digest, &job);
	job = *first;
	job.id = 0;
	while (shelf_next_deferred(release->shelf, digest.now_ms, &job))
		fold(release, &digest, &job);
}

static void
release_stage(struct release *release, enum stage stage)
{
	struct shelf_job job;

	for (int i = 0; i < BATCH_MAX &&
	     shelf_due(release->shelf, stage, clock_now_ms(), &job);
	     i++) {
		if (stage == STAGE_DELAY || stage == STAGE_PRESENCE)
			release_held(release, &job);
		else
			release_digest(release, &job);
	}
}

bool
release_run(struct release *release)
{
	static const enum stage stages[] = { STAGE_DELAY, STAGE_PRESENCE,
		STAGE_QUIET, STAGE_RATE };

	if (release->next_due_ms > clock_now_ms())
		return false;
	outbox_begin(release->outbox);
	for (size_t i = 0; i < COUNT_OF(stages); i++)
		release_stage(release, stages[i]);
	release->next_due_ms = shelf_next_due(release->shelf);
	outbox_commit(release->outbox);
	post_flush(release->post);
	return true;
}

int
release_wait_ms(const struct release *release, int limit_ms)
{
	int64_t wait_ms = release->next_due_ms - clock_now_ms();

	if (wait_ms < 0)
		return 0;
	return wait_ms < limit_ms ? (int)wait_ms : limit_ms;
}
