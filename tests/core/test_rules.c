#include "core/rules.h"
#include "zones.h"

#include <stdlib.h>
#include <string.h>

/* 24 November 2025, 16:00 UTC, a Monday. */
#define NOW_MS INT64_C(1764000000000)
#define MONOTONIC_MS INT64_C(5000000)
#define HOUR_MS INT64_C(3600000)

/* Who looks at what, as rules_apply() finds it. */
enum looking {
	NOBODY,
	HERE,      /* at the device that is judged */
	ELSEWHERE, /* at another device of the same person */
};

struct scene {
	const char *event;
	const char *prefs;
	enum looking looking;
	enum action action;
	enum reason reason;
	const char *device_prefs; /* NULL = none */
	int64_t wait_ms;          /* from now on, where it waits */
};

static struct zone *utc;
static struct zone_source zones;

static const struct zone *
find_zone(void *context, const char *name)
{
	return strcmp(name, "UTC") == 0 ? context : NULL;
}

static int
set_up(void **state)
{
	(void)state;
	utc = read_zone("UTC");
	zones = (struct zone_source){ find_zone, utc };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	zone_destroy(utc);
	return 0;
}

static void
put_device(struct registry *registry, const char *prefs)
{
	struct fault fault = { "" };
	struct device device;
	char text[512];

	(void)snprintf(text, sizeof(text), "{\"platform\":\"log\"%s%s}",
	    prefs != NULL ? ",\"prefs\":" : "", prefs != NULL ? prefs : "");
	assert_int_equal(device_parse(text, strlen(text), &device, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_device(registry, "alice", "phone",
	                     &device),
	    STATUS_OK);
}

static void
put_preferences(struct registry *registry, const char *text)
{
	struct preferences preferences = preferences_default;
	struct fault fault = { "" };

	if (preferences_parse(text, strlen(text),
	        &(struct preferences_origin){ LAYER_USER, &zones },
	        &preferences, &fault) != STATUS_OK)
		fail_msg("%s: %s", text, fault.text);
	assert_int_equal(registry_put_preferences(registry, "alice",
	                     &preferences),
	    STATUS_OK);
	preferences_finish(&preferences);
}

static struct registry *
make_registry(const struct scene *scene)
{
	struct registry *registry;

	assert_int_equal(registry_create(&registry), STATUS_OK);
	registry_use_zones(registry, &zones);
	put_device(registry, scene->device_prefs);
	put_preferences(registry, scene->prefs);
	if (scene->looking != NOBODY)
		assert_int_equal(registry_put_presence(registry, "alice",
		                     scene->looking == HERE ? "phone"
		                                            : "tablet",
		                     MONOTONIC_MS + 1000, false),
		    STATUS_OK);
	return registry;
}

/* An event that happened age_ms ago; text is its kind, or the whole of it. */
static void
make_event(const char *text, int64_t age_ms, struct event *event)
{
	struct fault fault = { "" };
	char json[512];
	struct arrival arrival = {
		.payload = json,
		.at_ms = NOW_MS - age_ms,
		.id = "msg_1",
	};

	(void)snprintf(json, sizeof(json),
	    *text == '{' ? "%s" : "{\"kind\":\"%s\"}", text);
	arrival.len = strlen(json);
	if (event_parse(&arrival, event, &fault) != STATUS_OK)
		fail_msg("%s: %s", json, fault.text);
}

static struct ruling
decide_now(const struct registry *registry, const struct event *event)
{
	const struct instant at = { NOW_MS, MONOTONIC_MS };

	return rules_apply(event, registry_person(registry, "alice"),
	    registry_device(registry, "alice", "phone"), &at);
}

static struct ruling
judge(const struct scene *scene, int64_t age_ms)
{
	struct registry *registry = make_registry(scene);
	struct ruling ruling;
	struct event event;

	make_event(scene->event, age_ms, &event);
	ruling = decide_now(registry, &event);
	event_finish(&event);
	registry_destroy(registry);
	return ruling;
}

static void
assert_judged(const struct scene *scenes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct scene *scene = &scenes[i];
		struct ruling ruling = judge(scene, 0);

		if (ruling.action != scene->action ||
		    ruling.reason != scene->reason)
			fail_msg("%s with %s: %d %s instead of %d %s",
			    scene->event, scene->prefs, (int)ruling.action,
			    reason_str(ruling.reason), (int)scene->action,
			    reason_str(scene->reason));
		if (scene->wait_ms > 0)
			assert_int_equal(ruling.until_ms,
			    NOW_MS + scene->wait_ms);
	}
}

#define PUSHED ACTION_PUSH, REASON_NONE
#define DROPPED(reason) ACTION_DROP, REASON_##reason

