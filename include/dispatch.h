/* dispatch.h - story 2: a stored event meets what is known, and becomes jobs; an
 * ack or a change of preferences, stored like it, takes effect in its turn.
 *
 * Main thread. Events are answered "accepted" as they come, and judged only
 * when the retained messages of this connection are complete.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "core/registry.h"
#include "core/settings.h"
#include "io/outbox.h"
#include "io/people.h"
#include "post.h"
#include "release.h"
#include "resolution.h"
#include "state.h"
#include "summary.h"

#include <stdbool.h>

struct dispatch {
	struct outbox *outbox;
	struct registry *registry;
	struct people *people;
	struct resolution *resolution;
	struct release *release;
	struct state *state;
	struct summary *summary;
	struct post *post;
	const struct settings *settings;
	int64_t accepted_seq; /* the last event answered */
	int64_t decided_seq;  /* the last event judged */
	int64_t complain_ms;  /* monotonic: of a limit, not again before */
};

/* Answer the events up to and with last_seq, and judge them if what is known is
 * complete: as many as one transaction takes.
 * Returns: whether that was all. */
bool dispatch_run(struct dispatch *dispatch, int64_t last_seq,
    bool is_complete);

#endif
