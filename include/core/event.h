/* event.h - an event, as docs/schema/event.schema.json defines it.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "base/fault.h"
#include "base/status.h"
#include "core/ask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_MAX 65536         /* bytes of a payload */
#define EVENT_TITLE_MAX 256     /* bytes */
#define EVENT_BODY_MAX 4096     /* bytes; no push service takes more */
#define EVENT_TTL_MAX_S 2419200 /* 28 days, the longest a service keeps one */

enum kind {
	KIND_PERMISSION_ASKED,
	KIND_QUESTION_ASKED,
	KIND_SESSION_ERROR,
	KIND_SESSION_IDLE,
	KIND_NOTE,
	KIND_TEST,
	KIND_PERMISSION_REPLIED,
	KIND_QUESTION_REPLIED,
	KIND_QUESTION_REJECTED,
	KIND_SESSION_BUSY,
	KIND_SESSION_DELETED,
};
#define KIND_COUNT (KIND_SESSION_DELETED + 1)

enum kind_class {
	CLASS_ANSWER, /* somebody is waited for */
	CLASS_NOTICE,
	CLASS_RESOLUTION, /* never shown: cancels and withdraws */
};

const char *kind_str(enum kind kind); /* "permission.asked" */
enum kind_class kind_class(enum kind kind);
/* Neither a test nor a resolution has preferences of its own. */
bool kind_has_wishes(enum kind kind);
/* What a row says; a note where that is no kind. */
enum kind kind_stored(int64_t number);
/* The kind of that name, or KIND_COUNT. */
int kind_find(const char *name);

/* Texts are UTF-8, single lines but for body, and NULL where absent. */
struct event {
	struct cJSON *root; /* owned; the texts below point into it */
	char *plain;        /* owned; body of a plain-text event, else NULL */
	char id[65];
	enum kind kind;
	int64_t ts_ms;       /* when it happened: [0, its arrival] */
	int64_t expires_ms;  /* worthless from then on */
	bool says_expiry;    /* its sender says so; else its kind does */
	int64_t duration_ms; /* of the turn, 0 = not said */
	const char *host;
	const char *project_name;
	const char *project_directory;
	const char *session_id;
	const char *session_title;
	const char *session_parent;
	const char *request_id;
	const char *request_nonce; /* what an answer must repeat */
	const char *device;        /* the only one meant */
	const char *title;
	const char *body;
	bool is_body_cut; /* it was longer */
	struct ask ask;
};

/* How an event reached us. */
struct arrival {
	const char *payload; /* borrowed, len bytes, no NUL needed */
	size_t len;
	int64_t at_ms;      /* Unix milliseconds */
	int64_t expires_ms; /* the message's own expiry, 0 = none */
	const char *id;     /* for an event that brings none; an id itself */
};

/* Read an event: a JSON object, or anything else as the text of a note.
 * Out:     event  event_finish() it; zeroed unless STATUS_OK, but for the id
 *          where that can be read
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY.
 */
enum status event_parse(const struct arrival *arrival, struct event *event,
    struct fault *fault);
void event_finish(struct event *event); /* a zeroed event is fine */

/* What it is called: its title, its session's, or what it says; borrowed, may be
 * long and of several lines; NULL = nothing. */
const char *event_name(const struct event *event);

#endif
