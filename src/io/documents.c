#include "io/documents.h"

#include "base/buf.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a topic and a payload, each at most 65535 in MQTT, and an origin. */
#define COPY_MAX (2 * 65536 + 1024)

enum statement {
	SQL_FIND,
	SQL_AFTER,
	SQL_PUT,
	SQL_REMOVE,
	SQL_REACHED,
	SQL_UNREACHED,
	SQL_WEIGH,
	SQL_TRIM,
	SQL_COUNT,
};

/* '0' comes after '/'. */
#define BEGINS_SO "topic >= ?1 AND topic < substr(?1, 1, length(?1) - 1) || '0'"

static const char *const statements[SQL_COUNT] = {
	[SQL_FIND] = "SELECT document.topic, payload, document.since_ms, origin"
	             " FROM document LEFT JOIN reached"
	             "  USING(topic, since_ms)"
	             " WHERE document.topic = ?1",
	[SQL_AFTER] =
	    "SELECT document.topic, payload, document.since_ms, origin"
	    " FROM document LEFT JOIN reached"
	    "  USING(topic, since_ms)"
	    " WHERE document.topic > ?1"
	    " ORDER BY document.topic LIMIT 1",
	[SQL_PUT] = "INSERT OR REPLACE INTO document(topic, payload, since_ms)"
	            " VALUES(?1, ?2, ?3)",
	[SQL_REMOVE] = "DELETE FROM document WHERE topic = ?1",
	[SQL_REACHED] =
	    "INSERT OR REPLACE INTO reached(topic, since_ms, origin)"
	    " SELECT topic, since_ms, ?2 FROM document"
	    " WHERE topic = ?1",
	[SQL_WEIGH] = "SELECT coalesce(sum(length(payload)), 0) FROM document"
	              " WHERE " BEGINS_SO,
	[SQL_TRIM] = "DELETE FROM document WHERE topic IN"
	             " (SELECT topic FROM document WHERE " BEGINS_SO
	             "  ORDER BY since_ms DESC LIMIT 256 OFFSET ?2)",
	[SQL_UNREACHED] = "DELETE FROM reached WHERE topic = ?1",
};

struct documents {
	struct db *db;
	struct sqlite3_stmt *prepared[SQL_COUNT];
	struct buf copy; /* of the last document that was looked at */
};

enum status
documents_create(struct db *db, struct documents **documents)
{
	struct documents *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->db = db;
	buf_init(&fresh->copy, COPY_MAX);
	*documents = fresh;
	return STATUS_OK;
}

void
documents_destroy(struct documents *documents)
{
	if (documents == NULL)
		return;
	db_drop(documents->prepared, SQL_COUNT);
	buf_finish(&documents->copy);
	free(documents);
}

static struct sqlite3_stmt *
use(struct documents *documents, enum statement number)
{
	return db_use(documents->db, &documents->prepared[number],
	    statements[number]);
}

/* A copy, because a row that is held keeps this handle at an old view of the
 * file, from which it may not write once the other one has. */
static void
copy_row(struct documents *documents, struct sqlite3_stmt *statement,
    struct document *document)
{
	struct buf *copy = &documents->copy;
	const char *topic = db_text(statement, 0);
	size_t topic_size = strlen(topic) + 1;
	const void *payload = db_blob(statement, 1, &document->len);
	const char *origin = db_text(statement, 3);

	buf_clear(copy);
	buf_add(copy, topic, topic_size);
	buf_add(copy, payload, document->len);
	buf_addf(copy, "%c%s", '\0', origin != NULL ? origin : "");
	if (buf_status(copy) != STATUS_OK)
		db_end(documents->db, "out of memory");
	document->topic = buf_text(copy);
	document->payload = document->topic + topic_size;
	document->since_ms = db_int(statement, 2);
	document->reached_at = document->payload + document->len + 1;
}

/* topic may be borrowed from the last call: it is read before its copy goes. */
static bool
query(struct documents *documents, enum statement number, const char *topic,
    struct document *document)
{
	struct sqlite3_stmt *statement = use(documents, number);
	bool has_row;

	memset(document, 0, sizeof(*document));
	db_bind_text(statement, 1, topic);
	has_row = db_step(documents->db, statement);
	if (has_row)
		copy_row(documents, statement, document);
	db_reset(statement);
	return has_row;
}

bool
documents_find(struct documents *documents, const char *topic,
    struct document *document)
{
	return query(documents, SQL_FIND, topic, document);
}

bool
documents_after(struct documents *documents, const char *topic,
    struct document *document)
{
	return query(documents, SQL_AFTER, topic, document);
}

int64_t
documents_weigh(struct documents *documents, const char *prefix)
{
	struct sqlite3_stmt *statement = use(documents, SQL_WEIGH);
	int64_t weight = 0;

	db_bind_text(statement, 1, prefix);
	if (db_step(documents->db, statement))
		weight = db_int(statement, 0);
	db_reset(statement);
	return weight;
}

void
documents_trim(struct documents *documents, const char *prefix, int most)
{
	struct sqlite3_stmt *statement = use(documents, SQL_TRIM);

	db_bind_text(statement, 1, prefix);
	db_bind_int(statement, 2, most);
	db_run(documents->db, statement);
}

int64_t
documents_put(struct documents *documents, const struct document *document)
{
	struct sqlite3_stmt *statement = use(documents, SQL_PUT);
	struct sqlite3_stmt *reached = use(documents, SQL_UNREACHED);
	struct document known;

	if (documents_find(documents, document->topic, &known) &&
	    known.len == document->len &&
	    memcmp(known.payload, document->payload, known.len) == 0)
		return known.since_ms;
	/* Two changes may come in one millisecond. */
	if (known.reached_at != NULL && *known.reached_at != '\0') {
		db_bind_text(reached, 1, document->topic);
		db_run(documents->db, reached);
	}
	db_bind_text(statement, 1, document->topic);
	db_bind_blob(statement, 2, document->payload, document->len);
	db_bind_int(statement, 3, document->since_ms);
	db_run(documents->db, statement);
	return document->since_ms;
}

void
documents_remove(struct documents *documents, const char *topic)
{
	struct sqlite3_stmt *statement = use(documents, SQL_REMOVE);
	struct sqlite3_stmt *reached = use(documents, SQL_UNREACHED);

	db_bind_text(statement, 1, topic);
	db_bind_text(reached, 1, topic);
	db_run(documents->db, statement);
	db_run(documents->db, reached);
}

void
documents_note_reached(struct documents *documents, const char *topic,
    const char *origin)
{
	struct sqlite3_stmt *statement = use(documents, SQL_REACHED);

	db_bind_text(statement, 1, topic);
	db_bind_text(statement, 2, origin);
	db_run(documents->db, statement);
}
