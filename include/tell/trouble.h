/* trouble.h - what a person should know about the push services.
 *
 * Main thread.
 * The newest TROUBLE_MAX are kept: nudge/bridge/<id>/info shows them, and 'nudge
 * doctor' reads them there. They survive a restart, for as long as a person may
 * need to look.
 */
#ifndef TELL_TROUBLE_H
#define TELL_TROUBLE_H

#include "core/settings.h"
#include "io/warnings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TROUBLE_MAX WARNINGS_MAX
#define TROUBLE_KEEP_MS INT64_C(2592000000) /* 30 days without it */

struct trouble {
	struct warning entries[TROUBLE_MAX]; /* the oldest first */
	size_t count;
	bool is_changed;           /* since somebody was told */
	bool is_unsaved;           /* since it was kept */
	struct warnings *warnings; /* where; borrowed, NULL = nowhere */
};

/* What was kept before we started: of services that are on, and not too old. */
void trouble_load(struct trouble *trouble, const struct settings *settings,
    int64_t now_ms);
/* Keep what changed. */
void trouble_save(struct trouble *trouble);

/* The same service, device and reason is the same trouble. */
void trouble_note(struct trouble *trouble, const struct warning *entry);

/* The service works again, for this device. */
void trouble_end(struct trouble *trouble, const char *service,
    const char *device);

#endif
