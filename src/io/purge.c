#include "io/purge.h"

#include "io/outbox_inside.h"

#define EVERY_MS 3600000

#define TABLES 3

/* Returns: whether it got on; if not, it begins again from the first row. */
static bool
advance(int64_t *cursor, int64_t last)
{
	bool has_more = last != *cursor;

	*cursor = has_more ? last : INT64_MIN;
	return has_more;
}

/* From their owners: jobs, and the events that none of them needs, and ids.
 * Returns: whether there is more of them. */
static bool
purge_table(struct outbox *outbox, int64_t now_ms)
{
	int64_t *cursors = outbox->purged;

	switch (outbox->purging) {
	case 0:
		return advance(&cursors[0],
		    jobs_purge(outbox, cursors[0], now_ms));
	case 1:
		return advance(&cursors[1], events_purge(outbox, cursors[1]));
	default:
		return behind_purge(outbox->behind, now_ms - OUTBOX_DEDUP_MS);
	}
}

bool
purge_slice(struct outbox *outbox, int64_t now_ms)
{
	bool has_more;

	/* Events go when their ids are written down. */
	outbox->wants_fold |= outbox->purging == 0;
	outbox_begin(outbox);
	has_more = purge_table(outbox, now_ms);
	if (!has_more)
		outbox->purging = (outbox->purging + 1) % TABLES;
	outbox_commit(outbox);
	return has_more || outbox->purging != 0;
}

/* A slice at each turn until all is looked through. */
static void
run(void *context)
{
	struct purge *purge = context;
	bool has_more = true;

	/* First the asks: their links go with those of the jobs. */
	if (!purge->has_asks) {
		purge->has_asks =
		    !people_purge_asks(purge->people, purge->at->now_ms);
	} else {
		has_more = purge_slice(purge->outbox, purge->at->now_ms);
		purge->has_asks = has_more;
	}
	timer_set_in(&purge->next, has_more ? 0 : EVERY_MS);
}

void
purge_check(struct purge *purge)
{
	if (people_wants_purge(purge->people))
		timer_set_in(&purge->next, 0);
}

void
purge_init(struct purge *purge)
{
	purge->next.now_ms = &purge->at->monotonic_ms;
	purge->next.run = run;
	purge->next.part = purge;
	timer_add(purge->timers, &purge->next);
}
