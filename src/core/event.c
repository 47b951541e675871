#include "core/event.h"

#include "base/attr.h"
#include "base/text.h"
#include "core/json.h"
#include "core/peek.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_S 3600
#define DAY_S 86400
#define DIRECTORY_MAX 1024      /* bytes of a project's directory */
#define TS_MAX 9000000000000000 /* below 2^53, where a double is exact */

static const struct {
	const char *name;
	enum kind_class class;
	int32_t ttl_s;
} kinds[KIND_COUNT] = {
	[KIND_PERMISSION_ASKED] = { "permission.asked", CLASS_ANSWER, DAY_S },
	[KIND_QUESTION_ASKED] = { "question.asked", CLASS_ANSWER, DAY_S },
	[KIND_SESSION_ERROR] = { "session.error", CLASS_NOTICE, 4 * HOUR_S },
	[KIND_SESSION_IDLE] = { "session.idle", CLASS_NOTICE, HOUR_S },
	[KIND_NOTE] = { "note", CLASS_NOTICE, DAY_S },
	[KIND_TEST] = { "test", CLASS_NOTICE, 300 },
	[KIND_PERMISSION_REPLIED] = { "permission.replied", CLASS_RESOLUTION,
	    DAY_S },
	[KIND_QUESTION_REPLIED] = { "question.replied", CLASS_RESOLUTION,
	    DAY_S },
	[KIND_QUESTION_REJECTED] = { "question.rejected", CLASS_RESOLUTION,
	    DAY_S },
	[KIND_SESSION_BUSY] = { "session.busy", CLASS_RESOLUTION, DAY_S },
	[KIND_SESSION_DELETED] = { "session.deleted", CLASS_RESOLUTION, DAY_S },
};

const char *
kind_str(enum kind kind)
{
	return kinds[kind].name;
}

enum kind_class
kind_class(enum kind kind)
{
	return kinds[kind].class;
}

bool
kind_has_wishes(enum kind kind)
{
	return kind != KIND_TEST && kinds[kind].class != CLASS_RESOLUTION;
}

enum kind
kind_stored(int64_t number)
{
	return number >= 0 && number < KIND_COUNT ? (enum kind)number
	                                          : KIND_NOTE;
}

