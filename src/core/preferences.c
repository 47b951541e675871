#include "core/preferences.h"

#include "base/text.h"
#include "core/catalog.h"
#include "core/hours.h"
#include "core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds later than any clock counts seconds: somebody who says seconds
 * is told so. */
#define INSTANT_LEAST_MS 100000000000
#define REV_MAX 9000000000000000

const struct preferences preferences_default = {
	.enabled = true,
	.kinds = {
		[KIND_PERMISSION_ASKED] = true,
		[KIND_QUESTION_ASKED] = true,
		[KIND_SESSION_ERROR] = true,
		[KIND_SESSION_IDLE] = true,
		[KIND_NOTE] = true,
		[KIND_TEST] = true,
	},
	.delay_s = {
		[KIND_PERMISSION_ASKED] = 1,
		[KIND_QUESTION_ASKED] = 1,
	},
	.presence = PRESENCE_HOLD,
	.presence_scope = SCOPE_USER,
	.hold_s = 3,
	.remind_s = {
		[KIND_PERMISSION_ASKED] = { 1, { 900 } },
		[KIND_QUESTION_ASKED] = { 1, { 900 } },
	},
	.rate = { .burst = 10, .per_minute = 6 },
	.rate_asks = { .burst = 30, .per_minute = 20 },
	.privacy = PRIVACY_FULL,
	.level = {
		[KIND_PERMISSION_ASKED] = LEVEL_TIME_SENSITIVE,
		[KIND_QUESTION_ASKED] = LEVEL_TIME_SENSITIVE,
		[KIND_SESSION_ERROR] = LEVEL_ACTIVE,
		[KIND_SESSION_IDLE] = LEVEL_ACTIVE,
		[KIND_NOTE] = LEVEL_ACTIVE,
		[KIND_TEST] = LEVEL_ACTIVE,
	},
	.sound = "default",
};

const char *
layer_str(enum layer layer)
{
	switch (layer) {
	case LAYER_DEFAULT:
		return "default";
	case LAYER_USER:
		return "user";
	case LAYER_DEVICE:
		break;
	}
	return "device";
}

/* A document on its way into preferences. */
struct reading {
	struct json_object document;
	enum layer layer;
	const struct zone_source *zones;
	struct preferences *draft;
	int said; /* the preference that was said last; -1 = none was */
	enum status status;
};

void
preferences_finish(struct preferences *preferences)
{
	quiet_finish(&preferences->quiet);
	escalation_finish(&preferences->escalate);
	muted_finish(&preferences->muted_sessions);
	muted_finish(&preferences->muted_projects);
	muted_finish(&preferences->muted_hosts);
}

void
preferences_free(struct preferences *preferences)
{
	if (preferences == NULL)
		return;
	preferences_finish(preferences);
	free(preferences);
}

enum status
preferences_copy(const struct preferences *preferences,
    struct preferences *copy)
{
	struct preferences draft = *preferences;
	enum status statuses[] = {
		quiet_copy(&preferences->quiet, &draft.quiet),
		escalation_copy(&preferences->escalate, &draft.escalate),
		muted_copy(&preferences->muted_sessions, &draft.muted_sessions),
		muted_copy(&preferences->muted_projects, &draft.muted_projects),
		muted_copy(&preferences->muted_hosts, &draft.muted_hosts),
	};

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		if (statuses[i] != STATUS_OK) {
			preferences_finish(&draft);
			return statuses[i];
		}
	}
	*copy = draft;
	return STATUS_OK;
}

/* The first failure of memory sticks. */
static void
keep(struct reading *reading, enum status status)
{
	if (reading->status == STATUS_OK)
		reading->status = status;
}

/* Where a row's value stands in a document. */
struct spot {
	struct json_object parent;
	char name[CATALOG_NAME_MAX];
	bool is_null; /* it, or what it would stand in */
};

/* Walk along a row's path; for a row of several kinds, to one of them. */
static struct spot
find_spot(const struct json_object *document, const struct catalog_row *row,
    enum kind kind)
{
	struct spot spot = { .parent = *document };
	const char *path = row->path;

