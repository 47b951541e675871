#include "core/rules.h"

const char *
reason_str(enum reason reason)
{
	static const char *const words[] = {
		[REASON_NONE] = "none",
		[REASON_INVALID] = "invalid",
		[REASON_DUPLICATE] = "duplicate",
		[REASON_EXPIRED] = "expired",
		[REASON_NO_DEVICE] = "no-device",
		[REASON_DISABLED] = "disabled",
		[REASON_KIND] = "kind",
		[REASON_SUBAGENT] = "subagent",
		[REASON_SHORT] = "short",
		[REASON_MUTED] = "muted",
		[REASON_SNOOZED] = "snoozed",
		[REASON_QUIET] = "quiet",
		[REASON_RATE] = "rate",
		[REASON_DELAY] = "delay",
		[REASON_PRESENCE] = "presence",
		[REASON_FOREGROUND] = "foreground",
		[REASON_RESOLUTION] = "resolution",
		[REASON_RESOLVED] = "resolved",
		[REASON_SEEN] = "seen",
		[REASON_DIGEST] = "digest",
		[REASON_LIMIT] = "limit",
	};

	return words[reason];
}

/* One event on its way through the rules. */
struct judging {
	const struct event *event;
	const struct person *person;
	const struct place *place;
	const struct preferences *wishes;
	const struct instant *at;
	struct ruling ruling;
};

/* A rule applies: it and the preference behind it are the answer. */
static bool
apply(struct judging *judging, enum action action, enum reason reason,
    int preference)
{
	struct ruling *ruling = &judging->ruling;

	ruling->action = action;
	ruling->reason = reason;
	ruling->preference = preference;
	ruling->layer = preference == RULES_NO_PREFERENCE
	    ? LAYER_DEFAULT
	    : (enum layer)judging->wishes->layers[preference];
	return true;
}

static bool
drop(struct judging *judging, enum reason reason, int preference)
{
	return apply(judging, ACTION_DROP, reason, preference);
}

/* Rule 2: kind, subagent, short. */
static bool
is_unwanted(struct judging *judging)
{
	const struct event *event = judging->event;
	const struct preferences *wishes = judging->wishes;
	bool is_turn = event->kind == KIND_SESSION_IDLE;

	if (!wishes->kinds[event->kind])
		return drop(judging, REASON_KIND,
		    PREFERENCE_KINDS + (int)event->kind);
	if ((is_turn || event->kind == KIND_SESSION_ERROR) &&
	    event->session_parent != NULL && !wishes->subagents)
		return drop(judging, REASON_SUBAGENT, PREFERENCE_SUBAGENTS);
	/* A duration of 0 is one that nobody said. */
	if (is_turn && event->duration_ms > 0 &&
	    event->duration_ms < wishes->min_duration_s * INT64_C(1000))
		return drop(judging, REASON_SHORT, PREFERENCE_MIN_DURATION);
	return false;
}

/* Rule 3: muted, snoozed. */
static bool
is_silenced(struct judging *judging)
{
	const struct event *event = judging->event;
	const struct preferences *wishes = judging->wishes;

	if (muted_has(&wishes->muted_sessions, event->session_id))
		return drop(judging, REASON_MUTED, PREFERENCE_MUTE_SESSIONS);
	if (muted_has(&wishes->muted_projects, event->project_name) ||
	    muted_has(&wishes->muted_projects, event->project_directory))
		return drop(judging, REASON_MUTED, PREFERENCE_MUTE_PROJECTS);
	if (muted_has(&wishes->muted_hosts, event->host))
		return drop(judging, REASON_MUTED, PREFERENCE_MUTE_HOSTS);
	if (wishes->snooze_until_ms > judging->at->now_ms)
		return drop(judging, REASON_SNOOZED, PREFERENCE_SNOOZE);
	return false;
}

/* Rule 4: quiet hours. */
static bool
is_in_quiet_hours(struct judging *judging, enum kind kind)
{
	struct quiet_verdict quiet =
	    quiet_judge(&judging->wishes->quiet, kind, judging->at->now_ms);

	if (!quiet.is_quiet)
		return false;
	judging->ruling.until_ms = quiet.until_ms;
	return apply(judging, quiet.digest ? ACTION_DEFER : ACTION_DROP,
	    REASON_QUIET, PREFERENCE_QUIET);
}

