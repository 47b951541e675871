#include "core/activity.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1000000)

/* A turn that works, and is shown as it is. */
static struct activity
shown(void)
{
	struct activity activity = {
		.is = { .id = "ses_1", .title = "Fix login", .since_ms = 7 },
		.is_wanted = true,
		.is_started = true,
		.told_ms = NOW_MS,
	};

	activity.shown = activity.is;
	return activity;
}

static void
assert_next(const struct activity *activity, int64_t after_ms,
    enum activity_step step, int64_t wait_ms)
{
	int64_t left_ms = -1;

	assert_string_equal(activity_step_str(activity_next(activity,
	                        NOW_MS + after_ms, &left_ms)),
	    activity_step_str(step));
	if (step == ACTIVITY_NOTHING)
		assert_int_equal(left_ms, wait_ms);
}

TEST(begins_when_a_session_works)
{
	struct activity activity = shown();

	activity.is_started = false;
	activity.told_ms = 0;
	assert_next(&activity, 0, ACTIVITY_START, 0);
	activity.is.doing = AGENT_WAITING;
	assert_next(&activity, 0, ACTIVITY_START, 0);
	activity.is.doing = AGENT_IDLE;
	assert_next(&activity, 0, ACTIVITY_NOTHING, ACTIVITY_NEVER);
	assert_true(activity_is_over(&activity, NOW_MS));
}

TEST(begins_neither_unwanted_nor_in_quiet_hours)
{
	struct activity activity = shown();

	activity.is_started = false;
	activity.told_ms = 0;
	activity.is_held = true;
	assert_next(&activity, 0, ACTIVITY_NOTHING, ACTIVITY_NEVER);
	activity.is_held = false;
	activity.is_wanted = false;
	assert_next(&activity, 0, ACTIVITY_NOTHING, ACTIVITY_NEVER);
	assert_true(activity_is_over(&activity, NOW_MS));
}

TEST(begins_again_only_after_a_while)
{
	struct activity activity = shown();

	activity.is_started = false;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_EVERY_MS - 1);
	assert_next(&activity, ACTIVITY_EVERY_MS, ACTIVITY_START, 0);
	activity.is.doing = AGENT_IDLE;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_EVERY_MS - 1);
	assert_false(activity_is_over(&activity, NOW_MS + 1));
	assert_true(activity_is_over(&activity, NOW_MS + ACTIVITY_EVERY_MS));
}

TEST(is_for_who_wants_it_and_did_not_mute_it)
{
	static const struct {
		const char *wishes;
		bool is_wished;
	} cases[] = {
		{ "{}", false },
		{ "{\"progress\":true}", true },
		{ "{\"progress\":true,\"enabled\":false}", false },
		{ "{\"progress\":true,\"mute\":{\"sessions\":[\"ses_1\"]}}",
		    false },
		{ "{\"progress\":true,\"mute\":{\"projects\":[\"webshop\"]}}",
		    false },
		{ "{\"progress\":true,\"mute\":{\"hosts\":[\"pi\"]}}", false },
		{ "{\"progress\":true,\"mute\":{\"hosts\":[\"mac\"]}}", true },
	};
	const struct agent_session session = { .id = "ses_1",
		.project = "webshop" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct preferences wishes = preferences_default;
		struct fault fault = { "" };

		assert_int_equal(preferences_parse(cases[i].wishes,
		                     strlen(cases[i].wishes),
		                     &(struct preferences_origin){ LAYER_USER,
		                         NULL },
		                     &wishes, &fault),
		    STATUS_OK);
		assert_int_equal(activity_is_wished(&wishes, &session, "pi"),
		    cases[i].is_wished);
		preferences_finish(&wishes);
	}
}

TEST(tells_news_fifteen_seconds_after_the_last_and_not_before)
{
	struct activity activity = shown();

	activity.is.doing = AGENT_WAITING;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_EVERY_MS - 1);
	assert_next(&activity, ACTIVITY_EVERY_MS - 1, ACTIVITY_NOTHING, 1);
	assert_next(&activity, ACTIVITY_EVERY_MS, ACTIVITY_UPDATE, 0);
}

