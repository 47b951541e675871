#include "core/preferences.h"
#include "zones.h"

#include <stdio.h>
#include <string.h>

/* The opposite of every default. */
static const struct preferences contrary = {
	.enabled = false,
	.hold_s = 60,
	.rate = { .burst = 1, .per_minute = 1 },
	.kinds = { [KIND_TEST] = true },
	.presence = PRESENCE_IGNORE,
	.presence_scope = SCOPE_DEVICE,
};

static void
assert_same(const struct preferences *a, const struct preferences *b)
{
	assert_int_equal(a->enabled, b->enabled);
	for (size_t i = 0; i < KIND_COUNT; i++)
		assert_int_equal(a->kinds[i], b->kinds[i]);
	assert_int_equal(a->presence, b->presence);
	assert_int_equal(a->presence_scope, b->presence_scope);
}

static struct preferences
apply(const struct preferences *before, const char *text)
{
	struct preferences preferences = *before;
	struct fault fault = { "" };

	assert_int_equal(preferences_parse(text, strlen(text),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &preferences, &fault),
	    STATUS_OK);
	assert_false(fault_is_set(&fault));
	return preferences;
}

TEST(wants_everything_by_default)
{
	static const enum kind shown[] = { KIND_PERMISSION_ASKED,
		KIND_QUESTION_ASKED, KIND_SESSION_ERROR, KIND_SESSION_IDLE,
		KIND_NOTE, KIND_TEST };

	assert_true(preferences_default.enabled);
	for (size_t i = 0; i < COUNT_OF(shown); i++)
		assert_true(preferences_default.kinds[shown[i]]);
	assert_int_equal(preferences_default.presence, PRESENCE_HOLD);
	assert_int_equal(preferences_default.presence_scope, SCOPE_USER);
}

TEST(changes_nothing_that_is_not_mentioned)
{
	static const char *const documents[] = { "{}", "{\"kinds\":{}}",
		"{\"unknown\":[1,{\"enabled\":false}]}",
		"{\"kinds\":{\"session.lost\":1}}" };

	for (size_t i = 0; i < COUNT_OF(documents); i++) {
		struct preferences after =
		    apply(&preferences_default, documents[i]);

		assert_same(&after, &preferences_default);
		after = apply(&contrary, documents[i]);
		assert_same(&after, &contrary);
	}
}

TEST(reads_each_member)
{
	struct preferences expected = preferences_default;
	struct preferences after;

	after = apply(&preferences_default, "{\"enabled\":false}");
	expected.enabled = false;
	assert_same(&after, &expected);
	after = apply(&after, "{\"presence\":\"suppress\"}");
	expected.presence = PRESENCE_SUPPRESS;
	assert_same(&after, &expected);
	after = apply(&after, "{\"presence\":\"ignore\"}");
	expected.presence = PRESENCE_IGNORE;
	assert_same(&after, &expected);
	after = apply(&after, "{\"presence\":\"hold\"}");
	expected.presence = PRESENCE_HOLD;
	assert_same(&after, &expected);
	after = apply(&after, "{\"presence_scope\":\"device\"}");
	expected.presence_scope = SCOPE_DEVICE;
	assert_same(&after, &expected);
	after = apply(&after, "{\"presence_scope\":\"user\"}");
	expected.presence_scope = SCOPE_USER;
	assert_same(&after, &expected);
}

static const enum kind switchable[] = { KIND_PERMISSION_ASKED,
	KIND_QUESTION_ASKED, KIND_SESSION_ERROR, KIND_SESSION_IDLE, KIND_NOTE };

TEST(switches_each_kind_on_its_own)
{
	for (size_t i = 0; i < COUNT_OF(switchable); i++) {
		struct preferences expected = preferences_default;
		struct preferences after;
		char text[80];

		(void)snprintf(text, sizeof(text), "{\"kinds\":{\"%s\":false}}",
		    kind_str(switchable[i]));
		after = apply(&preferences_default, text);
		expected.kinds[switchable[i]] = false;
		assert_same(&after, &expected);
	}
}

