#include "core/catalog.h"

#include "core/preferences.h"

#include <stdbool.h>
#include <string.h>

#define KINDS_ASKING (1U << KIND_PERMISSION_ASKED | 1U << KIND_QUESTION_ASKED)
#define KINDS_SHOWN                                                          \
	(KINDS_ASKING | 1U << KIND_SESSION_ERROR | 1U << KIND_SESSION_IDLE | \
	    1U << KIND_NOTE)

/* Where it is, and how long: a row for one, and one for each kind. */
#define AT(member)                                      \
	.offset = offsetof(struct preferences, member), \
	.size = sizeof(((struct preferences *)0)->member)
#define AT_KIND(member)                                 \
	.offset = offsetof(struct preferences, member), \
	.size = sizeof(((struct preferences *)0)->member[0])

static const char *const presence_wishes[] = { "hold", "suppress", "ignore",
	NULL };
static const char *const presence_scopes[] = { "user", "device", NULL };
static const char *const privacies[] = { "full", "title", "none", NULL };
static const char *const levels[] = { "passive", "active", "time-sensitive",
	NULL };
static const char *const quiet_rule[] = { "days", "from", "to", "tz", "allow",
	"digest", NULL };
static const char *const step[] = { "after_s", "devices", NULL };

const struct catalog_row catalog_rows[CATALOG_COUNT] = {
	{ "enabled", SHAPE_BOOL, PREFERENCE_ENABLED, AT(enabled) },
	{ "kinds", SHAPE_BOOL, PREFERENCE_KINDS, KINDS_SHOWN, AT_KIND(kinds) },
	{ "min_duration_s", SHAPE_INTEGER, PREFERENCE_MIN_DURATION,
	    AT(min_duration_s), .max = PREFERENCES_DAY_S },
	{ "subagents", SHAPE_BOOL, PREFERENCE_SUBAGENTS, AT(subagents) },
	{ "delay_s", SHAPE_INTEGER, PREFERENCE_DELAY, KINDS_SHOWN,
	    AT_KIND(delay_s), .max = PREFERENCES_WAIT_MAX_S },
	{ "presence", SHAPE_CHOICE, PREFERENCE_PRESENCE, AT(presence),
	    .choices = presence_wishes },
	{ "presence_scope", SHAPE_CHOICE, PREFERENCE_PRESENCE_SCOPE,
	    AT(presence_scope), .choices = presence_scopes },
	{ "hold_s", SHAPE_INTEGER, PREFERENCE_HOLD, AT(hold_s),
	    .max = PREFERENCES_WAIT_MAX_S },
	{ "quiet", SHAPE_HOURS, PREFERENCE_QUIET, AT(quiet),
	    .members = quiet_rule },
	{ "snooze_until", SHAPE_INSTANT, PREFERENCE_SNOOZE,
	    AT(snooze_until_ms) },
	{ "snooze_allow", SHAPE_KINDS, PREFERENCE_SNOOZE_ALLOW,
	    AT(snooze_allow) },
	{ "remind_s", SHAPE_TIMES, PREFERENCE_REMIND, KINDS_ASKING,
	    AT_KIND(remind_s), .min = 1, .max = PREFERENCES_DAY_S },
	{ "escalate", SHAPE_STEPS, PREFERENCE_ESCALATE, AT(escalate),
	    .members = step },
	{ "gather_s", SHAPE_INTEGER, PREFERENCE_GATHER, AT(gather_s),
	    .max = PREFERENCES_WAIT_MAX_S },
	{ "progress", SHAPE_BOOL, PREFERENCE_PROGRESS, AT(progress) },
	{ "mute.sessions", SHAPE_NAMES, PREFERENCE_MUTE_SESSIONS,
	    AT(muted_sessions) },
	{ "mute.projects", SHAPE_NAMES, PREFERENCE_MUTE_PROJECTS,
	    AT(muted_projects) },
	{ "mute.hosts", SHAPE_NAMES, PREFERENCE_MUTE_HOSTS, AT(muted_hosts) },
	{ "rate.burst", SHAPE_INTEGER, PREFERENCE_RATE, AT(rate.burst),
	    .min = 1, .max = RATE_MAX },
	{ "rate.per_minute", SHAPE_INTEGER, PREFERENCE_RATE,
	    AT(rate.per_minute), .min = 1, .max = RATE_MAX },
	{ "rate.asks.burst", SHAPE_INTEGER, PREFERENCE_RATE_ASKS,
	    AT(rate_asks.burst), .min = 1, .max = RATE_MAX },
	{ "rate.asks.per_minute", SHAPE_INTEGER, PREFERENCE_RATE_ASKS,
	    AT(rate_asks.per_minute), .min = 1, .max = RATE_MAX },
	{ "privacy", SHAPE_CHOICE, PREFERENCE_PRIVACY, AT(privacy),
	    .choices = privacies },
	{ "level", SHAPE_CHOICE, PREFERENCE_LEVEL, KINDS_SHOWN, AT_KIND(level),
	    .choices = levels },
	{ "sound", SHAPE_SOUND, PREFERENCE_SOUND, AT(sound) },
};

bool
catalog_next_name(const char **path, char name[CATALOG_NAME_MAX])
{
	size_t len = strcspn(*path, ".");

	if (len == 0)
		return false;
	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len + ((*path)[len] == '.');
	return true;
}