TEST(pushes_every_notice_at_once)
{
	static const struct scene scenes[] = {
		{ "session.error", "{}", NOBODY, PUSHED, NULL, 0 },
		{ "session.idle", "{}", NOBODY, PUSHED, NULL, 0 },
		{ "note", "{}", NOBODY, PUSHED, NULL, 0 },
		{ "test", "{}", NOBODY, PUSHED, NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(holds_what_is_asked_for_as_long_as_an_answer_by_rule_takes)
{
	static const struct scene scenes[] = {
		{ "permission.asked", "{}", NOBODY, ACTION_HOLD, REASON_DELAY,
		    NULL, 1000 },
		{ "question.asked", "{}", NOBODY, ACTION_HOLD, REASON_DELAY,
		    NULL, 1000 },
		{ "question.asked", "{\"delay_s\":{\"question.asked\":0}}",
		    NOBODY, PUSHED, NULL, 0 },
		{ "note", "{\"delay_s\":{\"note\":9}}", NOBODY, ACTION_HOLD,
		    REASON_DELAY, NULL, 9000 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(shows_no_resolution)
{
	static const struct scene scenes[] = {
		{ "permission.replied", "{}", NOBODY, DROPPED(RESOLUTION), NULL,
		    0 },
		{ "question.replied", "{}", NOBODY, DROPPED(RESOLUTION), NULL,
		    0 },
		{ "question.rejected", "{}", NOBODY, DROPPED(RESOLUTION), NULL,
		    0 },
		{ "session.busy", "{}", NOBODY, DROPPED(RESOLUTION), NULL, 0 },
		{ "session.deleted", "{}", NOBODY, DROPPED(RESOLUTION), NULL,
		    0 },
		{ "session.busy", "{\"enabled\":false}", NOBODY,
		    DROPPED(RESOLUTION), NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(obeys_what_switches_off)
{
	static const struct scene scenes[] = {
		{ "note", "{\"enabled\":false}", NOBODY, DROPPED(DISABLED),
		    NULL, 0 },
		{ "permission.asked", "{\"enabled\":false}", NOBODY,
		    DROPPED(DISABLED), NULL, 0 },
		{ "note", "{\"kinds\":{\"note\":false}}", NOBODY, DROPPED(KIND),
		    NULL, 0 },
		{ "session.idle", "{\"kinds\":{\"note\":false}}", NOBODY,
		    PUSHED, NULL, 0 },
		{ "permission.asked",
		    "{\"kinds\":{\"permission.asked\":false}}", NOBODY,
		    DROPPED(KIND), NULL, 0 },
		{ "note", "{\"kinds\":{\"note\":false}}", NOBODY, PUSHED,
		    "{\"kinds\":{\"note\":true}}", 0 },
		{ "note", "{}", NOBODY, DROPPED(DISABLED),
		    "{\"enabled\":false}", 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

#define CHILD(kind) \
	"{\"kind\":\"" kind "\",\"session\":{\"id\":\"c\",\"parent\":\"p\"}}"

TEST(counts_of_a_subagent_only_what_it_asks)
{
	static const struct scene scenes[] = {
		{ CHILD("session.idle"), "{}", NOBODY, DROPPED(SUBAGENT), NULL,
		    0 },
		{ CHILD("session.error"), "{}", NOBODY, DROPPED(SUBAGENT), NULL,
		    0 },
		{ CHILD("session.idle"), "{\"subagents\":true}", NOBODY, PUSHED,
		    NULL, 0 },
		{ CHILD("permission.asked"), "{}", NOBODY, ACTION_HOLD,
		    REASON_DELAY, NULL, 0 },
		{ CHILD("question.asked"), "{}", NOBODY, ACTION_HOLD,
		    REASON_DELAY, NULL, 0 },
		{ CHILD("note"), "{}", NOBODY, PUSHED, NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

#define TURN(kind, ms) "{\"kind\":\"" kind "\",\"duration_ms\":" ms "}"

TEST(says_nothing_of_a_short_turn)
{
	static const char half[] = "{\"min_duration_s\":30}";
	static const struct scene scenes[] = {
		{ TURN("session.idle", "29999"), half, NOBODY, DROPPED(SHORT),
		    NULL, 0 },
		{ TURN("session.idle", "30000"), half, NOBODY, PUSHED, NULL,
		    0 },
		{ TURN("session.idle", "1"), "{}", NOBODY, PUSHED, NULL, 0 },
		{ "session.idle", half, NOBODY, PUSHED, NULL, 0 },
		{ TURN("session.error", "1"), half, NOBODY, PUSHED, NULL, 0 },
		{ TURN("note", "1"), half, NOBODY, PUSHED, NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(is_silent_of_what_is_muted)
{
	static const char of[] =
	    "{\"kind\":\"note\",\"host\":\"pi\",\"session\":{\"id\":\"ses_1\"},"
	    "\"project\":{\"name\":\"shop\",\"directory\":\"/home/a/shop\"}}";
	static const struct scene scenes[] = {
		{ of, "{\"mute\":{\"sessions\":[\"ses_1\"]}}", NOBODY,
		    DROPPED(MUTED), NULL, 0 },
		{ of, "{\"mute\":{\"projects\":[\"shop\"]}}", NOBODY,
		    DROPPED(MUTED), NULL, 0 },
		{ of, "{\"mute\":{\"projects\":[\"/home/a/shop\"]}}", NOBODY,
		    DROPPED(MUTED), NULL, 0 },
		{ of, "{\"mute\":{\"hosts\":[\"x\",\"pi\"]}}", NOBODY,
		    DROPPED(MUTED), NULL, 0 },
		{ of,
		    "{\"mute\":{\"sessions\":[\"shop\",\"pi\"],\"projects\":"
		    "[\"pi\",\"/home/a\"],\"hosts\":[\"shop\"]}}",
		    NOBODY, PUSHED, NULL, 0 },
		{ "note", "{\"mute\":{\"hosts\":[\"pi\"]}}", NOBODY, PUSHED,
		    NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(is_silent_while_it_snoozes)
{
	static const struct scene scenes[] = {
		{ "permission.asked", "{\"snooze_until\":1764000000001}",
		    NOBODY, ACTION_DEFER, REASON_SNOOZED, NULL, 1 },
		{ "note", "{\"snooze_until\":9007199254740991}", NOBODY,
		    ACTION_DEFER, REASON_SNOOZED, NULL,
		    INT64_C(9007199254740991) - NOW_MS },
		{ "note",
		    "{\"snooze_until\":1764000000001,\"snooze_allow\":"
		    "[\"note\"]}",
		    NOBODY, PUSHED, NULL, 0 },
		{ "session.idle",
		    "{\"snooze_until\":1764000000001,\"snooze_allow\":"
		    "[\"note\"]}",
		    NOBODY, ACTION_DEFER, REASON_SNOOZED, NULL, 1 },
		{ "note", "{\"snooze_until\":1764000000000}", NOBODY, PUSHED,
		    NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

#define QUIET(more)                                                            \
	"{\"quiet\":[{\"from\":\"15:00\",\"to\":\"18:00\",\"tz\":\"UTC\"" more \
	"}]}"

TEST(keeps_quiet_hours)
{
	static const struct scene scenes[] = {
		{ "note", QUIET(""), NOBODY, ACTION_DEFER, REASON_QUIET, NULL,
		    2 * HOUR_MS },
		{ "permission.asked",
		    QUIET(",\"allow\":[\"permission.asked\"]"), NOBODY,
		    ACTION_HOLD, REASON_DELAY, NULL, 0 },
		{ "permission.asked", QUIET(",\"allow\":[\"note\"]"), NOBODY,
		    ACTION_DEFER, REASON_QUIET, NULL, 2 * HOUR_MS },
		{ "note", QUIET(",\"digest\":false"), NOBODY, DROPPED(QUIET),
		    NULL, 0 },
		{ "note", QUIET(",\"days\":[\"tue\"]"), NOBODY, PUSHED, NULL,
		    0 },
		{ "note", QUIET(",\"days\":[\"mon\"]"), NOBODY, ACTION_DEFER,
		    REASON_QUIET, NULL, 2 * HOUR_MS },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(knows_what_looking_at_the_app_means)
{
	static const char suppress[] = "{\"presence\":\"suppress\"}";
	static const char here[] =
	    "{\"presence\":\"suppress\",\"presence_scope\":\"device\"}";
	static const char hold_here[] =
	    "{\"presence\":\"hold\",\"presence_scope\":\"device\"}";
	static const struct scene scenes[] = {
		{ "note", suppress, NOBODY, PUSHED, NULL, 0 },
		{ "note", suppress, HERE, DROPPED(FOREGROUND), NULL, 0 },
		{ "note", suppress, ELSEWHERE, DROPPED(FOREGROUND), NULL, 0 },
		{ "note", here, HERE, DROPPED(FOREGROUND), NULL, 0 },
		{ "note", here, ELSEWHERE, PUSHED, NULL, 0 },
		{ "note", "{\"presence\":\"ignore\"}", HERE, PUSHED, NULL, 0 },
		{ "note", "{\"presence\":\"ignore\"}", ELSEWHERE, PUSHED, NULL,
		    0 },
		{ "permission.asked", "{\"presence\":\"ignore\"}", HERE,
		    ACTION_HOLD, REASON_DELAY, NULL, 1000 },
		{ "note", "{}", HERE, ACTION_HOLD, REASON_PRESENCE, NULL,
		    3000 },
		{ "note", "{}", ELSEWHERE, ACTION_HOLD, REASON_PRESENCE, NULL,
		    3000 },
		{ "note", hold_here, HERE, ACTION_HOLD, REASON_PRESENCE, NULL,
		    3000 },
		{ "note", hold_here, ELSEWHERE, PUSHED, NULL, 0 },
		{ "note", "{\"hold_s\":8}", HERE, ACTION_HOLD, REASON_PRESENCE,
		    NULL, 8000 },
		{ "note", "{\"hold_s\":8}", HERE, ACTION_HOLD, REASON_PRESENCE,
		    "{\"hold_s\":1}", 1000 },
		{ "note", "{\"hold_s\":0}", HERE, PUSHED, NULL, 0 },
		{ "permission.asked", "{}", HERE, ACTION_HOLD, REASON_PRESENCE,
		    NULL, 3000 },
		{ "permission.asked", "{\"hold_s\":0}", HERE, ACTION_HOLD,
		    REASON_DELAY, NULL, 1000 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(lets_a_test_through_every_wish_but_enabled)
{
	static const struct scene scenes[] = {
		{ "test", "{\"presence\":\"suppress\"}", HERE, PUSHED, NULL,
		    0 },
		{ "test", "{}", HERE, PUSHED, NULL, 0 },
		{ "test", QUIET(""), NOBODY, PUSHED, NULL, 0 },
		{ "test", "{\"snooze_until\":1764000000001}", NOBODY, PUSHED,
		    NULL, 0 },
		{ "test", "{\"kinds\":{\"test\":false}}", NOBODY, PUSHED, NULL,
		    0 },
		{ "test", "{\"enabled\":false}", NOBODY, DROPPED(DISABLED),
		    NULL, 0 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

/* Each document leaves out the rule that the one before named. */
TEST(names_the_first_rule_that_applies)
{
	static const char event[] =
	    "{\"kind\":\"session.idle\",\"duration_ms\":1,\"ttl_s\":60,"
	    "\"session\":{\"id\":\"c\",\"parent\":\"p\"}}";
#define END "\"presence\":\"suppress\"}"
#define QUIET_ALL \
	"\"quiet\":[{\"from\":\"15:00\",\"to\":\"18:00\",\"tz\":\"UTC\"}]," END
#define SNOOZED_ALL "\"snooze_until\":1764000000001," QUIET_ALL
#define MUTED_ALL "\"mute\":{\"sessions\":[\"c\"]}," SNOOZED_ALL
#define LOUD "\"subagents\":true,"
	static const struct scene scenes[] = {
		{ event,
		    "{\"enabled\":false,\"kinds\":{\"session.idle\":false},"
		    "\"min_duration_s\":9," MUTED_ALL,
		    HERE, DROPPED(DISABLED), NULL, 0 },
		{ event,
		    "{\"kinds\":{\"session.idle\":false},"
		    "\"min_duration_s\":9," MUTED_ALL,
		    HERE, DROPPED(KIND), NULL, 0 },
		{ event, "{\"min_duration_s\":9," MUTED_ALL, HERE,
		    DROPPED(SUBAGENT), NULL, 0 },
		{ event, "{\"min_duration_s\":9," LOUD MUTED_ALL, HERE,
		    DROPPED(SHORT), NULL, 0 },
		{ event, "{" LOUD MUTED_ALL, HERE, DROPPED(MUTED), NULL, 0 },
		{ event, "{" LOUD SNOOZED_ALL, HERE, ACTION_DEFER,
		    REASON_SNOOZED, NULL, 1 },
		{ event, "{" LOUD QUIET_ALL, HERE, ACTION_DEFER, REASON_QUIET,
		    NULL, 0 },
		{ event, "{" LOUD END, HERE, DROPPED(FOREGROUND), NULL, 0 },
	};

	assert_int_equal(judge(&scenes[0], 60000).reason, REASON_EXPIRED);
	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(pushes_up_to_the_last_millisecond_and_not_after)
{
	static const struct scene scene = { "session.idle", "{}", NOBODY,
		PUSHED, NULL, 0 };

	assert_int_equal(judge(&scene, HOUR_MS - 1).reason, REASON_NONE);
	assert_int_equal(judge(&scene, HOUR_MS).reason, REASON_EXPIRED);
}

TEST(names_the_preference_and_who_said_it)
{
	static const struct {
		struct scene scene;
		int preference;
		enum layer layer;
	} cases[] = {
		{ { "note", "{\"kinds\":{\"note\":false}}", NOBODY,
		      DROPPED(KIND), NULL, 0 },
		    PREFERENCE_KINDS + KIND_NOTE, LAYER_USER },
		{ { "note", "{}", NOBODY, DROPPED(KIND),
		      "{\"kinds\":{\"note\":false}}", 0 },
		    PREFERENCE_KINDS + KIND_NOTE, LAYER_DEVICE },
		{ { "note", "{}", HERE, ACTION_HOLD, REASON_PRESENCE, NULL, 0 },
		    PREFERENCE_HOLD, LAYER_DEFAULT },
		{ { "question.asked", "{}", NOBODY, ACTION_HOLD, REASON_DELAY,
		      NULL, 0 },
		    PREFERENCE_DELAY + KIND_QUESTION_ASKED, LAYER_DEFAULT },
		{ { "note", QUIET(""), NOBODY, ACTION_DEFER, REASON_QUIET, NULL,
		      0 },
		    PREFERENCE_QUIET, LAYER_USER },
		{ { "note", "{}", NOBODY, PUSHED, NULL, 0 },
		    RULES_NO_PREFERENCE, LAYER_DEFAULT },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ruling ruling = judge(&cases[i].scene, 0);

		assert_judged(&cases[i].scene, 1);
		assert_int_equal(ruling.preference, cases[i].preference);
		assert_int_equal(ruling.layer, cases[i].layer);
	}
}

static const struct scene one_at_a_time = { "note",
	"{\"rate\":{\"burst\":1,\"per_minute\":6}}", NOBODY, PUSHED, NULL, 0 };

/* Judge and keep what the bucket is afterwards. */
static struct ruling
judge_next(struct registry *registry, const char *text)
{
	struct place *place = registry_find_place(registry, "alice", "phone");
	struct ruling ruling;
	struct event event;

	make_event(text, 0, &event);
	ruling = decide_now(registry, &event);
	*rules_bucket(place, event.kind) = ruling.full_us;
	event_finish(&event);
	if (ruling.reason == REASON_RATE)
		place->overflow_ms = ruling.until_ms;
	return ruling;
}

TEST(folds_what_is_too_much_into_one_digest_a_minute)
{
	struct registry *registry = make_registry(&one_at_a_time);
	struct place *place = registry_find_place(registry, "alice", "phone");
	struct ruling ruling;

	assert_int_equal(judge_next(registry, "note").action, ACTION_PUSH);
	ruling = judge_next(registry, "session.idle");
	assert_int_equal(ruling.action, ACTION_DEFER);
	assert_int_equal(ruling.reason, REASON_RATE);
	assert_int_equal(ruling.preference, PREFERENCE_RATE);
	assert_int_equal(ruling.until_ms, NOW_MS + RULES_DIGEST_MS);
	place->overflow_ms = NOW_MS + 20000;
	assert_int_equal(judge_next(registry, "note").until_ms, NOW_MS + 20000);
	registry_destroy(registry);
}

TEST(counts_what_needs_an_answer_by_itself)
{
	static const struct scene scene = { NULL,
		"{\"rate\":{\"burst\":1,\"per_minute\":1,"
		"\"asks\":{\"burst\":2,\"per_minute\":1}}}",
		NOBODY, PUSHED, NULL, 0 };
	struct registry *registry = make_registry(&scene);
	struct ruling ruling;

	assert_int_equal(judge_next(registry, "permission.asked").action,
	    ACTION_HOLD);
	assert_int_equal(judge_next(registry, "question.asked").action,
	    ACTION_HOLD);
	assert_int_equal(judge_next(registry, "note").action, ACTION_PUSH);
	ruling = judge_next(registry, "question.asked");
	assert_int_equal(ruling.reason, REASON_RATE);
	assert_int_equal(ruling.preference, PREFERENCE_RATE_ASKS);
	assert_int_equal(ruling.action, ACTION_DEFER);
	assert_int_equal(ruling.until_ms, NOW_MS + RULES_DIGEST_MS);
	assert_int_equal(judge_next(registry, "note").reason, REASON_RATE);
	registry_destroy(registry);
}

TEST(gives_a_device_of_a_later_step_time)
{
	static const char later[] =
	    "{\"hold_s\":600,\"escalate\":[{\"after_s\":300,"
	    "\"devices\":[\"tablet\",\"phone\"]}]}";
	static const struct scene scenes[] = {
		{ "permission.asked", later, NOBODY, ACTION_HOLD,
		    REASON_ESCALATE, NULL, 300000 },
		{ "question.asked", later, HERE, ACTION_HOLD, REASON_PRESENCE,
		    NULL, 600000 },
		{ "session.error", later, NOBODY, PUSHED, NULL, 0 },
		{ "permission.asked",
		    "{\"escalate\":[{\"after_s\":9,\"devices\":[\"x\"]}]}",
		    NOBODY, ACTION_HOLD, REASON_DELAY, NULL, 1000 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(gathers_turns_that_finish_together)
{
	static const struct scene scene = { NULL,
		"{\"gather_s\":20,\"rate\":{\"burst\":2,\"per_minute\":1}}",
		NOBODY, PUSHED, NULL, 0 };
	struct registry *registry = make_registry(&scene);
	struct place *place = registry_find_place(registry, "alice", "phone");
	struct ruling ruling = judge_next(registry, "session.idle");
	int64_t full_us = place->full_us;

	assert_int_equal(ruling.action, ACTION_DEFER);
	assert_int_equal(ruling.reason, REASON_GATHER);
	assert_int_equal(ruling.until_ms, NOW_MS + 20000);
	assert_true(full_us > 0);
	place->gather_ms = NOW_MS + 7000;
	ruling = judge_next(registry, "session.idle");
	assert_int_equal(ruling.until_ms, NOW_MS + 7000);
	assert_int_equal(place->full_us, full_us);
	place->gather_ms = NOW_MS;
	assert_int_equal(judge_next(registry, "session.error").action,
	    ACTION_PUSH);
	assert_int_equal(judge_next(registry, "session.idle").reason,
	    REASON_RATE);
	registry_destroy(registry);
}

TEST(gathers_nothing_for_who_looks_and_wants_silence)
{
	static const struct scene scenes[] = {
		{ "session.idle", "{\"gather_s\":20,\"presence\":\"suppress\"}",
		    HERE, DROPPED(FOREGROUND), NULL, 0 },
		{ "session.idle", "{\"gather_s\":20,\"presence\":\"suppress\"}",
		    NOBODY, ACTION_DEFER, REASON_GATHER, NULL, 20000 },
		{ "session.idle", "{\"gather_s\":20}", HERE, ACTION_DEFER,
		    REASON_GATHER, NULL, 20000 },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(takes_no_token_for_what_is_not_pushed)
{
	struct scene scene = one_at_a_time;
	struct registry *registry;

	scene.looking = HERE;
	scene.prefs = "{\"rate\":{\"burst\":1,\"per_minute\":6},"
	              "\"presence\":\"suppress\"}";
	registry = make_registry(&scene);
	for (int i = 0; i < 5; i++)
		assert_int_equal(judge_next(registry, "note").reason,
		    REASON_FOREGROUND);
	assert_int_equal(
	    registry_find_place(registry, "alice", "phone")->full_us, 0);
	registry_destroy(registry);
}

typedef struct ruling judging(const struct event *event,
    const struct person *person, const struct place *place,
    const struct instant *at);

static struct ruling
judge_by(judging *by, const struct scene *scene, int64_t now_ms)
{
	struct registry *registry = make_registry(scene);
	const struct person *person = registry_person(registry, "alice");
	const struct instant at = { now_ms, MONOTONIC_MS };
	struct ruling ruling;
	struct event event;

	make_event(scene->event, 0, &event);
	ruling = by(&event, person, registry_device(registry, "alice", "phone"),
	    &at);
	event_finish(&event);
	registry_destroy(registry);
	return ruling;
}

/* Whatever its age, and without what was looked at when it came. */
TEST(judges_what_waited_by_the_wishes_of_now)
{
	static const struct scene scenes[] = {
		{ "note", QUIET(""), NOBODY, ACTION_DEFER, REASON_QUIET, NULL,
		    0 },
		{ "note", "{\"enabled\":false}", NOBODY, DROPPED(DISABLED),
		    NULL, 0 },
		{ "note", "{\"kinds\":{\"note\":false}}", NOBODY, DROPPED(KIND),
		    NULL, 0 },
		{ CHILD("session.idle"), "{}", NOBODY, DROPPED(SUBAGENT), NULL,
		    0 },
		{ TURN("session.idle", "5000"), "{\"min_duration_s\":30}",
		    NOBODY, DROPPED(SHORT), NULL, 0 },
		{ "{\"kind\":\"note\",\"host\":\"pi\"}",
		    "{\"mute\":{\"hosts\":[\"pi\"]}}", NOBODY, DROPPED(MUTED),
		    NULL, 0 },
		{ "permission.asked", "{\"snooze_until\":1764000000001}",
		    NOBODY, ACTION_DEFER, REASON_SNOOZED, NULL, 0 },
		{ "permission.asked", "{\"hold_s\":60}", HERE, PUSHED, NULL,
		    0 },
		{ "test", QUIET(""), NOBODY, PUSHED, NULL, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(scenes); i++) {
		struct ruling ruling =
		    judge_by(rules_apply_again, &scenes[i], NOW_MS);

		assert_int_equal(ruling.action, scenes[i].action);
		assert_int_equal(ruling.reason, scenes[i].reason);
	}
	assert_int_equal(judge_by(rules_apply_again, &scenes[0],
	                     NOW_MS + 2 * HOUR_MS)
	                     .action,
	    ACTION_PUSH);
}

TEST(holds_a_reminder_as_any_other)
{
	static const struct scene scenes[] = {
		{ "permission.asked", "{}", NOBODY, PUSHED, NULL, 0 },
		{ "permission.asked", QUIET(""), NOBODY, ACTION_DEFER,
		    REASON_QUIET, NULL, 0 },
		{ "question.asked", "{\"hold_s\":60}", HERE, ACTION_HOLD,
		    REASON_PRESENCE, NULL, 0 },
		{ "question.asked", "{\"presence\":\"suppress\"}", HERE,
		    DROPPED(FOREGROUND), NULL, 0 },
		{ "question.asked", "{\"presence\":\"suppress\"}", NOBODY,
		    PUSHED, NULL, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(scenes); i++) {
		struct ruling ruling =
		    judge_by(rules_apply_reminder, &scenes[i], NOW_MS);

		assert_int_equal(ruling.action, scenes[i].action);
		assert_int_equal(ruling.reason, scenes[i].reason);
	}
}

TEST(reminds_at_each_of_the_times_and_no_more)
{
	struct preferences wishes = preferences_default;

	assert_int_equal(rules_remind_in_ms(&wishes, KIND_QUESTION_ASKED, 0),
	    900000);
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_QUESTION_ASKED, 1),
	    0);
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_NOTE, 0), 0);
	wishes.remind_s[KIND_PERMISSION_ASKED] =
	    (struct times){ 3, { 60, 300, 3600 } };
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_PERMISSION_ASKED, 0),
	    60000);
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_PERMISSION_ASKED, 1),
	    240000);
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_PERMISSION_ASKED, 2),
	    3300000);
	assert_int_equal(rules_remind_in_ms(&wishes, KIND_PERMISSION_ASKED, 3),
	    0);
}

TEST(keeps_a_bucket_for_each_class)
{
	struct place *place = calloc(1, sizeof(*place) + 1);

	assert_non_null(place);
	assert_ptr_equal(rules_bucket(place, KIND_NOTE), &place->full_us);
	assert_ptr_equal(rules_bucket(place, KIND_QUESTION_ASKED),
	    &place->asks_full_us);
	free(place);
}

TEST(has_a_word_for_every_reason)
{
	static const char *const words[] = { "none", "invalid", "duplicate",
		"expired", "no-device", "disabled", "kind", "subagent", "short",
		"muted", "snoozed", "quiet", "rate", "delay", "presence",
		"foreground", "resolution", "resolved", "seen", "digest",
		"limit", "reminder", "escalate", "gather" };

	assert_int_equal(COUNT_OF(words), REASON_GATHER + 1);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_string_equal(reason_str((enum reason)i), words[i]);
}

/* Dice that always fall the same way. */
static uint32_t
roll(uint32_t *dice, uint32_t sides)
{
	*dice = *dice * 1664525 + 1013904223;
	return (*dice >> 8) % sides;
}

static const char *const some_events[] = { "permission.asked", "question.asked",
	"session.error", "session.idle", "note", CHILD("session.idle"),
	CHILD("permission.asked"), TURN("session.idle", "5000"),
	"{\"kind\":\"note\",\"host\":\"pi\",\"session\":{\"id\":\"ses_1\"}}" };

static const char *const some_wishes[] = { "\"enabled\":false",
	"\"kinds\":{\"permission.asked\":false,\"note\":false}",
	"\"subagents\":true", "\"min_duration_s\":30",
	"\"mute\":{\"hosts\":[\"pi\"]}", "\"snooze_until\":1764000000001",
	"\"quiet\":[{\"from\":\"15:00\",\"to\":\"18:00\",\"tz\":\"UTC\","
	"\"allow\":[\"question.asked\"]}]",
	"\"rate\":{\"burst\":1}", "\"presence\":\"suppress\"",
	"\"presence_scope\":\"device\"", "\"hold_s\":9",
	"\"delay_s\":{\"note\":5}", "\"gather_s\":9",
	"\"escalate\":[{\"after_s\":9,\"devices\":[\"phone\"]}]",
	"\"snooze_allow\":[\"note\"]" };

/* A document of about a third of the wishes. */
static void
roll_wishes(uint32_t *dice, char text[1024])
{
	const char *separator = "";
	size_t len = 1;

	(void)snprintf(text, 1024, "{");
	for (size_t i = 0; i < COUNT_OF(some_wishes); i++) {
		if (roll(dice, 3) != 0)
			continue;
		len += (size_t)snprintf(text + len, 1024 - len, "%s%s",
		    separator, some_wishes[i]);
		separator = ",";
	}
	(void)snprintf(text + len, 1024 - len, "}");
}

static void
assert_sensible(const struct ruling *ruling, const struct event *event,
    const char *wishes)
{
	bool waits =
	    ruling->action == ACTION_HOLD || ruling->action == ACTION_DEFER;

	if (waits && ruling->until_ms <= NOW_MS)
		fail_msg("%s: it waits for the past", wishes);
	/* A drop has a cause that the person said, or can look up. */
	if (ruling->action == ACTION_DROP && ruling->preference < 0)
		fail_msg("%s: dropped for nothing", wishes);
	if (kind_class(event->kind) == CLASS_ANSWER &&
	    ruling->action == ACTION_DROP && ruling->layer == LAYER_DEFAULT)
		fail_msg("%s: a question is dropped, and nobody wished it",
		    wishes);
	if (ruling->reason == REASON_RATE && ruling->action != ACTION_DEFER)
		fail_msg("%s: the rate drops something", wishes);
}

/* What is decided of one person does not depend on what is known of others, or
 * on when it was learned. */
static void
add_strangers(struct registry *registry, uint32_t *dice)
{
	for (uint32_t i = 0; i < 3; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "bob%u", (unsigned)i);
		assert_int_equal(registry_put_presence(registry, name, "phone",
		                     MONOTONIC_MS + (int64_t)roll(dice, 9999),
		                     false),
		    STATUS_OK);
	}
}

TEST(drops_no_question_that_nobody_wished_away)
{
	uint32_t dice = 4;

	for (int i = 0; i < 4000; i++) {
		char wishes[1024];
		const char *text =
		    some_events[roll(&dice, COUNT_OF(some_events))];
		struct scene scene = { text, wishes,
			(enum looking)roll(&dice, 3), PUSHED, NULL, 0 };
		struct registry *registry;
		struct ruling ruling;
		struct ruling again;
		struct event event;

		roll_wishes(&dice, wishes);
		registry = make_registry(&scene);
		if (roll(&dice, 2) == 0)
			registry_find_place(registry, "alice", "phone")
			    ->full_us = (NOW_MS + HOUR_MS) * 1000;
		make_event(text, 0, &event);
		ruling = decide_now(registry, &event);
		add_strangers(registry, &dice);
		again = decide_now(registry, &event);
		assert_int_equal(ruling.action, again.action);
		assert_int_equal(ruling.reason, again.reason);
		assert_int_equal(ruling.until_ms, again.until_ms);
		assert_sensible(&ruling, &event, wishes);
		event_finish(&event);
		registry_destroy(registry);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushes_every_notice_at_once),
		cmocka_unit_test(
		    holds_what_is_asked_for_as_long_as_an_answer_by_rule_takes),
		cmocka_unit_test(shows_no_resolution),
		cmocka_unit_test(obeys_what_switches_off),
		cmocka_unit_test(counts_of_a_subagent_only_what_it_asks),
		cmocka_unit_test(says_nothing_of_a_short_turn),
		cmocka_unit_test(is_silent_of_what_is_muted),
		cmocka_unit_test(is_silent_while_it_snoozes),
		cmocka_unit_test(keeps_quiet_hours),
		cmocka_unit_test(knows_what_looking_at_the_app_means),
		cmocka_unit_test(lets_a_test_through_every_wish_but_enabled),
		cmocka_unit_test(names_the_first_rule_that_applies),
		cmocka_unit_test(
		    pushes_up_to_the_last_millisecond_and_not_after),
		cmocka_unit_test(names_the_preference_and_who_said_it),
		cmocka_unit_test(
		    folds_what_is_too_much_into_one_digest_a_minute),
		cmocka_unit_test(counts_what_needs_an_answer_by_itself),
		cmocka_unit_test(gives_a_device_of_a_later_step_time),
		cmocka_unit_test(gathers_turns_that_finish_together),
		cmocka_unit_test(
		    gathers_nothing_for_who_looks_and_wants_silence),
		cmocka_unit_test(takes_no_token_for_what_is_not_pushed),
		cmocka_unit_test(judges_what_waited_by_the_wishes_of_now),
		cmocka_unit_test(holds_a_reminder_as_any_other),
		cmocka_unit_test(reminds_at_each_of_the_times_and_no_more),
		cmocka_unit_test(keeps_a_bucket_for_each_class),
		cmocka_unit_test(has_a_word_for_every_reason),
		cmocka_unit_test(drops_no_question_that_nobody_wished_away),
	};

	return cmocka_run_group_tests_name("decide", tests, set_up, tear_down);
}