TEST(cannot_switch_off_a_test)
{
	struct preferences after =
	    apply(&preferences_default, "{\"kinds\":{\"test\":false}}");

	assert_same(&after, &preferences_default);
}

TEST(takes_null_for_the_default)
{
	struct preferences after = apply(&contrary,
	    "{\"enabled\":null,\"kinds\":null,\"presence\":null,"
	    "\"presence_scope\":null}");

	assert_same(&after, &preferences_default);
}

TEST(takes_null_for_the_default_of_one_kind)
{
	for (size_t i = 0; i < COUNT_OF(switchable); i++) {
		struct preferences expected = contrary;
		struct preferences after;
		char text[80];

		(void)snprintf(text, sizeof(text), "{\"kinds\":{\"%s\":null}}",
		    kind_str(switchable[i]));
		after = apply(&contrary, text);
		expected.kinds[switchable[i]] = true;
		assert_same(&after, &expected);
	}
}

static const struct {
	const char *text;
	const char *why;
} faulty[] = {
	{ "{\"enabled\":1}", "enabled: must be true or false" },
	{ "{\"enabled\":\"no\"}", "enabled: must be true or false" },
	{ "{\"kinds\":true}", "kinds: must be an object" },
	{ "{\"kinds\":[]}", "kinds: must be an object" },
	{ "{\"kinds\":{\"note\":0}}", "kinds.note: must be true or false" },
	{ "{\"kinds\":{\"session.idle\":\"off\"}}",
	    "kinds.session.idle: must be true or false" },
	{ "{\"kinds\":{\"permission.asked\":{}}}",
	    "kinds.permission.asked: must be true or false" },
	{ "{\"presence\":true}", "presence: must be text" },
	{ "{\"presence\":\"Hold\"}",
	    "presence: must be hold or suppress or ignore" },
	{ "{\"presence_scope\":0}", "presence_scope: must be text" },
	{ "{\"presence_scope\":\"all\"}",
	    "presence_scope: must be user or device" },
	{ "{\"min_duration_s\":-1}",
	    "min_duration_s: must be a whole number from 0 to 86400" },
	{ "{\"subagents\":1}", "subagents: must be true or false" },
	{ "{\"delay_s\":1}", "delay_s: must be an object" },
	{ "{\"delay_s\":{\"permission.asked\":3601}}",
	    "delay_s.permission.asked: must be a whole number from 0 to 3600" },
	{ "{\"hold_s\":1.5}", "hold_s: must be a whole number from 0 to 3600" },
	{ "{\"quiet\":{}}", "quiet: must be a list" },
	{ "{\"quiet\":[1]}", "quiet[0]: must be an object" },
	{ "{\"quiet\":[{\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].from: must be a time from 00:00 to 23:59" },
	{ "{\"quiet\":[{\"from\":\"24:00\",\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].from: must be a time from 00:00 to 23:59" },
	{ "{\"quiet\":[{\"from\":\"2200\",\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].from: must be a time from 00:00 to 23:59" },
	{ "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"24:01\",\"tz\":\"UTC\"}]}",
	    "quiet[0].to: must be a time from 00:00 to 24:00" },
	{ "{\"quiet\":[{\"from\":\"22:60\",\"to\":\"24:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].from: must be a time from 00:00 to 23:59" },
	{ "{\"quiet\":[{\"from\":\"2x:00\",\"to\":\"24:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].from: must be a time from 00:00 to 23:59" },
	{ "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"07:00\"}]}",
	    "quiet[0].tz: is missing, as in Europe/Berlin" },
	{ "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"07:00\","
	  "\"tz\":\"../../etc/passwd\"}]}",
	    "quiet[0].tz: '../../etc/passwd' is no zone of the IANA database" },
	{ "{\"quiet\":[{\"days\":[\"mon\",\"Tue\"],\"from\":\"22:00\","
	  "\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].days[1]: must be mon, tue, wed, thu, fri, sat or sun" },
	{ "{\"quiet\":[{\"days\":[1],\"from\":\"22:00\",\"to\":\"07:00\","
	  "\"tz\":\"UTC\"}]}",
	    "quiet[0].days[0]: must be a line of 1 to 64 bytes" },
	{ "{\"quiet\":[{\"allow\":[\"test\"],\"from\":\"22:00\","
	  "\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].allow[0]: 'test' is no kind" },
	{ "{\"quiet\":[{\"allow\":[\"x\"],\"from\":\"22:00\","
	  "\"to\":\"07:00\",\"tz\":\"UTC\"}]}",
	    "quiet[0].allow[0]: 'x' is no kind" },
	{ "{\"quiet\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}",
	    "quiet: at most 16 rules" },
	{ "{\"snooze_until\":\"soon\"}",
	    "snooze_until: must be a whole number from 0 to 9007199254740991" },
	{ "{\"snooze_until\":1764000000}",
	    "snooze_until: must be milliseconds since 1970, or 0" },
	{ "{\"mute\":[]}", "mute: must be an object" },
	{ "{\"mute\":{\"sessions\":\"ses_1\"}}",
	    "mute.sessions: must be a list" },
	{ "{\"mute\":{\"projects\":[\"a\",\"\"]}}",
	    "mute.projects[1]: must be a line of 1 to 1024 bytes" },
	{ "{\"mute\":{\"hosts\":[7]}}",
	    "mute.hosts[0]: must be a line of 1 to 1024 bytes" },
	{ "{\"rate\":{\"burst\":0}}",
	    "rate.burst: must be a whole number from 1 to 1000000" },
	{ "{\"rate\":{\"per_minute\":\"6\"}}",
	    "rate.per_minute: must be a whole number from 1 to 1000000" },
	{ "{\"privacy\":\"some\"}", "privacy: must be full or title or none" },
	{ "{\"level\":{\"note\":\"loud\"}}",
	    "level.note: must be passive or active or time-sensitive" },
	{ "{\"sound\":7}", "sound: must be text" },
	{ "{\"sound\":\"a\\nb\"}",
	    "sound: must be a line of at most 63 bytes, or null" },
	{ "{\"rev\":-1}",
	    "rev: must be a whole number from 0 to 9000000000000000" },
	{ "[]", "not a JSON object" },
	{ "null", "not a JSON object" },
	{ "{\"a\":}", "not valid JSON at byte 5" },
	{ "", "not valid JSON at byte 0" },
};

