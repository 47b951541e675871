/* summary.h - what is going on for each person: nudge/<user>/state.
 *
 * Main thread.
 * Source:  docs/schema/state.schema.json.
 */
#ifndef TELL_SUMMARY_H
#define TELL_SUMMARY_H

#include "core/event.h"
#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/outbox.h"
#include "io/people.h"
#include "tell/homeassistant.h"
#include "tell/post.h"
#include "tell/trouble.h"

#include <stdbool.h>
#include <stdint.h>

struct summary {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct outbox *outbox;
	struct registry *registry;
	struct people *people;
	struct post *post;
	struct homeassistant *homeassistant;
	const struct trouble *trouble;
	const struct settings *settings;
	struct timer next; /* time alone may change one then */
	struct person *unsaved;
	int64_t lulls_us;  /* core/rate.h: of those in which they were */
	struct timer save; /* when they are, at the latest */
};

/* The last event of a person. */
void summary_note(struct person *person, const struct event *event);

/* Begin with what was known before a restart. */
void summary_load(struct summary *summary);
/* The broker may have forgotten all of them. */
void summary_tell_again(struct summary *summary);

/* After events were judged: what must survive a restart waits to be saved. */
void summary_note_touched(struct summary *summary);
/* Save a slice of it, in a transaction of its own or in that which is open. */
void summary_save(struct summary *summary);
/* The same if it is time. Where few events come, one by one, it is time with each:
 * it costs no transaction of its own.
 * In:      is_lull  no other event has arrived */
void summary_save_in_time(struct summary *summary, bool is_lull);
/* Tell what changed.
 * In:      is_complete  what is known is what the broker knows */
void summary_run(struct summary *summary, bool is_complete);

#endif
