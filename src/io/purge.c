#include "io/purge.h"

#include "io/outbox_inside.h"

#define EVERY_MS 3600000

/* From their owners: jobs, and the events that none of them needs, and ids. */
static int64_t
purge_table(struct outbox *outbox, int number, int64_t after, int64_t now_ms)
{
	switch (number) {
	case 0:
		return jobs_purge(outbox, after, now_ms);
	case 1:
		return events_purge(outbox, after);
	default:
		return behind_purge(outbox->behind, after,
		    now_ms - OUTBOX_DEDUP_MS);
	}
}

bool
purge_slice(struct outbox *outbox, int64_t now_ms)
{
	int at = outbox->purging;
	int64_t *cursor = &outbox->purged[at];
	int64_t last;
	bool is_end;

	/* Events go when their ids are written down. */
	outbox->wants_fold |= at == 0;
	outbox_begin(outbox);
	last = purge_table(outbox, at, *cursor, now_ms);
	is_end = last == *cursor;
	*cursor = is_end ? INT64_MIN : last;
	if (is_end)
		outbox->purging = (at + 1) % (int)COUNT_OF(outbox->purged);
	outbox_commit(outbox);
	return !is_end || outbox->purging != 0;
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
