#include "io/purge.h"

#define EVERY_MS 3600000

/* A slice at each turn until all is looked through. */
static void
run(void *context)
{
	struct purge *purge = context;
	bool has_more = outbox_purge(purge->outbox, purge->at->now_ms) ||
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