/* Rule 5: the rate. What is answered for waits for nobody's bucket. */
static bool
is_too_much(struct judging *judging)
{
	const struct place *place = judging->place;
	int64_t now_ms = judging->at->now_ms;
	int64_t *full_us = &judging->ruling.full_us;

	if (kind_class(judging->event->kind) == CLASS_ANSWER ||
	    rate_take(&judging->wishes->rate, full_us, now_ms))
		return false;
	judging->ruling.until_ms = place->overflow_ms > now_ms
	    ? place->overflow_ms
	    : now_ms + RULES_DIGEST_MS;
	return apply(judging, ACTION_DEFER, REASON_RATE, PREFERENCE_RATE);
}

/* Rule 6: held, for what is longer; or suppressed by presence. */
static bool
is_held(struct judging *judging)
{
	const struct preferences *wishes = judging->wishes;
	enum kind kind = judging->event->kind;
	int32_t delay_s = wishes->delay_s[kind];
	int32_t hold_s = 0;
	bool is_present = wishes->presence != PRESENCE_IGNORE &&
	    registry_is_present(judging->person, judging->place,
	        wishes->presence_scope, judging->at->monotonic_ms);

	if (is_present && wishes->presence == PRESENCE_SUPPRESS) {
		/* What is not pushed takes no token. */
		judging->ruling.full_us = judging->place->full_us;
		return drop(judging, REASON_FOREGROUND, PREFERENCE_PRESENCE);
	}
	if (is_present)
		hold_s = wishes->hold_s;
	if (delay_s == 0 && hold_s == 0)
		return false;
	if (hold_s >= delay_s) {
		judging->ruling.until_ms =
		    judging->at->now_ms + hold_s * INT64_C(1000);
		return apply(judging, ACTION_HOLD, REASON_PRESENCE,
		    PREFERENCE_HOLD);
	}
	judging->ruling.until_ms =
	    judging->at->now_ms + delay_s * INT64_C(1000);
	return apply(judging, ACTION_HOLD, REASON_DELAY,
	    PREFERENCE_DELAY + (int)kind);
}

static bool
is_out_of_question(struct judging *judging)
{
	const struct event *event = judging->event;

	if (kind_class(event->kind) == CLASS_RESOLUTION)
		return drop(judging, REASON_RESOLUTION, RULES_NO_PREFERENCE);
	if (event->expires_ms <= judging->at->now_ms)
		return drop(judging, REASON_EXPIRED, RULES_NO_PREFERENCE);
	if (!judging->wishes->enabled)
		return drop(judging, REASON_DISABLED, PREFERENCE_ENABLED);
	return false;
}

struct ruling
rules_apply(const struct event *event, const struct person *person,
    const struct place *place, const struct instant *at)
{
	struct judging judging = {
		.event = event,
		.person = person,
		.place = place,
		.wishes = registry_wishes(person, place),
		.at = at,
		.ruling = {
			.preference = RULES_NO_PREFERENCE,
			.full_us = place->full_us,
		},
	};

	/* A test shows that a push works: nothing else stands in its way. */
	(void)(is_out_of_question(&judging) || event->kind == KIND_TEST ||
	    is_unwanted(&judging) || is_silenced(&judging) ||
	    is_in_quiet_hours(&judging, event->kind) || is_too_much(&judging) ||
	    is_held(&judging));
	return judging.ruling;
}

struct ruling
rules_apply_deferred(enum kind kind, const struct person *person,
    const struct place *place, int64_t now_ms)
{
	const struct instant at = { .now_ms = now_ms };
	struct judging judging = {
		.person = person,
		.place = place,
		.wishes = registry_wishes(person, place),
		.at = &at,
		.ruling = { .preference = RULES_NO_PREFERENCE },
	};

	(void)is_in_quiet_hours(&judging, kind);
	return judging.ruling;
}
