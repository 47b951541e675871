/* preferences.h - what a person wants to be told: docs/rules.md, "Preferences".
 *
 * Layer:   core. Pure.
 * Three layers lie on each other: the defaults, what the person said, what one
 * device said. Each is a JSON Merge Patch (RFC 7396) on the one before.
 */
#ifndef CORE_PREFERENCES_H
#define CORE_PREFERENCES_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "core/escalation.h"
#include "core/event.h"
#include "core/json.h"
#include "core/look.h"
#include "core/muted.h"
#include "core/quiet.h"
#include "core/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFERENCES_WAIT_MAX_S 3600 /* what is held, and gathered */
#define PREFERENCES_DAY_S 86400     /* no turn, reminder or step is longer */
#define PREFERENCES_SOUND_LEN 63    /* bytes */
#define PREFERENCES_PATH_MAX 64     /* bytes of "kinds.permission.asked" */
#define PREFERENCES_TIMES_MAX 8     /* reminders of one request */

/* A snooze that lasts until it is ended by hand. */
#define PREFERENCES_SNOOZE_MAX_MS 9007199254740991

enum presence_wish {
	PRESENCE_HOLD,
	PRESENCE_SUPPRESS,
	PRESENCE_IGNORE,
};

enum presence_scope {
	SCOPE_USER,
	SCOPE_DEVICE,
};

/* Who said so. */
enum layer {
	LAYER_DEFAULT,
	LAYER_USER,
	LAYER_DEVICE,
};

const char *layer_str(enum layer layer); /* "default" */

/* What can be said, each with the layer it comes from; core/catalog.h has the
 * rows. The last four are said for each kind: add it. */
enum preference {
	PREFERENCE_ENABLED,
	PREFERENCE_MIN_DURATION,
	PREFERENCE_SUBAGENTS,
	PREFERENCE_PRESENCE,
	PREFERENCE_PRESENCE_SCOPE,
	PREFERENCE_HOLD,
	PREFERENCE_QUIET,
	PREFERENCE_SNOOZE,
	PREFERENCE_SNOOZE_ALLOW,
	PREFERENCE_ESCALATE,
	PREFERENCE_GATHER,
	PREFERENCE_PROGRESS,
	PREFERENCE_MUTE_SESSIONS,
	PREFERENCE_MUTE_PROJECTS,
	PREFERENCE_MUTE_HOSTS,
	PREFERENCE_RATE,
	PREFERENCE_RATE_ASKS,
	PREFERENCE_PRIVACY,
	PREFERENCE_SOUND,
	PREFERENCE_KINDS,
	PREFERENCE_DELAY = PREFERENCE_KINDS + KIND_COUNT,
	PREFERENCE_LEVEL = PREFERENCE_DELAY + KIND_COUNT,
	PREFERENCE_REMIND = PREFERENCE_LEVEL + KIND_COUNT,
	PREFERENCE_COUNT = PREFERENCE_REMIND + KIND_COUNT,
};

/* Seconds after something, each longer than the one before. */
struct times {
	int32_t count;
	int32_t after_s[PREFERENCES_TIMES_MAX];
};

struct preferences {
	bool enabled;
	bool subagents;
	bool kinds[KIND_COUNT];
	int32_t min_duration_s;
	int32_t delay_s[KIND_COUNT];
	enum presence_wish presence;
	enum presence_scope presence_scope;
	int32_t hold_s;
	struct quiet quiet; /* its rules are owned */
	int64_t snooze_until_ms;
	uint16_t snooze_allow;             /* bit n = kind n is pushed */
	struct times remind_s[KIND_COUNT]; /* of what needs an answer */
	struct escalation escalate;        /* its steps are owned */
	int32_t gather_s;
	bool progress;
	struct muted muted_sessions;
	struct muted muted_projects; /* names and directories */
	struct muted muted_hosts;
	struct rate rate;
	struct rate rate_asks; /* of what needs an answer */
	enum privacy privacy;
	enum level level[KIND_COUNT];
	char sound[PREFERENCES_SOUND_LEN + 1]; /* "" = silent */
	int64_t rev;
	uint8_t layers[PREFERENCE_COUNT]; /* enum layer */
};

/* What holds for somebody who never said anything; it owns nothing. */
extern const struct preferences preferences_default;

/* Who says a document, and where its zones are found. */
struct preferences_origin {
	enum layer layer;
	const struct zone_source *zones; /* NULL = names are only looked at */
};

/* Out:     copy  preferences_finish() it; untouched unless STATUS_OK */
enum status preferences_copy(const struct preferences *preferences,
    struct preferences *copy);
void preferences_finish(struct preferences *preferences); /* zeroed is fine */
void preferences_free(struct preferences *preferences);   /* NULL is fine */

/* Lay a document over preferences; null means the default again, but for
 * sound, which null switches off.
 * In/Out:  preferences  finished by the caller; untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set to the path of what is wrong.
 */
enum status preferences_apply(const struct json_object *document,
    const struct preferences_origin *origin, struct preferences *preferences);

/* The same from the bytes of a message. */
enum status preferences_parse(const char *bytes, size_t len,
    const struct preferences_origin *origin, struct preferences *preferences,
    struct fault *fault);

/* Where a preference stands in a document: "kinds.note"; what several rows say
 * together is where all of them stand: "rate".
 * In:      number  enum preference, with its kind
 * Out:     path    appended */
void preferences_path(int number, struct buf *path);

#endif
