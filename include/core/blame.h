/* blame.h - whether a service fails, or only what one person pushes there.
 *
 * Layer:   core. Pure.
 * Who registers a device decides where it is, and may make its pushes fail: that is no
 * reason to keep the others from theirs. So what a person's pushes meet holds back that
 * person's alone, until another's met it too, with no success of anybody between.
 */
#ifndef CORE_BLAME_H
#define CORE_BLAME_H

#include "core/restraint.h"

#include <stdbool.h>
#include <stdint.h>

#define BLAME_SERVED_MS 3600000 /* so long a success says that it works */
#define BLAME_KEPT_MS \
	3600000          /* so long a failure that nobody waits for counts */
#define BLAME_PERSONS 32 /* are held back by themselves, at a service */

/* How one person is held back. */
struct blame_of {
	char user[65];
	int64_t met_ms; /* monotonic: that person's pushes met something last */
	struct restraint restraint;
};

struct blame {
	char failing[65];     /* whose pushes fail, since the last success */
	bool is_shared;       /* another's failed, too, or those of many */
	char served[2][65];   /* whose got through last, and whose before */
	int64_t served_ms[2]; /* monotonic */
	struct blame_of of[BLAME_PERSONS];
};

void blame_note_success(struct blame *blame, const char *user, int64_t now_ms);
/* Returns: whether it is the service that fails: another's pushes did, too. */
bool blame_note_failure(struct blame *blame, const char *user);
/* Whether somebody was served not long ago; whether others were. */
bool blame_works(const struct blame *blame, int64_t now_ms);
bool blame_works_for_others(const struct blame *blame, const char *user,
    int64_t now_ms);

/* What holds back a person's pushes by themselves; NULL = nothing. */
const struct restraint *blame_find(const struct blame *blame, const char *user);
/* The same, made if need be. NULL = as many others are held back: it is the service
 * that fails. */
struct restraint *blame_hold(struct blame *blame, const char *user,
    int64_t now_ms);
/* The service failed for all, and works again: what failed of each says no more. */
void blame_forgive(struct blame *blame);

/* Whether it fails, as far as can be told: somebody's pushes do again and again, and
 * nobody else's got through. */
bool blame_finds_broken(const struct blame *blame, int64_t now_ms);

#endif
