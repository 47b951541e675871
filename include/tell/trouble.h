/* trouble.h - what a person should know about the push services.
 *
 * Main thread.
 * The newest TROUBLE_MAX are kept, in memory: nudge/bridge/<id>/info shows them,
 * and 'nudge doctor' reads them there.
 */
#ifndef TELL_TROUBLE_H
#define TELL_TROUBLE_H

#include "push/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TROUBLE_MAX 16

struct trouble_entry {
	int64_t at_ms; /* when it was last seen, Unix */
	bool is_gone;  /* a device: it stays, whatever the service says next */
	char service[16];
	char device[132]; /* "user/device"; "" = all of them */
	char reason[PUSH_REASON_MAX];
	const char *advice; /* static; NULL = none */
};

struct trouble {
	struct trouble_entry entries[TROUBLE_MAX]; /* the oldest first */
	size_t count;
	bool is_changed; /* since somebody was told */
};

/* The same service, device and reason is the same trouble. */
void trouble_note(struct trouble *trouble, const struct trouble_entry *entry);

/* The service works again, for this device. */
void trouble_end(struct trouble *trouble, const char *service,
    const char *device);

#endif
