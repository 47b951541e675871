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
		[REASON_REMINDER] = "reminder",
		[REASON_ESCALATE] = "escalate",
		[REASON_GATHER] = "gather",
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
	if (wishes->snooze_until_ms <= judging->at->now_ms ||
	    (wishes->snooze_allow >> event->kind & 1) != 0)
		return false;
	judging->ruling.until_ms = wishes->snooze_until_ms;
	return apply(judging, ACTION_DEFER, REASON_SNOOZED, PREFERENCE_SNOOZE);
}

/* Rule 4: quiet hours. */
static bool
is_in_quiet_hours(struct judging *judging)
{
	struct quiet_verdict quiet = quiet_judge(&judging->wishes->quiet,
	    judging->event->kind, judging->at->now_ms);

	if (!quiet.is_quiet)
		return false;
	judging->ruling.until_ms = quiet.until_ms;
	return apply(judging, quiet.digest ? ACTION_DEFER : ACTION_DROP,
	    REASON_QUIET, PREFERENCE_QUIET);
}

static bool
is_ask(enum kind kind)
{
	return kind_class(kind) == CLASS_ANSWER;
}

static bool
is_looked_at(const struct judging *judging)
{
	return judging->wishes->presence != PRESENCE_IGNORE &&
	    registry_is_present(judging->person, judging->place,
	        judging->wishes->presence_scope, judging->at->monotonic_ms);
}

static int64_t
full_us(const struct judging *judging)
{
	return is_ask(judging->event->kind) ? judging->place->asks_full_us
	                                    : judging->place->full_us;
}

/* Rule 6: who looks is told nothing, and what is not pushed takes no token. */
static bool
is_suppressed(struct judging *judging)
{
	if (judging->wishes->presence != PRESENCE_SUPPRESS ||
	    !is_looked_at(judging))
		return false;
	judging->ruling.full_us = full_us(judging);
	return drop(judging, REASON_FOREGROUND, PREFERENCE_PRESENCE);
}

/* Turns that finish together are told of together: the first takes a token, and
 * says until when others may join it. */
static bool
is_gathered(struct judging *judging)
{
	const struct preferences *wishes = judging->wishes;
	int64_t now_ms = judging->at->now_ms;
	struct ruling *ruling = &judging->ruling;

	if (judging->event->kind != KIND_SESSION_IDLE ||
	    wishes->gather_s == 0 ||
	    (wishes->presence == PRESENCE_SUPPRESS && is_looked_at(judging)))
		return false;
	ruling->until_ms = judging->place->gather_ms;
	if (ruling->until_ms <= now_ms) {
		if (!rate_take(&wishes->rate, &ruling->full_us, now_ms))
			return false;
		ruling->until_ms = now_ms + wishes->gather_s * INT64_C(1000);
	}
	return apply(judging, ACTION_DEFER, REASON_GATHER, PREFERENCE_GATHER);
}

/* Rule 5: the rate. */
static bool
is_too_much(struct judging *judging)
{
	const struct place *place = judging->place;
	enum kind kind = judging->event->kind;
	int64_t now_ms = judging->at->now_ms;

	if (rate_take(rules_rate(judging->wishes, kind),
	        &judging->ruling.full_us, now_ms))
		return false;
	judging->ruling.until_ms = place->overflow_ms > now_ms
	    ? place->overflow_ms
	    : now_ms + RULES_DIGEST_MS;
	return apply(judging, ACTION_DEFER, REASON_RATE,
	    is_ask(kind) ? PREFERENCE_RATE_ASKS : PREFERENCE_RATE);
}

/* Held for so long, if it is longer than what holds it already. */
static void
hold(struct judging *judging, int32_t wait_s, enum reason reason,
    int preference)
{
	int64_t until_ms = judging->at->now_ms + wait_s * INT64_C(1000);

	if (wait_s == 0 ||
	    (judging->ruling.action == ACTION_HOLD &&
	        until_ms < judging->ruling.until_ms))
		return;
	judging->ruling.until_ms = until_ms;
	(void)apply(judging, ACTION_HOLD, reason, preference);
}

