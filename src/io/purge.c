#include "io/purge.h"

#include "io/clock.h"
#include "io/outbox_inside.h"
#include "io/room.h"

#define EVERY_MS 3600000
#define WHILE_US 2000

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
	if (outbox->purging == 0 && outbox->purged[0] == INT64_MIN) {
		outbox->wants_fold = true;
		room_help(outbox);
	}
	outbox_begin(outbox);
	has_more = purge_table(outbox, now_ms);
	if (!has_more)
		outbox->purging = (outbox->purging + 1) % TABLES;
	if (!has_more && outbox->purging == 0)
		room_end_help(outbox);
	outbox_commit(outbox);
	return has_more || outbox->purging != 0;
}

/* First what is there is weighed; then the asks go, for their links go with those of
 * the jobs.
 * Returns: whether there is more to look through. */
static bool
run_slice(struct purge *purge)
{
	if (room_weigh(purge->outbox))
		return true;
	if (!purge->has_asks) {
		purge->has_asks =
		    !people_purge_asks(purge->people, purge->at->now_ms);
		return true;
	}
	if (!purge->has_buckets) {
		purge->has_buckets =
		    !people_purge_buckets(purge->people, purge->at->now_ms);
		return true;
	}
	purge->has_asks = purge->has_buckets =
	    purge_slice(purge->outbox, purge->at->now_ms);
	return purge->has_asks;
}

/* A while at each turn until all is looked through. */
static void
run(void *context)
{
	struct purge *purge = context;
	int64_t until_us = clock_monotonic_us() + WHILE_US;
	bool has_more = true;

	while (has_more && !outbox_is_folding(purge->outbox) &&
	    clock_monotonic_us() < until_us)
		has_more = run_slice(purge);
	timer_set_in(&purge->next, has_more ? 0 : EVERY_MS);
}

void
purge_check(struct purge *purge)
{
	if (people_wants_purge(purge->people) ||
	    room_wants_purge(purge->outbox))
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