TEST(names_the_path_of_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		struct preferences after = contrary;
		struct fault fault = { "" };

		assert_int_equal(preferences_parse(faulty[i].text,
		                     strlen(faulty[i].text),
		                     &(struct preferences_origin){ LAYER_USER,
		                         NULL },
		                     &after, &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(fault.text, faulty[i].why);
		assert_same(&after, &contrary);
	}
}

TEST(applies_the_whole_document_or_nothing)
{
	static const char text[] =
	    "{\"enabled\":true,\"kinds\":{\"note\":true},"
	    "\"presence\":\"hold\",\"presence_scope\":7}";
	struct preferences after = contrary;
	struct fault fault = { "" };

	assert_int_equal(preferences_parse(text, strlen(text),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &after, &fault),
	    STATUS_BAD_INPUT);
	assert_same(&after, &contrary);
}

TEST(has_the_defaults_of_the_design)
{
	const struct preferences *preset = &preferences_default;

	assert_int_equal(preset->min_duration_s, 0);
	assert_false(preset->subagents);
	for (int i = 0; i < KIND_COUNT; i++) {
		bool is_asked = kind_class((enum kind)i) == CLASS_ANSWER;

		assert_int_equal(preset->delay_s[i], is_asked ? 1 : 0);
		if (kind_class((enum kind)i) != CLASS_RESOLUTION)
			assert_int_equal(preset->level[i],
			    is_asked ? LEVEL_TIME_SENSITIVE : LEVEL_ACTIVE);
	}
	assert_int_equal(preset->hold_s, 3);
	assert_int_equal(preset->quiet.count, 0);
	assert_int_equal(preset->snooze_until_ms, 0);
	assert_int_equal(preset->rate.burst, 10);
	assert_int_equal(preset->rate.per_minute, 6);
	assert_int_equal(preset->privacy, PRIVACY_FULL);
	assert_string_equal(preset->sound, "default");
}

static const char everything[] =
    "{\"enabled\":false,\"kinds\":{\"note\":false},\"min_duration_s\":30,"
    "\"subagents\":true,\"delay_s\":{\"note\":5},\"presence\":\"ignore\","
    "\"presence_scope\":\"device\",\"hold_s\":7,\"quiet\":[{\"days\":"
    "[\"mon\",\"sun\"],\"from\":\"22:30\",\"to\":\"24:00\",\"tz\":"
    "\"Europe/Berlin\",\"allow\":[\"permission.asked\",\"note\"],"
    "\"digest\":false},{\"from\":\"00:00\",\"to\":\"07:00\",\"tz\":\"UTC\"}],"
    "\"snooze_until\":1764000000000,\"mute\":{\"sessions\":[\"ses_1\"],"
    "\"projects\":[\"webshop\",\"/home/a/x\"],\"hosts\":[\"pi\"]},"
    "\"rate\":{\"burst\":3,\"per_minute\":60},\"privacy\":\"title\","
    "\"level\":{\"note\":\"passive\"},\"sound\":\"bell\",\"rev\":12}";

TEST(reads_every_other_member)
{
	struct preferences after = apply(&preferences_default, everything);
	const struct quiet_rule *rules = after.quiet.rules;

	assert_int_equal(after.min_duration_s, 30);
	assert_true(after.subagents);
	assert_int_equal(after.delay_s[KIND_NOTE], 5);
	assert_int_equal(after.delay_s[KIND_PERMISSION_ASKED], 1);
	assert_int_equal(after.hold_s, 7);
	assert_int_equal(after.quiet.count, 2);
	assert_int_equal(rules[0].days, 0x41);
	assert_int_equal(rules[0].from, 1350);
	assert_int_equal(rules[0].to, 1440);
	assert_string_equal(rules[0].tz, "Europe/Berlin");
	assert_int_equal(rules[0].allow,
	    1 << KIND_PERMISSION_ASKED | 1 << KIND_NOTE);
	assert_false(rules[0].digest);
	assert_int_equal(rules[1].days, 0x7f);
	assert_int_equal(rules[1].allow, 0);
	assert_true(rules[1].digest);
	assert_int_equal(after.snooze_until_ms, 1764000000000);
	assert_true(muted_has(&after.muted_sessions, "ses_1"));
	assert_true(muted_has(&after.muted_projects, "webshop"));
	assert_true(muted_has(&after.muted_projects, "/home/a/x"));
	assert_true(muted_has(&after.muted_hosts, "pi"));
	assert_false(muted_has(&after.muted_hosts, "ses_1"));
	assert_false(muted_has(&after.muted_hosts, NULL));
	assert_int_equal(after.rate.burst, 3);
	assert_int_equal(after.rate.per_minute, 60);
	assert_int_equal(after.privacy, PRIVACY_TITLE);
	assert_int_equal(after.level[KIND_NOTE], LEVEL_PASSIVE);
	assert_string_equal(after.sound, "bell");
	assert_int_equal(after.rev, 12);
	preferences_finish(&after);
}

TEST(takes_null_for_the_default_of_every_other_member)
{
	struct preferences after = apply(&preferences_default, everything);
	struct fault fault = { "" };
	static const char nulls[] =
	    "{\"min_duration_s\":null,\"subagents\":null,\"delay_s\":null,"
	    "\"hold_s\":null,\"quiet\":null,\"snooze_until\":null,"
	    "\"mute\":null,\"rate\":null,\"privacy\":null,\"level\":null}";

	assert_int_equal(preferences_parse(nulls, strlen(nulls),
	                     &(struct preferences_origin){ LAYER_DEVICE, NULL },
	                     &after, &fault),
	    STATUS_OK);
	assert_int_equal(after.min_duration_s, 0);
	assert_false(after.subagents);
	assert_int_equal(after.delay_s[KIND_NOTE], 0);
	assert_int_equal(after.hold_s, 3);
	assert_int_equal(after.quiet.count, 0);
	assert_int_equal(after.snooze_until_ms, 0);
	assert_int_equal(after.muted_sessions.count, 0);
	assert_int_equal(after.rate.burst, 10);
	assert_int_equal(after.rate.per_minute, 6);
	assert_int_equal(after.privacy, PRIVACY_FULL);
	assert_int_equal(after.level[KIND_NOTE], LEVEL_ACTIVE);
	for (int i = PREFERENCE_MUTE_SESSIONS; i <= PREFERENCE_PRIVACY; i++)
		assert_int_equal(after.layers[i], LAYER_DEFAULT);
	preferences_finish(&after);
}

TEST(takes_null_for_the_default_of_one_part)
{
	struct preferences after = apply(&preferences_default, everything);
	struct fault fault = { "" };
	static const char one[] = "{\"rate\":{\"per_minute\":null}}";
	static const char nulls[] =
	    "{\"mute\":{\"hosts\":null},\"rate\":{\"burst\":null}}";

	assert_int_equal(preferences_parse(nulls, strlen(nulls),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &after, &fault),
	    STATUS_OK);
	assert_int_equal(after.muted_hosts.count, 0);
	assert_int_equal(after.muted_sessions.count, 1);
	assert_int_equal(after.rate.burst, 10);
	assert_int_equal(after.rate.per_minute, 60);
	preferences_finish(&after);
	after = preferences_default;
	assert_int_equal(preferences_parse(one, strlen(one),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &after, &fault),
	    STATUS_OK);
	assert_int_equal(after.rate.per_minute, 6);
}

TEST(takes_null_for_silence)
{
	struct preferences after =
	    apply(&preferences_default, "{\"sound\":null}");

	assert_string_equal(after.sound, "");
	assert_int_equal(after.layers[PREFERENCE_SOUND], LAYER_USER);
}

TEST(knows_which_layer_said_what)
{
	struct preferences after = apply(&preferences_default,
	    "{\"hold_s\":5,\"kinds\":{\"note\":true},\"rev\":3}");
	struct fault fault = { "" };
	static const char own[] = "{\"hold_s\":1,\"rev\":9}";

	assert_int_equal(preferences_parse(own, strlen(own),
	                     &(struct preferences_origin){ LAYER_DEVICE, NULL },
	                     &after, &fault),
	    STATUS_OK);
	assert_int_equal(after.layers[PREFERENCE_HOLD], LAYER_DEVICE);
	assert_int_equal(after.layers[PREFERENCE_KINDS + KIND_NOTE],
	    LAYER_USER);
	assert_int_equal(after.layers[PREFERENCE_KINDS + KIND_SESSION_IDLE],
	    LAYER_DEFAULT);
	assert_int_equal(after.layers[PREFERENCE_ENABLED], LAYER_DEFAULT);
	assert_int_equal(after.rev, 3);
	assert_string_equal(layer_str(LAYER_DEFAULT), "default");
	assert_string_equal(layer_str(LAYER_USER), "user");
	assert_string_equal(layer_str(LAYER_DEVICE), "device");
}

static const struct zone *
find_zone(void *context, const char *name)
{
	return strcmp(name, "Europe/Berlin") == 0 ? context : NULL;
}

TEST(looks_its_zones_up)
{
	struct zone *berlin = read_zone("Europe/Berlin");
	const struct zone_source zones = { find_zone, berlin };
	struct preferences after = preferences_default;
	struct fault fault = { "" };
	static const char good[] =
	    "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"07:00\","
	    "\"tz\":\"Europe/Berlin\"}]}";
	static const char bad[] =
	    "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"07:00\","
	    "\"tz\":\"Europe/Atlantis\"}]}";

	assert_int_equal(preferences_parse(good, strlen(good),
	                     &(struct preferences_origin){ LAYER_USER, &zones },
	                     &after, &fault),
	    STATUS_OK);
	assert_ptr_equal(after.quiet.rules[0].zone, berlin);
	assert_int_equal(preferences_parse(bad, strlen(bad),
	                     &(struct preferences_origin){ LAYER_USER, &zones },
	                     &after, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text,
	    "quiet[0].tz: 'Europe/Atlantis' is no zone of the IANA database");
	assert_int_equal(after.quiet.count, 1);
	preferences_finish(&after);
	zone_destroy(berlin);
}

TEST(limits_its_lists)
{
	struct preferences after = preferences_default;
	struct fault fault = { "" };
	char text[2048] = "{\"mute\":{\"hosts\":[\"a\"";
	size_t len = strlen(text);

	for (int i = 0; i < MUTED_MAX; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, ",\"a\"");
	(void)snprintf(text + len, sizeof(text) - len, "]}}");
	assert_int_equal(preferences_parse(text, strlen(text),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &after, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text, "mute.hosts: at most 256 entries");
}

TEST(copies_what_it_owns)
{
	struct preferences before = apply(&preferences_default, everything);
	struct preferences copy;

	assert_int_equal(preferences_copy(&before, &copy), STATUS_OK);
	preferences_finish(&before);
	assert_int_equal(copy.quiet.count, 2);
	assert_true(muted_has(&copy.muted_projects, "/home/a/x"));
	preferences_finish(&copy);
	preferences_free(NULL);
}

TEST(names_the_place_of_each_preference)
{
	static const struct {
		int number;
		const char *path;
	} paths[] = {
		{ PREFERENCE_ENABLED, "enabled" },
		{ PREFERENCE_MIN_DURATION, "min_duration_s" },
		{ PREFERENCE_SUBAGENTS, "subagents" },
		{ PREFERENCE_PRESENCE, "presence" },
		{ PREFERENCE_PRESENCE_SCOPE, "presence_scope" },
		{ PREFERENCE_HOLD, "hold_s" },
		{ PREFERENCE_QUIET, "quiet" },
		{ PREFERENCE_SNOOZE, "snooze_until" },
		{ PREFERENCE_MUTE_SESSIONS, "mute.sessions" },
		{ PREFERENCE_MUTE_PROJECTS, "mute.projects" },
		{ PREFERENCE_MUTE_HOSTS, "mute.hosts" },
		{ PREFERENCE_RATE, "rate" },
		{ PREFERENCE_PRIVACY, "privacy" },
		{ PREFERENCE_SOUND, "sound" },
		{ PREFERENCE_KINDS + KIND_NOTE, "kinds.note" },
		{ PREFERENCE_DELAY, "delay_s.permission.asked" },
		{ PREFERENCE_LEVEL + KIND_SESSION_IDLE, "level.session.idle" },
	};

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct buf path;

		buf_init(&path, PREFERENCES_PATH_MAX);
		preferences_path(paths[i].number, &path);
		assert_string_equal(buf_text(&path), paths[i].path);
		buf_finish(&path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_everything_by_default),
		cmocka_unit_test(changes_nothing_that_is_not_mentioned),
		cmocka_unit_test(reads_each_member),
		cmocka_unit_test(switches_each_kind_on_its_own),
		cmocka_unit_test(cannot_switch_off_a_test),
		cmocka_unit_test(takes_null_for_the_default),
		cmocka_unit_test(takes_null_for_the_default_of_one_kind),
		cmocka_unit_test(names_the_path_of_what_is_wrong),
		cmocka_unit_test(applies_the_whole_document_or_nothing),
		cmocka_unit_test(has_the_defaults_of_the_design),
		cmocka_unit_test(reads_every_other_member),
		cmocka_unit_test(
		    takes_null_for_the_default_of_every_other_member),
		cmocka_unit_test(takes_null_for_the_default_of_one_part),
		cmocka_unit_test(takes_null_for_silence),
		cmocka_unit_test(knows_which_layer_said_what),
		cmocka_unit_test(looks_its_zones_up),
		cmocka_unit_test(limits_its_lists),
		cmocka_unit_test(copies_what_it_owns),
		cmocka_unit_test(names_the_place_of_each_preference),
	};

	return cmocka_run_group_tests_name("preferences", tests, NULL, NULL);
}
