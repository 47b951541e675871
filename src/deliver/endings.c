#include "deliver/endings.h"

#include "core/rules.h"
#include "io/jobs.h"
#include "push/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More is settled than one transaction takes: the members of a digest, or the
 * jobs of a device that is gone. */
struct ending {
	struct ending *next;
	int64_t digest; /* 0 = it is about a device */
	int64_t seq;    /* the last event that the device had to do with */
	int64_t looked; /* at this job last, of everybody's */
	char user[65];
	char device[65];
	struct receipt receipt; /* for the members; its texts are below */
	char state[16];
	char reason[PUSH_REASON_MAX];
	char service[16];
};

/* A slice of its members.
 * Returns: whether it was the last. */
static bool
end_members(struct endings *endings, int64_t digest,
    const struct receipt *receipt)
{
	struct receipt told = *receipt;
	struct shelf_slice slice;

	told.kind = told.title = NULL; /* the carrier's */
	shelf_folded(endings->shelf, digest, &slice);
	for (size_t i = 0; i < slice.count; i++) {
		struct shelf_job job;

		if (shelf_find(endings->shelf, slice.ids[i], &job)) {
			told.user = job.user;
			told.device = job.device;
			told.event = job.event_id;
			told.arrived_ms = job.arrived_ms;
			post_receipt(endings->post, &told);
		}
		jobs_settle(endings->outbox, slice.ids[i]);
	}
	return slice.count < OUTBOX_SLICE;
}

static const char *
keep_text(char *to, size_t size, const char *text)
{
	if (text == NULL)
		return NULL;
	(void)snprintf(to, size, "%s", text);
	return to;
}

static void
append(struct endings *endings, struct ending *ending)
{
	if (endings->first == NULL)
		endings->last = &endings->first;
	*endings->last = ending;
	endings->last = &ending->next;
}

/* The rest comes later. Without memory it does after a restart. */
static void
end_later(struct endings *endings, int64_t digest,
    const struct receipt *receipt)
{
	struct ending *ending = calloc(1, sizeof(*ending));

	if (ending == NULL)
		return;
	ending->digest = digest;
	ending->receipt = *receipt;
	ending->receipt.detail = NULL;
	ending->receipt.title = NULL;
	ending->receipt.state =
	    keep_text(ending->state, sizeof(ending->state), receipt->state);
	ending->receipt.reason =
	    keep_text(ending->reason, sizeof(ending->reason), receipt->reason);
	ending->receipt.service = keep_text(ending->service,
	    sizeof(ending->service), receipt->service);
	append(endings, ending);
}

/* A slice of the jobs of a device that is gone.
 * Returns: whether it was the last. */
static bool
end_device(struct endings *endings, struct ending *ending)
{
	int64_t after = ending->looked;

	ending->looked = jobs_settle_device(endings->outbox, ending->user,
	    ending->device, after, ending->seq);
	return ending->looked == after;
}

/* One that is gone again before its jobs are settled: from the first one on. */
static struct ending *
find_device(struct endings *endings, const char *user, const char *device)
{
	struct ending *ending = endings->first;

	while (ending != NULL &&
	    (ending->digest != 0 || strcmp(ending->user, user) != 0 ||
	        strcmp(ending->device, device) != 0))
		ending = ending->next;
	return ending;
}

/* One that registers under the same name meanwhile has jobs of its own. */
void
endings_of_device(struct endings *endings, const char *user, const char *device)
{
	struct ending *ending = find_device(endings, user, device);
	int64_t decided;

	if (ending == NULL) {
		ending = calloc(1, sizeof(*ending));
		if (ending == NULL)
			return;
		(void)snprintf(ending->user, sizeof(ending->user), "%s", user);
		(void)snprintf(ending->device, sizeof(ending->device), "%s",
		    device);
		append(endings, ending);
	}
	ending->looked = 0;
	outbox_extent(endings->outbox, &decided, &ending->seq);
}

void
endings_run(struct endings *endings)
{
	struct ending *ending = endings->first;
	bool is_over;

	if (ending == NULL)
		return;
	outbox_begin(endings->outbox);
	is_over = ending->digest != 0
	    ? end_members(endings, ending->digest, &ending->receipt)
	    : end_device(endings, ending);
	outbox_commit(endings->outbox);
	post_flush(endings->post);
	if (!is_over)
		return;
	endings->first = ending->next;
	free(ending);
}

void
endings_of_digest(struct endings *endings, int64_t digest,
    const struct receipt *receipt)
{
	if (!end_members(endings, digest, receipt))
		end_later(endings, digest, receipt);
}

void
endings_find(struct endings *endings, int64_t now_ms)
{
	const struct receipt receipt = {
		.state = "pushed",
		.reason = reason_str(REASON_DIGEST),
		.ts_ms = now_ms,
	};
	int64_t digest = 0;

	while ((digest = shelf_orphaned(endings->shelf, digest)) != 0)
		end_later(endings, digest, &receipt);
}

void
endings_drop(struct endings *endings)
{
	struct ending *ending;

	while ((ending = endings->first) != NULL) {
		endings->first = ending->next;
		free(ending);
	}
}
