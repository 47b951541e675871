/* documents.h - our own copy of the retained messages that people made.
 *
 * Layer:   io. Main thread.
 * A broker that lost its memory gets them back.
 */
#ifndef IO_DOCUMENTS_H
#define IO_DOCUMENTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct documents;

struct document {
	const char *topic;
	const char *payload;
	size_t len;
	int64_t since_ms; /* when this content was first seen, Unix */
	const char
	    *reached_at; /* the origin that took a push; "" = not noted */
};

/* In:      db  borrowed for its life */
enum status documents_create(struct db *db, struct documents **documents);
void documents_destroy(struct documents *documents); /* NULL is fine */

/* Keep a document; one that we have already is not written again.
 * In:      document->since_ms  counts if the content is new
 * Returns: since when this content is known. */
int64_t documents_put(struct documents *documents,
    const struct document *document);
void documents_remove(struct documents *documents, const char *topic);
/* Where the device of a registration was found. It counts as long as the
 * registration stays the same. */
void documents_note_reached(struct documents *documents, const char *topic,
    const char *origin);

/* Out:     document  borrowed until the next call
 * Returns: whether there is one. */
bool documents_find(struct documents *documents, const char *topic,
    struct document *document);

/* Bytes of the payloads of all topics that begin so.
 * In:      prefix  ends with '/' */
int64_t documents_weigh(struct documents *documents, const char *prefix);
/* Of those topics, no more than the newest so many stay; a slice of the others goes.
 * Not for registrations: where they were found would stay. */
void documents_trim(struct documents *documents, const char *prefix, int most);

/* Each document in turn: the next one after topic, "" = the first. */
bool documents_after(struct documents *documents, const char *topic,
    struct document *document);

#endif
