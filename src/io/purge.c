#include "io/purge.h"

#include "io/outbox_inside.h"

#define EVERY_MS 3600000

#define IDS COUNT_OF(((struct outbox *)NULL)->purged)

/* From their owners: jobs, and the events that none of them needs, and ids.
 * Returns: whether there is more of them. */
static bool
purge_table(struct outbox *outbox, int64_t now_ms)
{
	int64_t *cursor = &outbox->purged[outbox->purging];
	int64_t last;
	bool is_end;

	last = outbox->purging == 0 ? jobs_purge(outbox, *cursor, now_ms)
	                            : events_purge(outbox, *cursor);
	is_end = last == *cursor;
	*cursor = is_end ? INT64_MIN : last;
	return !is_end;
}

bool
purge_slice(struct outbox *outbox, int64_t now_ms)
{
	bool has_more;

	/* Events go when their ids are written down. */
	outbox->wants_fold |= outbox->purging == 0;
	outbox_begin(outbox);
	if (outbox->purging < IDS)
		has_more = purge_table(outbox, now_ms);
	else
		has_more =
		    behind_purge(outbox->behind, now_ms - OUTBOX_DEDUP_MS);
	if (!has_more)
		outbox->purging = (outbox->purging + 1) % (IDS + 1);
	outbox_commit(outbox);
	return has_more || outbox->purging != 0;
}

/* A slice at each turn until all is looked through. */
static void
run(void *context)
{
	struct purge *purge = context;
	bool has_more = purge_slice(purge->outbox, purge->at->now_ms) ||
	    people_purge_asks(purge->people, purge->at->now_ms);

	timer_set_in(&purge->next, has_more ? 0 : EVERY_MS);
}

void
purge_init(struct purge *purge)
{
	purge->next.now_ms = &purge->at->monotonic_ms;
	purge->next.run = run;
	purge->next.part = purge;
	timer_add(purge->timers, &purge->next);
}