	(void)catalog_next_name(&path, spot.name);
	spot.is_null = json_is_null(document, spot.name);
	while (!spot.is_null && (*path != '\0' || row->kinds != 0)) {
		spot.parent = json_member(&spot.parent, spot.name);
		if (!catalog_next_name(&path, spot.name)) {
			(void)snprintf(spot.name, sizeof(spot.name), "%s",
			    kind_str(kind));
			spot.is_null = json_is_null(&spot.parent, spot.name);
			break;
		}
		spot.is_null = json_is_null(&spot.parent, spot.name);
	}
	return spot;
}

static void
read_instant(const struct spot *spot, int64_t *value)
{
	*value = json_integer(&spot->parent, spot->name, 0,
	    PREFERENCES_SNOOZE_MAX_MS, 0);
	if (*value > 0 && *value < INSTANT_LEAST_MS)
		fault_set(spot->parent.fault,
		    "%s%s: must be milliseconds since 1970, or 0",
		    spot->parent.path, spot->name);
}

/* It is text or null: null is no sound, not the default one. */
static void
read_sound(const struct spot *spot, char *value)
{
	const char *sound = json_text(&spot->parent, spot->name, JSON_MAX);

	if (sound == NULL)
		sound = "";
	if (strlen(sound) > PREFERENCES_SOUND_LEN || !text_is_line(sound))
		fault_set(spot->parent.fault,
		    "%s%s: must be a line of at most %d bytes, or null",
		    spot->parent.path, spot->name, PREFERENCES_SOUND_LEN);
	else
		memcpy(value, sound, strlen(sound) + 1);
}

static void
read_times(const struct spot *spot, const struct catalog_row *row,
    struct times *value)
{
	struct json_list list = json_list(&spot->parent, spot->name);
	struct times times = { .count = 0 };
	int64_t after_s;

	if (list.count > PREFERENCES_TIMES_MAX)
		fault_set(list.fault, "%s: at most %d times", list.path,
		    PREFERENCES_TIMES_MAX);
	while (times.count < PREFERENCES_TIMES_MAX &&
	    json_next_integer(&list, row->min, row->max, &after_s)) {
		if (times.count > 0 &&
		    after_s <= times.after_s[times.count - 1])
			fault_set(list.fault,
			    "%s[%d]: must be longer than the one before",
			    list.path, times.count);
		times.after_s[times.count++] = (int32_t)after_s;
	}
	*value = times;
}

/* What is owned takes the place of what was. */
static void
read_owned(struct reading *reading, const struct spot *spot, enum shape shape,
    void *value)
{
	struct muted names = { .items = NULL };
	struct quiet quiet = { .rules = NULL };
	struct escalation escalation = { .steps = NULL };

	if (shape == SHAPE_NAMES) {
		keep(reading, muted_read(&spot->parent, spot->name, &names));
		muted_finish(value);
		*(struct muted *)value = names;
	} else if (shape == SHAPE_HOURS) {
		keep(reading,
		    hours_read(&spot->parent, reading->zones, &quiet));
		quiet_finish(value);
		*(struct quiet *)value = quiet;
	} else {
		keep(reading,
		    escalation_read(&spot->parent, spot->name, &escalation));
		escalation_finish(value);
		*(struct escalation *)value = escalation;
	}
}

/* A value that is said, but for a wrong one, which sets the fault. */
static void
read_value(struct reading *reading, const struct catalog_row *row,
    const struct spot *spot, void *value)
{
	const struct json_object *parent = &spot->parent;
	const char *name = spot->name;

	switch (row->shape) {
	case SHAPE_BOOL:
		*(bool *)value = json_bool(parent, name, false);
		return;
	case SHAPE_INTEGER:
		*(int32_t *)value = (int32_t)json_integer(parent, name,
		    row->min, row->max, row->min);
		return;
	case SHAPE_CHOICE:
		*(unsigned int *)value =
		    (unsigned int)json_choice(parent, name, row->choices, 0);
		return;
	case SHAPE_INSTANT:
		read_instant(spot, value);
		return;
	case SHAPE_SOUND:
		read_sound(spot, value);
		return;
	case SHAPE_KINDS:
		*(uint16_t *)value = hours_read_kinds(parent, name);
		return;
	case SHAPE_TIMES:
		read_times(spot, row, value);
		return;
	case SHAPE_NAMES:
	case SHAPE_HOURS:
	case SHAPE_STEPS:
		read_owned(reading, spot, row->shape, value);
		return;
	}
}

