/* publication.h - a person's preferences in their one form, on their way to the
 * broker and back.
 *
 * Main thread.
 * What we publish comes back to us as what somebody else says does. Whoever changes
 * them again and again is told of now and then, and of the last one in any case.
 */
#ifndef KNOW_PUBLICATION_H
#define KNOW_PUBLICATION_H

#include "base/buf.h"
#include "know/preferences.h"

#include <stdbool.h>

#define PUBLICATION_PAUSE_MS 250 /* between two of one person */

/* One of a list; owned. */
struct prefs_copy {
	struct prefs_copy *next;
	struct prefs_document document; /* points behind itself */
	char bytes[];
};

/* A copy of a document at the end of a list.
 * Returns: false = no memory. */
bool publication_copy_append(struct prefs_copy **list,
    const struct prefs_document *document);
/* The first of a list, now the caller's to free; NULL = none. */
struct prefs_copy *publication_copy_take(struct prefs_copy **list);
void publication_copy_drop_all(struct prefs_copy **list);

void publication_init(struct retained *retained);

/* Publish our copy, or soon.
 * In:  document  its topic and user
 *      json      as our copy has it */
void publication_send(struct retained *retained,
    const struct prefs_document *document, const struct buf *json);

/* Publish what had to wait and is due; or all of it, at the end. */
void publication_run(struct retained *retained, bool is_end);

/* Whether a document is what we published, once. */
bool publication_take_echo(struct retained *retained,
    const struct prefs_document *document);

/* The broker has our copy as it is. Until then what is older there is no change of
 * somebody's, but what we did not live to replace. */
void publication_note_heard(struct retained *retained,
    const struct prefs_document *document);
bool publication_is_heard(struct retained *retained, const char *topic);

#endif
