/* summary.h - what is going on for each person: nudge/<user>/state.
 *
 * Main thread.
 * Source:  docs/schema/state.schema.json.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "core/event.h"
#include "core/registry.h"
#include "core/settings.h"
#include "io/people.h"
#include "post.h"

#include <stdbool.h>
#include <stdint.h>

struct summary {
	struct registry *registry;
	struct people *people;
	struct post *post;
	const struct settings *settings;
	int64_t next_ms; /* monotonic: time alone may change one then */
};

/* The last event of a person. */
void summary_note(struct person *person, const struct event *event);

/* Begin with what was known before a restart. */
enum status summary_load(struct summary *summary);
/* The broker may have forgotten all of them. */
void summary_tell_again(struct summary *summary);

/* Write down, with the events of a transaction, what must survive them. */
enum status summary_keep(struct summary *summary);
/* Tell what changed.
 * In:      is_complete  what is known is what the broker knows
 * Returns: STATUS_IO: the outbox failed, end the process. */
enum status summary_run(struct summary *summary, bool is_complete);

/* Milliseconds until something may change by itself, at most limit_ms. */
int summary_wait_ms(const struct summary *summary, int limit_ms);

#endif
