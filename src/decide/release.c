#include "decide/release.h"

#include "base/attr.h"
#include "core/rules.h"
#include "io/outbox.h"
#include "push/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_TTL_MS 86400000 /* what waited is not worthless at once */

void
release_notice(struct release *release, int64_t due_ms)
{
	if (due_ms < release->next_due_ms)
		release->next_due_ms = due_ms;
}

static void
tell(struct release *release, const struct shelf_job *job, const char *state,
    const struct ruling *ruling)
{
	struct buf preference;

	buf_init(&preference, PREFERENCES_PATH_MAX);
	if (ruling->preference != RULES_NO_PREFERENCE)
		preferences_path(ruling->preference, &preference);
	post_receipt(release->post,
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
	            ruling->action == ACTION_DEFER ? ruling->until_ms : 0,
	        .ts_ms = release->at->now_ms,
	        .latency_ms = -1,
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
	shelf_remove(release->shelf, job->id);
}

static void
drop_for(struct release *release, const struct shelf_job *job,
    enum reason reason)
{
	const struct ruling ruling = {
		.action = ACTION_DROP,
		.reason = reason,
		.preference = RULES_NO_PREFERENCE,
	};

	drop(release, job, &ruling);
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
	shelf_release(release->shelf, job->id, service, release->at->now_ms);
}

/* The deferred jobs of one device that are due. */
struct digest {
	const struct person *person;
	const struct place *place;
	int64_t now_ms;
	struct shelf_job carrier; /* the newest */
};

/* The wishes may have changed.
 * Returns: whether it is still to be told of. */
static bool
look_again(struct release *release, const struct digest *digest,
    const struct shelf_job *job)
{
	struct ruling ruling;

	if (digest->place == NULL) {
		drop_for(release, job, REASON_NO_DEVICE);
		return false;
	}
	if (job->expires_ms > 0 && job->expires_ms <= digest->now_ms) {
		drop_for(release, job, REASON_EXPIRED);
		return false;
	}
	ruling = rules_apply_deferred((enum kind)job->kind, digest->person,
	    digest->place, digest->now_ms);
	switch (ruling.action) {
	case ACTION_DROP:
		drop(release, job, &ruling);
		return false;
	case ACTION_DEFER:
		tell(release, job, "deferred", &ruling);
		shelf_defer(release->shelf, job->id, ruling.until_ms);
		return false;
	case ACTION_PUSH:
	case ACTION_HOLD:
		break;
	}
	return true;
}

static void
fold(struct release *release, const struct digest *digest, int64_t id)
{
	struct shelf_job job;

	if (id == digest->carrier.id || !shelf_find(release->shelf, id, &job) ||
	    !look_again(release, digest, &job))
		return;
	shelf_carry(release->shelf, digest->carrier.id);
	shelf_fold(release->shelf, id,
	    digest->carrier.digest != 0 ? digest->carrier.digest
	                                : digest->carrier.id);
}

static void
release_carrier(struct release *release, const struct digest *digest)
{
	const struct shelf_job *carrier = &digest->carrier;
	int64_t expires_ms = carrier->expires_ms;
	char service[PUSH_SERVICE_MAX];

	if (expires_ms == 0)
		expires_ms = digest->now_ms + DIGEST_TTL_MS;
	provider_service(&digest->place->device, release->settings, service);
	shelf_release_digest(release->shelf, carrier->id, service,
	    digest->now_ms, expires_ms);
}

/* A slice of it: while there are more than fit into one, the carrier stays where
 * it is, and is found again.
 * Returns: how many jobs were looked at. */
static size_t
release_digest(struct release *release, const struct shelf_job *first)
{
	struct digest digest = {
		.person = registry_person(release->registry, first->user),
		.place = registry_device(release->registry, first->user,
		    first->device),
		.now_ms = release->at->now_ms,
		.carrier = *first,
	};
	struct shelf_job begin = *first;
	struct shelf_slice slice;

	if (!shelf_newest_deferred(release->shelf, digest.now_ms,
	        &digest.carrier) ||
	    !look_again(release, &digest, &digest.carrier))
		return 1;
	begin.id = 0;
	shelf_deferred(release->shelf, &begin, digest.now_ms, &slice);
	for (size_t i = 0; i < slice.count; i++)
		fold(release, &digest, slice.ids[i]);
	if (slice.count < OUTBOX_SLICE)
		release_carrier(release, &digest);
	return slice.count;
}

static void
release_due(struct release *release)
{
	struct shelf_job job;

	for (size_t done = 0; done < OUTBOX_SLICE &&
	     shelf_due(release->shelf, release->at->now_ms, &job);) {
		if (job.stage == STAGE_DELAY || job.stage == STAGE_PRESENCE) {
			release_held(release, &job);
			done++;
		} else {
			done += release_digest(release, &job);
		}
	}
}

struct hurry {
	struct hurry *next;
	struct shelf_job after; /* stage, user and device; id = how far */
};

/* A slice; what is left comes later. */
static void
hurry(struct release *release, struct hurry *wish)
{
	outbox_begin(release->outbox);
	wish->after.id =
	    shelf_hurry(release->shelf, &wish->after, release->at->now_ms);
	outbox_commit(release->outbox);
	release_notice(release, 0);
}

static void
hurry_device(struct release *release, const struct hurry *wish)
{
	struct hurry now = *wish;
	struct hurry *later;

	hurry(release, &now);
	if (now.after.id == 0)
		return;
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
	hurry_next(release);
	if (release->next_due_ms > release->at->now_ms)
		return false;
	outbox_begin(release->outbox);
	release_due(release);
	release->next_due_ms = shelf_next_due(release->shelf);
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

int
release_wait_ms(const struct release *release, int limit_ms)
{
	int64_t wait_ms = release->next_due_ms - release->at->now_ms;

	if (wait_ms < 0 || release->hurries != NULL)
		return 0;
	return wait_ms < limit_ms ? (int)wait_ms : limit_ms;
}
