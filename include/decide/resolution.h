/* resolution.h - an event is over: answered, or seen. What waits for it is
 * settled, what was shown is withdrawn.
 *
 * Main thread, within a transaction of the outbox.
 */
#ifndef DECIDE_RESOLUTION_H
#define DECIDE_RESOLUTION_H

#include "core/ack.h"
#include "core/event.h"
#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "decide/release.h"
#include "io/people.h"
#include "io/shelf.h"
#include "tell/post.h"

struct resolution {
	const struct instant *at; /* the turn's */
	struct outbox *outbox;
	struct shelf *shelf;
	struct people *people;
	struct registry *registry;
	struct release *release;
	struct post *post;
	const struct settings *settings;
	struct behind_cursor cursor; /* how far an event came that ends much */
	struct shelf_slice slice;    /* what it found there */
	size_t done;                 /* how many of them are looked at */
};

/* Somebody answered, or the session went on: on every device.
 * In:      event    of the resolution class
 * Returns: false if it was more than one transaction takes: the same again, until
 *          it returns true. */
bool resolution_apply(struct resolution *resolution, const char *user,
    const struct event *event);

/* Somebody saw an event: on every device but that which says so. A glance ends
 * nothing that a request has before it: it is reminded of.
 * Returns: false if it is not done yet: call it again, in another transaction. */
bool resolution_see(struct resolution *resolution, const char *user,
    const struct ack *ack);

#endif
