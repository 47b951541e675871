/* trouble.h - what a person should know about the push services.
 *
 * Main thread.
 * What concerns a device is told its person alone, in nudge/<user>/state; what
 * concerns the bridge itself is told everybody in nudge/bridge/<id>/info, with a
 * number in the place of the devices. 'nudge doctor' reads both. The newest are
 * kept, and survive a restart for as long as a person may need to look: who is gone
 * is told of for a day, since no push will ever say that it is over.
 */
#ifndef TELL_TROUBLE_H
#define TELL_TROUBLE_H

#include "base/buf.h"
#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/warnings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TROUBLE_MAX WARNINGS_MAX
#define TROUBLE_PERSON_MAX 16 /* of one person, and of the bridge */
#define TROUBLE_TEXT_MAX 8192 /* bytes of them, where they are told */
#define TROUBLE_KEEP_MS INT64_C(2592000000) /* 30 days without it */
#define TROUBLE_GONE_MS INT64_C(86400000)   /* a day after a device was gone */

struct trouble {
	struct warning entries[TROUBLE_MAX]; /* the oldest first */
	size_t count;
	bool is_changed;           /* since it was kept */
	bool is_untold;            /* what was kept: all are to be told */
	struct warnings *warnings; /* where; borrowed, NULL = nowhere */
	struct registry
	    *registry;     /* who is to be told; borrowed, NULL = none */
	struct timer old;  /* when the first of them is too old */
	struct timer pace; /* what changed is not kept before */
};

/* What was kept before we started: of services that are on, and not too old. */
void trouble_load(struct trouble *trouble, const struct settings *settings,
    int64_t now_ms);
/* From here on the loop turns when something is too old, and when what changed is
 * to be kept: see trouble_age() and trouble_run(). Both are borrowed. */
void trouble_use_timers(struct trouble *trouble, const struct instant *at,
    struct timers *timers);
/* What is too old by now ends. */
void trouble_age(struct trouble *trouble);
/* Somebody set the clock. */
void trouble_follow_clock(struct trouble *trouble, int64_t step_ms);
/* Keep what changed, and let it be told: at once, but not again within a second.
 * Whoever has a host of her own can change it with each push. */
void trouble_run(struct trouble *trouble);
/* The same whenever that was: the bridge ends. */
void trouble_save(struct trouble *trouble);

/* The same service, device and reason is the same trouble. Where there is no room,
 * the oldest one goes of whoever has the most. */
void trouble_note(struct trouble *trouble, const struct warning *entry);

/* The service works again, for this device. */
void trouble_end(struct trouble *trouble, const char *service,
    const char *device);

/* The device is another now, or is none any more: what was said of it before ends,
 * also that it is gone.
 * In:      since_ms  when that was first known; what came later stays */
void trouble_end_device(struct trouble *trouble, const char *user,
    const char *device, int64_t since_ms);

/* Whether somebody has any.
 * In:      user  "" = the bridge itself */
bool trouble_has(const struct trouble *trouble, const char *user);
/* How many devices have any, of all people. */
size_t trouble_count_devices(const struct trouble *trouble);
/* Somebody's, as a JSON list, the oldest first; of a device its own name.
 * In:      user  as above
 *          max   bytes; where they do not fit the oldest are left out
 * Out:     json  appended */
void trouble_write(const struct trouble *trouble, const char *user, size_t max,
    struct buf *json);

#endif
