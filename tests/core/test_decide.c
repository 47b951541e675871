#include "core/decide.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1764000000000)

/* Who looks at what, as decide() finds it. */
enum looking {
	NOBODY,
	HERE,      /* at the device that is judged */
	ELSEWHERE, /* at another device of the same person */
};

struct scene {
	const char *kind;
	const char *prefs;
	enum looking looking;
	enum reason reason;
};

static void
fill(struct registry *registry, const struct scene *scene)
{
	static const char text[] = "{\"platform\":\"log\"}";
	struct preferences preferences = preferences_default;
	struct fault fault = { "" };
	struct device device;

	assert_int_equal(device_parse(text, strlen(text), &device, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_device(registry, "alice", "phone",
	                     &device),
	    STATUS_OK);
	assert_int_equal(preferences_parse(scene->prefs, strlen(scene->prefs),
	                     &preferences, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_preferences(registry, "alice",
	                     &preferences),
	    STATUS_OK);
	if (scene->looking != NOBODY)
		assert_int_equal(registry_put_presence(registry, "alice",
		                     scene->looking == HERE ? "phone"
		                                            : "tablet",
		                     NOW_MS + 1000, false),
		    STATUS_OK);
}

/* The verdict on an event that happened age_ms ago. */
static enum reason
judge(const struct scene *scene, int64_t age_ms)
{
	struct fault fault = { "" };
	struct registry *registry;
	enum reason reason;
	struct event event;
	char text[64];
	int len =
	    snprintf(text, sizeof(text), "{\"kind\":\"%s\"}", scene->kind);
	const struct arrival arrival = {
		.payload = text,
		.len = (size_t)len,
		.at_ms = NOW_MS - age_ms,
		.id = "msg_1",
	};

	assert_int_equal(event_parse(&arrival, &event, &fault), STATUS_OK);
	assert_int_equal(registry_create(&registry), STATUS_OK);
	fill(registry, scene);
	reason = decide(&event, registry_person(registry, "alice"),
	    registry_device(registry, "alice", "phone"), NOW_MS);
	registry_destroy(registry);
	event_finish(&event);
	return reason;
}

static void
assert_judged(const struct scene *scenes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum reason reason = judge(&scenes[i], 0);

		if (reason != scenes[i].reason)
			fail_msg("%s with %s: %s instead of %s", scenes[i].kind,
			    scenes[i].prefs, reason_str(reason),
			    reason_str(scenes[i].reason));
	}
}

TEST(pushes_every_kind_that_is_shown)
{
	static const struct scene scenes[] = {
		{ "permission.asked", "{}", NOBODY, REASON_NONE },
		{ "question.asked", "{}", NOBODY, REASON_NONE },
		{ "session.error", "{}", NOBODY, REASON_NONE },
		{ "session.idle", "{}", NOBODY, REASON_NONE },
		{ "note", "{}", NOBODY, REASON_NONE },
		{ "test", "{}", NOBODY, REASON_NONE },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(shows_no_resolution)
{
	static const struct scene scenes[] = {
		{ "permission.replied", "{}", NOBODY, REASON_RESOLUTION },
		{ "question.replied", "{}", NOBODY, REASON_RESOLUTION },
		{ "question.rejected", "{}", NOBODY, REASON_RESOLUTION },
		{ "session.busy", "{}", NOBODY, REASON_RESOLUTION },
		{ "session.deleted", "{}", NOBODY, REASON_RESOLUTION },
		{ "session.busy", "{\"enabled\":false}", NOBODY,
		    REASON_RESOLUTION },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(obeys_each_wish)
{
	static const struct scene scenes[] = {
		{ "note", "{\"enabled\":false}", NOBODY, REASON_DISABLED },
		{ "permission.asked", "{\"enabled\":false}", NOBODY,
		    REASON_DISABLED },
		{ "note", "{\"kinds\":{\"note\":false}}", NOBODY, REASON_KIND },
		{ "session.idle", "{\"kinds\":{\"note\":false}}", NOBODY,
		    REASON_NONE },
		{ "permission.asked",
		    "{\"kinds\":{\"permission.asked\":false}}", NOBODY,
		    REASON_KIND },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(knows_what_looking_at_the_app_means)
{
	static const struct scene scenes[] = {
		{ "note", "{\"presence\":\"suppress\"}", NOBODY, REASON_NONE },
		{ "note", "{\"presence\":\"suppress\"}", HERE,
		    REASON_FOREGROUND },
		{ "note", "{\"presence\":\"suppress\"}", ELSEWHERE,
		    REASON_FOREGROUND },
		{ "note",
		    "{\"presence\":\"suppress\",\"presence_scope\":\"device\"}",
		    HERE, REASON_FOREGROUND },
		{ "note",
		    "{\"presence\":\"suppress\",\"presence_scope\":\"device\"}",
		    ELSEWHERE, REASON_NONE },
		{ "note", "{\"presence\":\"ignore\"}", HERE, REASON_NONE },
		{ "note", "{\"presence\":\"ignore\"}", ELSEWHERE, REASON_NONE },
		{ "note", "{\"presence\":\"hold\"}", NOBODY, REASON_NONE },
		{ "note",
		    "{\"presence\":\"hold\",\"presence_scope\":\"device\"}",
		    ELSEWHERE, REASON_NONE },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(does_not_push_at_once_to_somebody_who_looks)
{
	static const struct scene scene = { "note", "{\"presence\":\"hold\"}",
		HERE, REASON_NONE };

	assert_int_not_equal(judge(&scene, 0), REASON_NONE);
}

TEST(lets_a_test_through_every_wish_but_enabled)
{
	static const struct scene scenes[] = {
		{ "test", "{\"presence\":\"suppress\"}", HERE, REASON_NONE },
		{ "test", "{\"kinds\":{\"test\":false}}", NOBODY, REASON_NONE },
		{ "test", "{\"enabled\":false}", NOBODY, REASON_DISABLED },
	};

	assert_judged(scenes, COUNT_OF(scenes));
}

TEST(names_the_first_rule_that_applies)
{
	static const char all[] =
	    "{\"enabled\":false,\"kinds\":{\"note\":false},"
	    "\"presence\":\"suppress\"}";
	static const char some[] =
	    "{\"kinds\":{\"note\":false},\"presence\":\"suppress\"}";
	static const struct scene disabled = { "note", all, HERE,
		REASON_DISABLED };
	static const struct scene kind = { "note", some, HERE, REASON_KIND };

	assert_int_equal(judge(&disabled, INT64_C(86400000)), REASON_EXPIRED);
	assert_int_equal(judge(&disabled, 0), REASON_DISABLED);
	assert_int_equal(judge(&kind, 0), REASON_KIND);
}

TEST(pushes_up_to_the_last_millisecond_and_not_after)
{
	static const struct scene scene = { "session.idle", "{}", NOBODY,
		REASON_NONE };

	assert_int_equal(judge(&scene, 3599999), REASON_NONE);
	assert_int_equal(judge(&scene, 3600000), REASON_EXPIRED);
}

TEST(has_a_word_for_every_reason)
{
	static const char *const words[] = { "none", "invalid", "duplicate",
		"expired", "no-device", "disabled", "kind", "foreground",
		"resolution" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_string_equal(reason_str((enum reason)i), words[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushes_every_kind_that_is_shown),
		cmocka_unit_test(shows_no_resolution),
		cmocka_unit_test(obeys_each_wish),
		cmocka_unit_test(knows_what_looking_at_the_app_means),
		cmocka_unit_test(does_not_push_at_once_to_somebody_who_looks),
		cmocka_unit_test(lets_a_test_through_every_wish_but_enabled),
		cmocka_unit_test(names_the_first_rule_that_applies),
		cmocka_unit_test(
		    pushes_up_to_the_last_millisecond_and_not_after),
		cmocka_unit_test(has_a_word_for_every_reason),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
