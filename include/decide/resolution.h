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
};

/* How far an event came that ends more than one transaction takes. All 0 at first. */
struct resolution_course {
	struct behind_cursor cursor;
	struct shelf_slice slice; /* what was found last */
	size_t done;              /* how many of them are looked at */
	bool is_long;             /* it took more than one already */
};

/* An event that ends others: somebody answered, or the session went on. */
struct resolution_case {
	const char *user;
	const struct event *event; /* of the resolution class */
	int64_t seq;               /* what came after it goes on */
};

/* On every device.
 * Returns: false if it was more than one transaction takes: the same again, until
 *          it returns true. */
bool resolution_apply(struct resolution *resolution,
    const struct resolution_case *subject, struct resolution_course *course);

/* Somebody saw an event: on every device but that which says so. A glance ends
 * nothing that a request has before it: it is reminded of.
 * Returns: false if it is not done yet: call it again, in another transaction. */
bool resolution_see(struct resolution *resolution, const char *user,
    const struct ack *ack);

#endif