TEST(tells_each_thing_that_is_shown)
{
	struct activity title = shown();
	struct activity project = shown();
	struct activity since = shown();

	(void)snprintf(title.is.title, sizeof(title.is.title), "Login");
	(void)snprintf(project.is.project, sizeof(project.is.project), "blog");
	since.is.since_ms = 8;
	assert_next(&title, ACTIVITY_EVERY_MS, ACTIVITY_UPDATE, 0);
	assert_next(&project, ACTIVITY_EVERY_MS, ACTIVITY_UPDATE, 0);
	assert_next(&since, ACTIVITY_EVERY_MS, ACTIVITY_UPDATE, 0);
}

TEST(says_now_and_then_that_it_goes_on)
{
	struct activity activity = shown();

	assert_true(ACTIVITY_FRESH_MS < ACTIVITY_STALE_MS);
	assert_next(&activity, ACTIVITY_EVERY_MS, ACTIVITY_NOTHING,
	    ACTIVITY_FRESH_MS - ACTIVITY_EVERY_MS);
	assert_next(&activity, ACTIVITY_FRESH_MS, ACTIVITY_UPDATE, 0);
}

TEST(ends_at_once_whatever_was_told_before)
{
	struct activity activity = shown();

	activity.is.doing = AGENT_IDLE;
	assert_next(&activity, 1, ACTIVITY_END, 0);
	activity.is.doing = AGENT_ERROR;
	assert_next(&activity, 1, ACTIVITY_END, 0);
	assert_false(activity_is_over(&activity, NOW_MS));
	activity = shown();
	activity.is_wanted = false;
	assert_next(&activity, 1, ACTIVITY_END, 0);
}

TEST(waits_after_what_was_not_taken)
{
	struct activity activity = shown();

	activity.is.doing = AGENT_IDLE;
	activity.pause_ms = NOW_MS + ACTIVITY_AGAIN_MS;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_AGAIN_MS - 1);
	assert_next(&activity, ACTIVITY_AGAIN_MS, ACTIVITY_END, 0);
}

TEST(ends_what_nobody_speaks_of)
{
	struct activity activity = shown();

	activity.lost_ms = NOW_MS;
	activity.is.doing = AGENT_WAITING;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_LOST_MS - 1);
	assert_next(&activity, ACTIVITY_EVERY_MS, ACTIVITY_NOTHING,
	    ACTIVITY_LOST_MS - ACTIVITY_EVERY_MS);
	assert_next(&activity, ACTIVITY_LOST_MS, ACTIVITY_END, 0);
}

TEST(tells_nothing_more_after_a_refusal_until_the_turn_ends)
{
	struct activity activity = shown();

	activity.is_refused = true;
	activity.is.doing = AGENT_WAITING;
	assert_next(&activity, ACTIVITY_FRESH_MS, ACTIVITY_NOTHING,
	    ACTIVITY_NEVER);
	assert_false(activity_is_over(&activity, NOW_MS));
	activity.is.doing = AGENT_IDLE;
	assert_next(&activity, ACTIVITY_FRESH_MS, ACTIVITY_NOTHING,
	    ACTIVITY_NEVER);
	assert_true(activity_is_over(&activity, NOW_MS + ACTIVITY_FRESH_MS));
}

TEST(keeps_an_end_until_there_is_a_way)
{
	struct activity activity = shown();

	activity.is.doing = AGENT_IDLE;
	activity.has_no_way = true;
	assert_next(&activity, 1, ACTIVITY_NOTHING, ACTIVITY_NEVER);
	assert_false(activity_is_over(&activity, NOW_MS));
	activity.has_no_way = false;
	assert_next(&activity, 1, ACTIVITY_END, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_when_a_session_works),
		cmocka_unit_test(begins_neither_unwanted_nor_in_quiet_hours),
		cmocka_unit_test(begins_again_only_after_a_while),
		cmocka_unit_test(is_for_who_wants_it_and_did_not_mute_it),
		cmocka_unit_test(
		    tells_news_fifteen_seconds_after_the_last_and_not_before),
		cmocka_unit_test(tells_each_thing_that_is_shown),
		cmocka_unit_test(says_now_and_then_that_it_goes_on),
		cmocka_unit_test(ends_at_once_whatever_was_told_before),
		cmocka_unit_test(waits_after_what_was_not_taken),
		cmocka_unit_test(ends_what_nobody_speaks_of),
		cmocka_unit_test(
		    tells_nothing_more_after_a_refusal_until_the_turn_ends),
		cmocka_unit_test(keeps_an_end_until_there_is_a_way),
	};

	return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}