/* Rule 6: held, for what is longest; of two that are as long the later one
 * counts. */
static bool
is_held(struct judging *judging)
{
	const struct preferences *wishes = judging->wishes;
	enum kind kind = judging->event->kind;

	hold(judging, wishes->delay_s[kind], REASON_DELAY,
	    PREFERENCE_DELAY + (int)kind);
	if (is_looked_at(judging))
		hold(judging, wishes->hold_s, REASON_PRESENCE, PREFERENCE_HOLD);
	if (is_ask(kind))
		hold(judging,
		    escalation_after_s(&wishes->escalate, judging->place->name),
		    REASON_ESCALATE, PREFERENCE_ESCALATE);
	return judging->ruling.action == ACTION_HOLD;
}

static bool
is_out_of_question(struct judging *judging)
{
	const struct event *event = judging->event;

	if (kind_class(event->kind) == CLASS_RESOLUTION)
		return drop(judging, REASON_RESOLUTION, RULES_NO_PREFERENCE);
	if (event->expires_ms <= judging->at->now_ms)
		return drop(judging, REASON_EXPIRED, RULES_NO_PREFERENCE);
	return false;
}

static bool
is_disabled(struct judging *judging)
{
	if (judging->wishes->enabled)
		return false;
	return drop(judging, REASON_DISABLED, PREFERENCE_ENABLED);
}

/* Rules 2 to 4. A test shows that a push works: nothing but the main switch
 * stands in its way. */
static bool
is_unwelcome(struct judging *judging)
{
	return is_disabled(judging) ||
	    (judging->event->kind != KIND_TEST &&
	        (is_unwanted(judging) || is_silenced(judging) ||
	            is_in_quiet_hours(judging)));
}

static struct judging
begin(const struct event *event, const struct person *person,
    const struct place *place, const struct instant *at)
{
	struct judging judging = {
		.event = event,
		.person = person,
		.place = place,
		.wishes = registry_wishes(person, place),
		.at = at,
		.ruling = { .preference = RULES_NO_PREFERENCE },
	};

	judging.ruling.full_us = full_us(&judging);
	return judging;
}

struct ruling
rules_apply(const struct event *event, const struct person *person,
    const struct place *place, const struct instant *at)
{
	struct judging judging = begin(event, person, place, at);

	(void)(is_out_of_question(&judging) || is_unwelcome(&judging) ||
	    event->kind == KIND_TEST || is_gathered(&judging) ||
	    is_too_much(&judging) || is_suppressed(&judging) ||
	    is_held(&judging));
	return judging.ruling;
}

struct ruling
rules_apply_again(const struct event *event, const struct person *person,
    const struct place *place, const struct instant *at)
{
	struct judging judging = begin(event, person, place, at);

	(void)is_unwelcome(&judging);
	return judging.ruling;
}

struct ruling
rules_apply_reminder(const struct event *event, const struct person *person,
    const struct place *place, const struct instant *at)
{
	struct judging judging = begin(event, person, place, at);

	if (is_unwelcome(&judging) || is_suppressed(&judging))
		return judging.ruling;
	if (is_looked_at(&judging))
		hold(&judging, judging.wishes->hold_s, REASON_PRESENCE,
		    PREFERENCE_HOLD);
	return judging.ruling;
}

int64_t
rules_remind_in_ms(const struct preferences *wishes, enum kind kind,
    int32_t round)
{
	const struct times *times = &wishes->remind_s[kind];

	if (round >= times->count)
		return 0;
	return (times->after_s[round] -
	           (round > 0 ? times->after_s[round - 1] : 0)) *
	    INT64_C(1000);
}

int64_t *
rules_bucket(struct place *place, enum kind kind)
{
	return is_ask(kind) ? &place->asks_full_us : &place->full_us;
}

const struct rate *
rules_rate(const struct preferences *wishes, enum kind kind)
{
	return is_ask(kind) ? &wishes->rate_asks : &wishes->rate;
}
