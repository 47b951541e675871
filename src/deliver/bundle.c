#include "deliver/bundle.h"

#include "core/digest.h"
#include "core/notice.h"
#include "io/events.h"

#define LOOKS_MAX 8 /* events that are read for their names */

enum status
bundle_read(const struct outbox_event *stored, const char *id,
    struct event *event)
{
	const struct arrival arrival = {
		.payload = stored->payload,
		.len = stored->len,
		.at_ms = stored->arrived_ms,
		.expires_ms = stored->expires_ms,
		.id = id,
	};
	struct fault fault = { "" };

	return event_parse(&arrival, event, &fault);
}

/* What is asked in one session has one title: it is told by what it is. */
static bool
add_name(const struct event *event, const struct look *look,
    const struct digest_tally *tally, struct digest_names *names)
{
	struct notice notice;

	notice_write(event, look, &notice);
	return digest_name(names,
	    digest_is_one_matter(tally) && look->privacy == PRIVACY_FULL
	        ? notice.body
	        : notice.title);
}

/* Returns: whether there is room for more. */
static bool
add_member(struct delivery *delivery, int64_t id, const struct look *look,
    const struct digest_tally *tally, struct digest_names *names)
{
	struct outbox_event stored;
	struct shelf_job job;
	struct event event = { .root = NULL };
	bool has_room = true;

	if (!shelf_find(delivery->shelf, id, &job))
		return true;
	if (events_find(delivery->outbox, job.seq, &stored) &&
	    bundle_read(&stored, job.event_id, &event) == STATUS_OK)
		has_room = add_name(&event, look, tally, names);
	events_end(delivery->outbox);
	event_finish(&event);
	return has_room;
}

void
bundle_write(struct delivery *delivery, const struct outbox_job *job,
    const struct event *event, struct look *look, struct bundle *bundle)
{
	struct digest_names names = { .count = 0 };
	struct digest_tally tally = { .count = 0 };
	struct shelf_slice slice;

	buf_init(&bundle->title, DIGEST_MAX);
	buf_init(&bundle->names, DIGEST_TEXT_MAX);
	if (job->digest != 0 && !job->withdraws)
		shelf_tally(delivery->shelf, job->digest, &tally);
	if (tally.total < 2)
		return;
	shelf_folded(delivery->shelf, job->digest, &slice);
	(void)add_name(event, look, &tally, &names);
	for (size_t i = 0; i < slice.count && i < LOOKS_MAX; i++) {
		if (!add_member(delivery, slice.ids[i], look, &tally, &names))
			break;
	}
	digest_write_title(&tally, event->session_title, &bundle->title);
	digest_write_names(&names, tally.total, &bundle->names);
	look->digest = buf_text(&bundle->title);
	look->names = buf_text(&bundle->names);
}

void
bundle_finish(struct bundle *bundle)
{
	buf_finish(&bundle->title);
	buf_finish(&bundle->names);
}
