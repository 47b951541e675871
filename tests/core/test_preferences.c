#include "core/preferences.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The opposite of every default. */
static const struct preferences contrary = {
	.enabled = false,
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

	assert_int_equal(preferences_parse(text, strlen(text), &preferences,
	                     &fault),
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
		                     strlen(faulty[i].text), &after, &fault),
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

	assert_int_equal(preferences_parse(text, strlen(text), &after, &fault),
	    STATUS_BAD_INPUT);
	assert_same(&after, &contrary);
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
	};

	return cmocka_run_group_tests_name("preferences", tests, NULL, NULL);
}
