#include "know/preferences.h"

#include "core/canonical.h"
#include "core/patch.h"
#include "io/log.h"
#include "know/publication.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX 131072 /* bytes; what is too long is refused */

/* Our copy of a document, owned; "" = we have none. */
static enum status
read_copy(struct retained *retained, const char *topic, struct buf *copy)
{
	struct document known;

	if (documents_find(retained->documents, topic, &known))
		buf_add(copy, known.payload, known.len);
	return buf_status(copy);
}

static int64_t
known_rev(const struct retained *retained, const char *user)
{
	const struct person *person = registry_person(retained->registry, user);

	return person != NULL ? registry_person_wishes(person)->rev : 0;
}

static enum status
parse(const struct zone_source *zones, const struct prefs_document *document,
    struct preferences *preferences, struct fault *fault)
{
	*preferences = preferences_default;
	return preferences_parse(document->payload, document->len,
	    &(struct preferences_origin){ LAYER_USER, zones }, preferences,
	    fault);
}

/* What waits for the end of quiet hours may wait for something else now. */
static enum status
put(struct retained *retained, const struct prefs_document *document,
    const struct preferences *preferences)
{
	enum status status = registry_put_preferences(retained->registry,
	    document->user, preferences);

	retained_hurry(retained, STAGE_QUIET, document->user, NULL);
	retained_hurry(retained, STAGE_DELAY, document->user, NULL);
	return status;
}

enum status
preferences_load(struct retained *retained,
    const struct prefs_document *document, struct fault *fault)
{
	struct preferences preferences;
	enum status status =
	    parse(retained->kept_zones, document, &preferences, fault);

	if (status == STATUS_OK)
		status = put(retained, document, &preferences);
	preferences_finish(&preferences);
	return status;
}

static enum status
take_away(struct retained *retained, const struct prefs_document *document)
{
	documents_remove(retained->documents, document->topic);
	return put(retained, document, NULL);
}

/* A change: it gets the next number, is kept, and is published as it is kept. */
static enum status
accept(struct retained *retained, const struct prefs_document *document,
    struct preferences *preferences, struct fault *fault)
{
	struct document copy = {
		.topic = document->topic,
		.since_ms = retained->at->now_ms,
	};
	struct buf json;
	int64_t rev = known_rev(retained, document->user);
	enum status status;

	/* Without a copy of ours the number it has goes on. */
	preferences->rev =
	    rev == 0 && preferences->rev > 0 ? preferences->rev : rev + 1;
	buf_init(&json, DOCUMENT_MAX);
	status = canonical_write(document->payload, document->len,
	    preferences->rev, &json, fault);
	copy.payload = buf_text(&json);
	copy.len = json.len;
	if (status == STATUS_OK &&
	    !mqtt_fits(retained->post->mqtt,
	        strlen(document->topic) + json.len)) {
		fault_set(fault,
		    "it would become %zu bytes, more than this broker takes in "
		    "a message",
		    json.len);
		status = STATUS_BAD_INPUT;
	}
	if (status == STATUS_OK) {
		(void)documents_put(retained->documents, &copy);
		status = put(retained, document, preferences);
	}
	if (status == STATUS_OK)
		publication_send(retained, document, &json);
	buf_finish(&json);
	return status;
}

/* Whether a document says what our copy says, whatever its form. */
static enum status
compare(struct retained *retained, const struct prefs_document *document,
    const struct buf *copy, struct fault *fault, bool *is_same)
{
	struct buf json;
	enum status status;

	*is_same = false;
	if (copy->len == 0)
		return STATUS_OK;
	buf_init(&json, DOCUMENT_MAX);
	status = canonical_write(document->payload, document->len,
	    known_rev(retained, document->user), &json, fault);
	*is_same = status == STATUS_OK && json.len == copy->len &&
	    memcmp(json.data, copy->data, copy->len) == 0;
	buf_finish(&json);
	return status;
}

/* It is good; is it new? */
static enum status
consider(struct retained *retained, const struct prefs_document *document,
    struct preferences *preferences, struct fault *fault)
{
	struct buf copy;
	bool is_same = false;
	enum status status;

	buf_init(&copy, DOCUMENT_MAX);
	status = read_copy(retained, document->topic, &copy);
	if (status == STATUS_OK)
		status = compare(retained, document, &copy, fault, &is_same);
	if (status == STATUS_OK)
		registry_mention(retained->registry, document->user, "");
	if (status != STATUS_OK) {
		/* Nothing changes. */
	} else if (is_same) {
		if (document->len != copy.len ||
		    memcmp(document->payload, copy.data, copy.len) != 0)
			publication_send(retained, document, &copy);
		else
			publication_note_heard(retained, document);
	} else if (document->is_retained && preferences->rev > 0 &&
	    preferences->rev < known_rev(retained, document->user)) {
		status = publication_copy_append(&retained->doubts, document)
		    ? STATUS_OK
		    : STATUS_NO_MEMORY;
	} else {
		status = accept(retained, document, preferences, fault);
	}
	buf_finish(&copy);
	return status;
}

enum status
preferences_take(struct retained *retained,
    const struct prefs_document *document, struct fault *fault)
{
	struct preferences preferences;
	enum status status;

	if (document->len == 0)
		return take_away(retained, document);
	if (!document->is_retained &&
	    publication_take_echo(retained, document)) {
		registry_mention(retained->registry, document->user, "");
		return STATUS_OK;
	}
	status = parse(retained->zones, document, &preferences, fault);
	if (status == STATUS_OK)
		status = consider(retained, document, &preferences, fault);
	preferences_finish(&preferences);
	return status;
}

static void
settle(struct retained *retained, const struct prefs_document *document,
    bool broker_forgot)
{
	struct fault fault = { "" };
	struct buf copy;

	buf_init(&copy, DOCUMENT_MAX);
	if (!broker_forgot && publication_is_heard(retained, document->topic)) {
		(void)preferences_take(retained, document, &fault);
	} else if (read_copy(retained, document->topic, &copy) == STATUS_OK &&
	    copy.len > 0) {
		log_info("%s is given back to the broker, which has an older "
		         "one",
		    document->topic);
		publication_send(retained, document, &copy);
	}
	buf_finish(&copy);
}

void
preferences_settle_doubts(struct retained *retained, bool broker_forgot)
{
	struct prefs_copy *doubt;

	while ((doubt = publication_copy_take(&retained->doubts)) != NULL) {
		settle(retained, &doubt->document, broker_forgot);
		free(doubt);
	}
}

void
preferences_drop_doubts(struct retained *retained)
{
	publication_copy_drop_all(&retained->doubts);
}

void
preferences_drop_copies(struct retained *retained)
{
	publication_copy_drop_all(&retained->echoes);
	publication_copy_drop_all(&retained->doubts);
}

enum status
preferences_patch(struct retained *retained,
    const struct prefs_document *document, struct fault *fault)
{
	const struct patch patch = { document->payload, document->len };
	struct prefs_document changed = *document;
	struct buf copy;
	struct buf merged;
	enum status status;

	buf_init(&copy, DOCUMENT_MAX);
	buf_init(&merged, DOCUMENT_MAX);
	status = read_copy(retained, document->topic, &copy);
	if (status == STATUS_OK)
		status = patch_merge(copy.len > 0 ? copy.data : "{}", &patch,
		    &merged, fault);
	changed.payload = buf_text(&merged);
	changed.len = merged.len;
	changed.is_retained = false;
	if (status == STATUS_OK)
		status = preferences_take(retained, &changed, fault);
	buf_finish(&copy);
	buf_finish(&merged);
	return status;
}
