#include "core/preferences.h"

#include "base/text.h"
#include "core/hours.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds later than any clock counts seconds: somebody who says seconds
 * is told so. */
#define SNOOZE_LEAST_MS 100000000000
#define SNOOZE_MOST_MS 9007199254740991 /* until it is ended by hand */
#define REV_MAX 9000000000000000

static const char *const presence_wishes[] = { "hold", "suppress", "ignore",
	NULL };
static const char *const presence_scopes[] = { "user", "device", NULL };
static const char *const privacies[] = { "full", "title", "none", NULL };
static const char *const levels[] = { "passive", "active", "time-sensitive",
	NULL };

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
	.rate = { .burst = 10, .per_minute = 6 },
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
	enum status status;
};

void
preferences_finish(struct preferences *preferences)
{
	quiet_finish(&preferences->quiet);
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

/* Whether the document says anything about a member; then its layer is noted.
 * Null says the default. */
static bool
is_said(struct reading *reading, const struct json_object *object,
    const char *name, int number)
{
	if (json_is_null(object, name))
		reading->draft->layers[number] = LAYER_DEFAULT;
	else if (json_has(object, name))
		reading->draft->layers[number] = (uint8_t)reading->layer;
	else
		return false;
	return true;
}

static void
read_bool(struct reading *reading, const char *name, int number, bool *value,
    bool preset)
{
	if (is_said(reading, &reading->document, name, number))
		*value = json_bool(&reading->document, name, preset);
}

static int32_t
read_int(struct reading *reading, const char *name, int number, int32_t max,
    int32_t current)
{
	if (!is_said(reading, &reading->document, name, number))
		return current;
	return (int32_t)json_integer(&reading->document, name, 0, max,
	    number == PREFERENCE_HOLD ? preferences_default.hold_s : 0);
}

/* The first choice of each list is its default. */
static int
read_choice(struct reading *reading, const char *name, int number,
    const char *const *choices, int current)
{
	if (!is_said(reading, &reading->document, name, number))
		return current;
	return json_choice(&reading->document, name, choices, 0);
}

static void
read_of_kind(struct reading *reading, const struct json_object *object,
    int group, enum kind kind)
{
	struct preferences *draft = reading->draft;
	const char *name = kind_str(kind);

	if (!is_said(reading, object, name, group + (int)kind))
		return;
	if (group == PREFERENCE_KINDS)
		draft->kinds[kind] =
		    json_bool(object, name, preferences_default.kinds[kind]);
	else if (group == PREFERENCE_DELAY)
		draft->delay_s[kind] = (int32_t)json_integer(object, name, 0,
		    PREFERENCES_WAIT_MAX_S, preferences_default.delay_s[kind]);
	else
		draft->level[kind] = (enum level)json_choice(object, name,
		    levels, (int)preferences_default.level[kind]);
}

static void
reset_kind(struct preferences *draft, int group, enum kind kind)
{
	draft->layers[group + (int)kind] = LAYER_DEFAULT;
	if (group == PREFERENCE_KINDS)
		draft->kinds[kind] = preferences_default.kinds[kind];
	else if (group == PREFERENCE_DELAY)
		draft->delay_s[kind] = preferences_default.delay_s[kind];
	else
		draft->level[kind] = preferences_default.level[kind];
}

static void
read_by_kind(struct reading *reading, const char *name, int group)
{
	struct json_object object = json_member(&reading->document, name);
	bool is_reset = json_is_null(&reading->document, name);

	for (int i = 0; i < KIND_COUNT; i++) {
		if (!kind_has_wishes((enum kind)i))
			continue;
		if (is_reset)
			reset_kind(reading->draft, group, (enum kind)i);
		else
			read_of_kind(reading, &object, group, (enum kind)i);
	}
}

static void
read_muted(struct reading *reading, const struct json_object *mute,
    const char *name, int number, struct muted *muted)
{
	struct muted fresh = { .items = NULL };

	if (!is_said(reading, mute, name, number))
		return;
	keep(reading, muted_read(mute, name, &fresh));
	muted_finish(muted);
	*muted = fresh;
}

static void
read_mute(struct reading *reading)
{
	static const char *const names[] = { "sessions", "projects", "hosts" };
	struct preferences *draft = reading->draft;
	struct muted *const lists[] = { &draft->muted_sessions,
		&draft->muted_projects, &draft->muted_hosts };
	struct json_object mute = json_member(&reading->document, "mute");
	bool is_reset = json_is_null(&reading->document, "mute");

	for (int i = 0; i < (int)COUNT_OF(lists); i++) {
		int number = PREFERENCE_MUTE_SESSIONS + i;

		if (is_reset) {
			muted_finish(lists[i]);
			draft->layers[number] = LAYER_DEFAULT;
		} else {
			read_muted(reading, &mute, names[i], number, lists[i]);
		}
	}
}

static void
read_rate(struct reading *reading)
{
	struct json_object rate = json_member(&reading->document, "rate");
	struct rate *draft = &reading->draft->rate;

	if (!is_said(reading, &reading->document, "rate", PREFERENCE_RATE))
		return;
	if (json_is_null(&reading->document, "rate"))
		*draft = preferences_default.rate;
	if (json_is_null(&rate, "burst"))
		draft->burst = preferences_default.rate.burst;
	if (json_is_null(&rate, "per_minute"))
		draft->per_minute = preferences_default.rate.per_minute;
	draft->burst =
	    (int32_t)json_integer(&rate, "burst", 1, RATE_MAX, draft->burst);
	draft->per_minute = (int32_t)json_integer(&rate, "per_minute", 1,
	    RATE_MAX, draft->per_minute);
}

static void
read_quiet(struct reading *reading)
{
	struct quiet quiet = { .rules = NULL };

	if (!is_said(reading, &reading->document, "quiet", PREFERENCE_QUIET))
		return;
	keep(reading, hours_read(&reading->document, reading->zones, &quiet));
	quiet_finish(&reading->draft->quiet);
	reading->draft->quiet = quiet;
}

static void
read_snooze(struct reading *reading)
{
	const struct json_object *document = &reading->document;
	int64_t *until_ms = &reading->draft->snooze_until_ms;

	if (!is_said(reading, document, "snooze_until", PREFERENCE_SNOOZE))
		return;
	*until_ms =
	    json_integer(document, "snooze_until", 0, SNOOZE_MOST_MS, 0);
	if (*until_ms > 0 && *until_ms < SNOOZE_LEAST_MS)
		fault_set(document->fault,
		    "%ssnooze_until: must be milliseconds since 1970, or 0",
		    document->path);
}

static void
read_sound(struct reading *reading)
{
	const struct json_object *document = &reading->document;
	const char *sound = json_text(document, "sound", JSON_MAX);

	if (!is_said(reading, document, "sound", PREFERENCE_SOUND))
		return;
	/* It is text or null: null is no sound, not the default one. */
	reading->draft->layers[PREFERENCE_SOUND] = (uint8_t)reading->layer;
	if (sound == NULL)
		sound = "";
	if (strlen(sound) > PREFERENCES_SOUND_LEN || !text_is_line(sound))
		fault_set(document->fault,
		    "%ssound: must be a line of at most %d bytes, or null",
		    document->path, PREFERENCES_SOUND_LEN);
	else
		memcpy(reading->draft->sound, sound, strlen(sound) + 1);
}

static void
read_document(struct reading *reading)
{
	struct preferences *draft = reading->draft;
	const struct json_object *document = &reading->document;

	read_bool(reading, "enabled", PREFERENCE_ENABLED, &draft->enabled,
	    preferences_default.enabled);
	read_by_kind(reading, "kinds", PREFERENCE_KINDS);
	draft->min_duration_s =
	    read_int(reading, "min_duration_s", PREFERENCE_MIN_DURATION,
	        PREFERENCES_TURN_MAX_S, draft->min_duration_s);
	read_bool(reading, "subagents", PREFERENCE_SUBAGENTS, &draft->subagents,
	    preferences_default.subagents);
	read_by_kind(reading, "delay_s", PREFERENCE_DELAY);
	draft->presence = (enum presence_wish)read_choice(reading, "presence",
	    PREFERENCE_PRESENCE, presence_wishes, (int)draft->presence);
	draft->presence_scope = (enum presence_scope)read_choice(reading,
	    "presence_scope", PREFERENCE_PRESENCE_SCOPE, presence_scopes,
	    (int)draft->presence_scope);
	draft->hold_s = read_int(reading, "hold_s", PREFERENCE_HOLD,
	    PREFERENCES_WAIT_MAX_S, draft->hold_s);
	read_quiet(reading);
	read_snooze(reading);
	read_mute(reading);
	read_rate(reading);
	draft->privacy = (enum privacy)read_choice(reading, "privacy",
	    PREFERENCE_PRIVACY, privacies, (int)draft->privacy);
	read_by_kind(reading, "level", PREFERENCE_LEVEL);
	read_sound(reading);
	/* A device's wishes are counted with its registration. */
	if (reading->layer == LAYER_USER)
		draft->rev = json_integer(document, "rev", 0, REV_MAX, 0);
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

void
preferences_path(int number, struct buf *path)
{
	static const char *const names[] = { "enabled", "min_duration_s",
		"subagents", "presence", "presence_scope", "hold_s", "quiet",
		"snooze_until", "mute.sessions", "mute.projects", "mute.hosts",
		"rate", "privacy", "sound" };
	static const char *const groups[] = { "kinds", "delay_s", "level" };

	if (number < PREFERENCE_KINDS) {
		buf_addf(path, "%s", names[number]);
		return;
	}
	number -= PREFERENCE_KINDS;
	buf_addf(path, "%s.%s", groups[number / KIND_COUNT],
	    kind_str((enum kind)(number % KIND_COUNT)));
}