int
kind_find(const char *name)
{
	int kind = 0;

	while (kind < KIND_COUNT && strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

static void
read_kind(const struct json_object *object, struct event *event)
{
	const char *name = json_text(object, "kind", TEXT_ID_MAX);

	int kind = name != NULL ? kind_find(name) : KIND_COUNT;

	if (name == NULL)
		fault_set(object->fault, "kind: is missing");
	else if (kind == KIND_COUNT)
		fault_set(object->fault, "kind: '%s' is unknown", name);
	else
		event->kind = (enum kind)kind;
}

static void
read_context(const struct json_object *object, struct event *event)
{
	struct json_object project = json_member(object, "project");
	struct json_object session = json_member(object, "session");
	struct json_object request = json_member(object, "request");

	event->host = json_id(object, "host");
	event->project_name = json_line(&project, "name", EVENT_TITLE_MAX);
	event->project_directory =
	    json_line(&project, "directory", DIRECTORY_MAX);
	event->session_id = json_id(&session, "id");
	event->session_title = json_line(&session, "title", EVENT_TITLE_MAX);
	event->session_parent = json_id(&session, "parent");
	event->request_id = json_id(&request, "id");
	event->request_nonce = json_line(&request, "nonce", EVENT_TITLE_MAX);
	event->device = json_id(object, "device");
}

static void
read_texts(const struct json_object *object, struct event *event)
{
	const char *body = json_text(object, "body", EVENT_MAX);

	event->is_body_cut = body != NULL && strlen(body) > EVENT_BODY_MAX;
	event->body = json_text(object, "body", EVENT_BODY_MAX);
	event->title = json_line(object, "title", EVENT_TITLE_MAX);
	ask_read(object, &event->ask);
}

/* A clock that runs ahead must not make an event live longer. An age needs no
 * clock to be right. */
static void
read_times(const struct json_object *object, const struct arrival *arrival,
    struct event *event)
{
	int64_t ttl_s = json_integer(object, "ttl_s", 1, EVENT_TTL_MAX_S,
	    kinds[event->kind].ttl_s);

	event->ts_ms = json_integer(object, "ts", 0, TS_MAX, arrival->at_ms);
	if (json_has(object, "age_ms"))
		event->ts_ms = arrival->at_ms -
		    json_integer(object, "age_ms", 0, TS_MAX, 0);
	if (event->ts_ms > arrival->at_ms)
		event->ts_ms = arrival->at_ms;
	if (event->ts_ms < 0)
		event->ts_ms = 0;
	event->expires_ms = event->ts_ms + ttl_s * 1000;
	event->says_expiry = json_has(object, "ttl_s");
	event->duration_ms = json_integer(object, "duration_ms", 0, TS_MAX, 0);
}

static enum status
read_json(const struct arrival *arrival, struct event *event,
    struct fault *fault)
{
	struct json_object object;
	enum status status;
	const char *id;

	status = json_parse(arrival->payload, arrival->len, fault, &event->root,
	    &object);
	if (status != STATUS_OK)
		return status;
	read_kind(&object, event);
	read_context(&object, event);
	read_texts(&object, event);
	read_times(&object, arrival, event);
	id = json_id(&object, "id");
	if (id != NULL)
		memcpy(event->id, id, strlen(id) + 1);
	if (json_integer(&object, "v", 1, 1, 1) != 1 || fault_is_set(fault))
		return STATUS_BAD_INPUT;
	return STATUS_OK;
}

static enum status
read_plain(const struct arrival *arrival, struct event *event,
    struct fault *fault)
{
	if (arrival->len == 0)
		fault_set(fault, "empty");
	else if (arrival->len > EVENT_MAX)
		fault_set(fault, "larger than %d bytes", EVENT_MAX);
	else if (!text_is_utf8(arrival->payload, arrival->len))
		fault_set(fault, "not valid UTF-8");
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;

	event->plain = strndup(arrival->payload, arrival->len);
	if (event->plain == NULL)
		return STATUS_NO_MEMORY;
	event->is_body_cut = strlen(event->plain) > EVENT_BODY_MAX;
	event->plain[text_cut(event->plain, EVENT_BODY_MAX)] = '\0';
	event->kind = KIND_NOTE;
	event->body = event->plain;
	event->ts_ms = arrival->at_ms;
	event->expires_ms =
	    arrival->at_ms + (int64_t)kinds[KIND_NOTE].ttl_s * 1000;
	return STATUS_OK;
}

enum status
event_parse(const struct arrival *arrival, struct event *event,
    struct fault *fault)
{
	struct arrival bare = *arrival;
	enum status status;

	memset(event, 0, sizeof(*event));
	memcpy(event->id, arrival->id, strnlen(arrival->id, TEXT_ID_MAX));
	text_strip(&bare.payload, &bare.len);
	if (bare.len > 0 && *bare.payload == '{')
		status = read_json(&bare, event, fault);
	else
		status = read_plain(&bare, event, fault);
	if (status != STATUS_OK) {
		event_finish(event);
		peek_id(bare.payload, bare.len, "id", event->id);
		return status;
	}
	if (arrival->expires_ms > 0) {
		event->says_expiry = true;
		if (arrival->expires_ms < event->expires_ms)
			event->expires_ms = arrival->expires_ms;
	}
	return STATUS_OK;
}

void
event_finish(struct event *event)
{
	json_free(event->root);
	free(event->plain);
	memset(event, 0, sizeof(*event));
}

const char *
event_name(const struct event *event)
{
	if (event->title != NULL)
		return event->title;
	return event->session_title != NULL ? event->session_title
	                                    : event->body;
}