/* The default again. What is owned has an empty one. */
static void
reset_value(const struct catalog_row *row, size_t offset,
    struct preferences *draft)
{
	char *value = (char *)draft + offset;

	if (row->shape == SHAPE_NAMES)
		muted_finish((void *)value);
	else if (row->shape == SHAPE_HOURS)
		quiet_finish((void *)value);
	else if (row->shape == SHAPE_STEPS)
		escalation_finish((void *)value);
	else
		memcpy(value, (const char *)&preferences_default + offset,
		    row->size);
}

/* Null says the default, where it is no value itself. Of rows that share a
 * number one that says something is enough for its layer. */
static void
read_spot(struct reading *reading, const struct catalog_row *row,
    enum kind kind)
{
	struct spot spot = find_spot(&reading->document, row, kind);
	size_t at = row->kinds != 0 ? (size_t)kind : 0;
	size_t offset = row->offset + at * row->size;
	int number = row->number + (int)at;
	bool is_null = spot.is_null && row->shape != SHAPE_SOUND;

	if (is_null) {
		reset_value(row, offset, reading->draft);
		if (reading->said != number)
			reading->draft->layers[number] = LAYER_DEFAULT;
	} else if (spot.is_null || json_has(&spot.parent, spot.name)) {
		read_value(reading, row, &spot,
		    (char *)reading->draft + offset);
		reading->draft->layers[number] = (uint8_t)reading->layer;
		reading->said = number;
	}
}

static void
read_row(struct reading *reading, const struct catalog_row *row)
{
	if (row->kinds == 0)
		read_spot(reading, row, KIND_NOTE);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if ((row->kinds >> kind & 1) != 0)
			read_spot(reading, row, (enum kind)kind);
	}
}

static void
read_document(struct reading *reading)
{
	for (size_t i = 0; i < CATALOG_COUNT; i++)
		read_row(reading, &catalog_rows[i]);
	/* A device's wishes are counted with its registration. */
	if (reading->layer == LAYER_USER)
		reading->draft->rev =
		    json_integer(&reading->document, "rev", 0, REV_MAX, 0);
}

enum status
preferences_apply(const struct json_object *document,
    const struct preferences_origin *origin, struct preferences *preferences)
{
	struct preferences draft;
	struct reading reading = {
		.document = *document,
		.layer = origin->layer,
		.zones = origin->zones,
		.draft = &draft,
		.said = -1,
		.status = preferences_copy(preferences, &draft),
	};

	if (reading.status != STATUS_OK)
		return reading.status;
	read_document(&reading);
	if (fault_is_set(document->fault))
		reading.status = STATUS_BAD_INPUT;
	if (reading.status != STATUS_OK) {
		preferences_finish(&draft);
		return reading.status;
	}
	preferences_finish(preferences);
	*preferences = draft;
	return STATUS_OK;
}

enum status
preferences_parse(const char *bytes, size_t len,
    const struct preferences_origin *origin, struct preferences *preferences,
    struct fault *fault)
{
	struct json_object document;
	struct cJSON *root;
	enum status status;

	status = json_parse(bytes, len, fault, &root, &document);
	if (status == STATUS_OK)
		status = preferences_apply(&document, origin, preferences);
	json_free(root);
	return status;
}

/* How much of a row's path others share that have its number. */
static size_t
shared_len(const struct catalog_row *row)
{
	const struct catalog_row *end = &catalog_rows[CATALOG_COUNT];
	const char *last = strrchr(row->path, '.');

	if (last == NULL || row + 1 == end || row[1].number != row->number)
		return strlen(row->path);
	return (size_t)(last - row->path);
}

void
preferences_path(int number, struct buf *path)
{
	const struct catalog_row *row = catalog_rows;

	while (number < row->number ||
	    number >= row->number + (row->kinds != 0 ? KIND_COUNT : 1))
		row++;
	buf_add(path, row->path, shared_len(row));
	if (row->kinds != 0)
		buf_addf(path, ".%s",
		    kind_str((enum kind)(number - row->number)));
}
