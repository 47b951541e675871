#include "core/registry.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1764000000000)

static int
set_up(void **state)
{
	struct registry *registry = NULL;

	if (registry_create(&registry) != STATUS_OK)
		return -1;
	*state = registry;
	return 0;
}

static int
tear_down(void **state)
{
	registry_destroy(*state);
	return 0;
}

static void
register_device(struct registry *registry, const char *user, const char *name,
    const char *text)
{
	struct fault fault = { "" };
	struct device device;

	assert_int_equal(device_parse(text, strlen(text), &device, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_device(registry, user, name, &device),
	    STATUS_OK);
}

static void
prefer(struct registry *registry, const char *user, const char *text)
{
	struct preferences preferences = preferences_default;
	struct fault fault = { "" };

	assert_int_equal(preferences_parse(text, strlen(text),
	                     &(struct preferences_origin){ LAYER_USER, NULL },
	                     &preferences, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_preferences(registry, user, &preferences),
	    STATUS_OK);
	preferences_finish(&preferences);
}

static bool
wants(const struct registry *registry, const char *user)
{
	return registry_person_wishes(registry_person(registry, user))->enabled;
}

static void
look(struct registry *registry, const char *name, int64_t until_ms,
    bool is_replay)
{
	assert_int_equal(registry_put_presence(registry, "alice", name,
	                     until_ms, is_replay),
	    STATUS_OK);
}

static bool
is_present(const struct registry *registry, int64_t now_ms)
{
	const struct person *person = registry_person(registry, "alice");

	return person != NULL &&
	    registry_is_present(person, person->places, SCOPE_USER, now_ms);
}

static void
pass_two_rounds(struct registry *registry)
{
	registry_begin_round(registry);
	registry_begin_round(registry);
}

#define LOG_DEVICE "{\"platform\":\"log\"}"

static void
knows_nobody_at_first(void **state)
{
	assert_null(registry_person(*state, "alice"));
	assert_null(registry_device(*state, "alice", "phone"));
	assert_int_equal(registry_device_count(*state), 0);
	assert_int_equal(registry_sweep(*state, NULL, NULL), 0);
}

static void
finds_devices_by_person_and_name(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	register_device(*state, "bob", "phone", LOG_DEVICE);
	assert_int_equal(registry_device_count(*state), 3);
	assert_string_equal(registry_device(*state, "alice", "tablet")->name,
	    "tablet");
	assert_null(registry_device(*state, "bob", "tablet"));
	assert_null(registry_device(*state, "carol", "phone"));
	assert_string_equal(registry_person(*state, "bob")->name, "bob");
	assert_null(registry_person(*state, "bo"));
}

static void
replaces_a_device_that_registers_again(void **state)
{
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"name\":\"old\"}");
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"name\":\"new\"}");
	assert_int_equal(registry_device_count(*state), 1);
	assert_string_equal(
	    registry_device(*state, "alice", "phone")->device.name, "new");
}

static void
removes_a_device_once(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	for (int i = 0; i < 2; i++) {
		registry_remove_device(*state, "alice", "phone");
		assert_null(registry_device(*state, "alice", "phone"));
		assert_int_equal(registry_device_count(*state), 0);
	}
	registry_remove_device(*state, "bob", "phone");
}

static void
keeps_many_people_apart(void **state)
{
	char user[16];

	for (int i = 0; i < 500; i++) {
		(void)snprintf(user, sizeof(user), "user-%d", i * 7 % 500);
		register_device(*state, user, "phone", LOG_DEVICE);
	}
	assert_int_equal(registry_device_count(*state), 500);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(user, sizeof(user), "user-%d", i);
		assert_string_equal(registry_person(*state, user)->name, user);
	}
	pass_two_rounds(*state);
	assert_int_equal(registry_sweep(*state, NULL, NULL), 500);
	assert_int_equal(registry_device_count(*state), 0);
}

static void
takes_for_gone_only_what_two_rounds_lack(void **state)
{
	assert_false(registry_lacks(*state));
	register_device(*state, "alice", "phone", LOG_DEVICE);
	prefer(*state, "bob", "{\"enabled\":false}");
	assert_false(registry_lacks(*state));
	registry_begin_round(*state);
	assert_true(registry_lacks(*state));
	register_device(*state, "alice", "phone", LOG_DEVICE);
	assert_true(registry_lacks(*state));
	assert_true(registry_has_heard(*state, "alice", "phone"));
	assert_int_equal(registry_sweep(*state, NULL, NULL), 0);
	assert_false(wants(*state, "bob"));
	registry_begin_round(*state);
	assert_false(registry_has_heard(*state, "alice", "phone"));
	assert_false(registry_has_heard(*state, "alice", "tablet"));
	assert_int_equal(registry_sweep(*state, NULL, NULL), 0);
	assert_true(wants(*state, "bob"));
	registry_begin_round(*state);
	assert_int_equal(registry_sweep(*state, NULL, NULL), 1);
}

static void
sweeps_the_devices_two_rounds_did_not_mention(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	register_device(*state, "bob", "phone", LOG_DEVICE);
	pass_two_rounds(*state);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	assert_non_null(registry_device(*state, "alice", "phone"));
	assert_int_equal(registry_sweep(*state, NULL, NULL), 2);
	assert_null(registry_device(*state, "alice", "phone"));
	assert_non_null(registry_device(*state, "alice", "tablet"));
	assert_null(registry_device(*state, "bob", "phone"));
	assert_int_equal(registry_device_count(*state), 1);
}

static void
sweeps_nothing_twice_in_one_round(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	assert_int_equal(registry_sweep(*state, NULL, NULL), 0);
	assert_int_equal(registry_sweep(*state, NULL, NULL), 0);
	assert_non_null(registry_device(*state, "alice", "phone"));
}

static void
sweeps_preferences_two_rounds_did_not_mention(void **state)
{
	prefer(*state, "alice", "{\"enabled\":false}");
	prefer(*state, "bob", "{\"enabled\":false}");
	pass_two_rounds(*state);
	prefer(*state, "bob", "{\"enabled\":false}");
	(void)registry_sweep(*state, NULL, NULL);
	assert_true(wants(*state, "alice"));
	assert_false(wants(*state, "bob"));
}

static void
lets_a_presence_go_that_a_round_did_not_mention(void **state)
{
	look(*state, "phone", NOW_MS + 1000, false);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	look(*state, "tablet", NOW_MS + 1000, false);
	registry_begin_round(*state);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	assert_true(is_present(*state, NOW_MS));
	registry_pass(*state);
	assert_false(is_present(*state, NOW_MS));
	assert_non_null(registry_device(*state, "alice", "tablet"));
}

/* Keeps alice's phone and bob's preferences, and counts who was asked for. */
static bool
keep(void *context, const char *user, const char *device)
{
	int *questions = context;

	(*questions)++;
	if (device == NULL)
		return strcmp(user, "bob") == 0;
	return strcmp(device, "phone") == 0;
}

static void
sweeps_nothing_that_the_caller_keeps(void **state)
{
	int questions = 0;

	register_device(*state, "alice", "phone", LOG_DEVICE);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	prefer(*state, "alice", "{\"enabled\":false}");
	prefer(*state, "bob", "{\"enabled\":false}");
	assert_int_equal(registry_sweep(*state, keep, &questions), 0);
	assert_int_equal(questions, 0);
	pass_two_rounds(*state);
	assert_int_equal(registry_sweep(*state, keep, &questions), 1);
	assert_int_equal(questions, 4);
	assert_non_null(registry_device(*state, "alice", "phone"));
	assert_null(registry_device(*state, "alice", "tablet"));
	assert_true(wants(*state, "alice"));
	assert_false(wants(*state, "bob"));
}

static void
keeps_what_is_known_when_a_round_tells_something_refused(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	prefer(*state, "alice", "{\"enabled\":false}");
	pass_two_rounds(*state);
	registry_mention(*state, "alice", "phone");
	registry_mention(*state, "alice", "");
	registry_mention(*state, "alice", "unknown");
	registry_mention(*state, "bob", "phone");
	assert_int_equal(registry_sweep(*state, NULL, NULL), 1);
	assert_non_null(registry_device(*state, "alice", "phone"));
	assert_null(registry_device(*state, "alice", "tablet"));
	assert_null(registry_device(*state, "alice", "unknown"));
	assert_false(wants(*state, "alice"));
}

static void
shows_the_defaults_when_preferences_are_taken_back(void **state)
{
	prefer(*state, "alice", "{\"enabled\":false}");
	assert_int_equal(registry_put_preferences(*state, "alice", NULL),
	    STATUS_OK);
	assert_true(wants(*state, "alice"));
}

static void
lets_a_presence_run_out(void **state)
{
	look(*state, "phone", NOW_MS + 1000, false);
	assert_true(is_present(*state, NOW_MS + 999));
	assert_false(is_present(*state, NOW_MS + 1000));
	look(*state, "phone", NOW_MS + 2000, false);
	assert_true(is_present(*state, NOW_MS + 1999));
	look(*state, "phone", 0, false);
	assert_false(is_present(*state, NOW_MS));
}

static void
does_not_prolong_a_presence_by_a_replay(void **state)
{
	look(*state, "phone", NOW_MS + 1000, false);
	registry_begin_round(*state);
	look(*state, "phone", NOW_MS + 9000, true);
	registry_pass(*state);
	assert_true(is_present(*state, NOW_MS + 999));
	assert_false(is_present(*state, NOW_MS + 1000));
}

static void
does_not_revive_a_presence_by_a_replay(void **state)
{
	look(*state, "phone", 0, false);
	registry_begin_round(*state);
	look(*state, "phone", NOW_MS + 9000, true);
	assert_false(is_present(*state, NOW_MS));
}

static void
believes_a_replay_of_what_it_never_heard(void **state)
{
	look(*state, "phone", NOW_MS + 1000, true);
	assert_true(is_present(*state, NOW_MS));
}

static void
believes_a_replay_that_says_away(void **state)
{
	look(*state, "phone", NOW_MS + 1000, false);
	registry_begin_round(*state);
	look(*state, "phone", 0, true);
	assert_false(is_present(*state, NOW_MS));
}

static void
tells_one_device_in_use_from_any(void **state)
{
	const struct person *person;
	const struct place *phone;
	const struct place *tablet;

	register_device(*state, "alice", "phone", LOG_DEVICE);
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	look(*state, "tablet", NOW_MS + 1000, false);
	person = registry_person(*state, "alice");
	phone = registry_device(*state, "alice", "phone");
	tablet = registry_device(*state, "alice", "tablet");
	assert_true(registry_is_present(person, phone, SCOPE_USER, NOW_MS));
	assert_false(registry_is_present(person, phone, SCOPE_DEVICE, NOW_MS));
	assert_true(registry_is_present(person, tablet, SCOPE_DEVICE, NOW_MS));
	assert_false(
	    registry_is_present(person, tablet, SCOPE_DEVICE, NOW_MS + 1000));
}

static void
counts_a_presence_where_nothing_is_registered(void **state)
{
	look(*state, "browser", NOW_MS + 1000, false);
	assert_true(is_present(*state, NOW_MS));
	assert_null(registry_device(*state, "alice", "browser"));
	assert_int_equal(registry_device_count(*state), 0);
}

static const struct preferences *
wishes(const struct registry *registry, const char *name)
{
	return registry_wishes(registry_person(registry, "alice"),
	    registry_device(registry, "alice", name));
}

static void
lays_a_devices_wishes_over_the_persons(void **state)
{
	prefer(*state, "alice",
	    "{\"presence\":\"suppress\",\"kinds\":{\"note\":false}}");
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"prefs\":{\"presence\":\"ignore\"}}");
	register_device(*state, "alice", "tablet", LOG_DEVICE);
	assert_int_equal(wishes(*state, "phone")->presence, PRESENCE_IGNORE);
	assert_false(wishes(*state, "phone")->kinds[KIND_NOTE]);
	assert_int_equal(wishes(*state, "tablet")->presence, PRESENCE_SUPPRESS);
	assert_false(wishes(*state, "tablet")->kinds[KIND_NOTE]);
}

static void
lays_them_again_when_the_person_changes_their_mind(void **state)
{
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"prefs\":{\"presence\":\"ignore\"}}");
	assert_true(wishes(*state, "phone")->kinds[KIND_NOTE]);
	prefer(*state, "alice",
	    "{\"presence\":\"suppress\",\"kinds\":{\"note\":false}}");
	assert_int_equal(wishes(*state, "phone")->presence, PRESENCE_IGNORE);
	assert_false(wishes(*state, "phone")->kinds[KIND_NOTE]);
	pass_two_rounds(*state);
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"prefs\":{\"presence\":\"ignore\"}}");
	(void)registry_sweep(*state, NULL, NULL);
	assert_int_equal(wishes(*state, "phone")->presence, PRESENCE_IGNORE);
	assert_true(wishes(*state, "phone")->kinds[KIND_NOTE]);
}

static void
forgets_the_wishes_of_a_device_that_drops_them(void **state)
{
	register_device(*state, "alice", "phone",
	    "{\"platform\":\"log\",\"prefs\":{\"enabled\":false}}");
	assert_false(wishes(*state, "phone")->enabled);
	register_device(*state, "alice", "phone", LOG_DEVICE);
	assert_true(wishes(*state, "phone")->enabled);
}

#define REGISTRY_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void
keeps_no_more_guests_than_the_limit(void **state)
{
	struct person *first = registry_make_guest(*state, "guest0");
	char name[16];

	assert_true(first->is_guest);
	for (int i = 1; i < REGISTRY_GUESTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "guest%d", i);
		assert_non_null(registry_make_guest(*state, name));
	}
	assert_null(registry_make_guest(*state, "one-more"));
	assert_null(registry_person(*state, "one-more"));
	assert_ptr_equal(registry_make_guest(*state, "guest0"), first);
	while (registry_take_touched(*state) != NULL)
		continue;
	registry_forget_guest(*state, first);
	assert_null(registry_person(*state, "guest0"));
	assert_non_null(registry_make_guest(*state, "one-more"));
}

static void
keeps_a_guest_of_whom_more_is_learned(void **state)
{
	char name[16];

	assert_non_null(registry_make_guest(*state, "alice"));
	register_device(*state, "alice", "phone", LOG_DEVICE);
	assert_false(registry_make_guest(*state, "alice")->is_guest);
	/* And it takes no guest's place. */
	for (int i = 0; i < REGISTRY_GUESTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "guest%d", i);
		assert_non_null(registry_make_guest(*state, name));
	}
}

static void
tells_each_of_two_readers_who_changed(void **state)
{
	register_device(*state, "alice", "phone", LOG_DEVICE);
	assert_string_equal(registry_take_touched(*state)->name, "alice");
	assert_null(registry_take_touched(*state));
	assert_string_equal(registry_take_changed(*state)->name, "alice");
	assert_null(registry_take_changed(*state));
	assert_non_null(registry_make_guest(*state, "bob"));
	assert_null(registry_take_changed(*state));
	register_device(*state, "bob", "phone", LOG_DEVICE);
	assert_string_equal(registry_take_changed(*state)->name, "bob");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(knows_nobody_at_first),
		REGISTRY_TEST(tells_each_of_two_readers_who_changed),
		REGISTRY_TEST(finds_devices_by_person_and_name),
		REGISTRY_TEST(replaces_a_device_that_registers_again),
		REGISTRY_TEST(removes_a_device_once),
		REGISTRY_TEST(keeps_many_people_apart),
		REGISTRY_TEST(takes_for_gone_only_what_two_rounds_lack),
		REGISTRY_TEST(sweeps_the_devices_two_rounds_did_not_mention),
		REGISTRY_TEST(sweeps_nothing_twice_in_one_round),
		REGISTRY_TEST(sweeps_preferences_two_rounds_did_not_mention),
		REGISTRY_TEST(lets_a_presence_go_that_a_round_did_not_mention),
		REGISTRY_TEST(sweeps_nothing_that_the_caller_keeps),
		REGISTRY_TEST(
		    keeps_what_is_known_when_a_round_tells_something_refused),
		REGISTRY_TEST(
		    shows_the_defaults_when_preferences_are_taken_back),
		REGISTRY_TEST(keeps_no_more_guests_than_the_limit),
		REGISTRY_TEST(keeps_a_guest_of_whom_more_is_learned),
		REGISTRY_TEST(lets_a_presence_run_out),
		REGISTRY_TEST(does_not_prolong_a_presence_by_a_replay),
		REGISTRY_TEST(does_not_revive_a_presence_by_a_replay),
		REGISTRY_TEST(believes_a_replay_of_what_it_never_heard),
		REGISTRY_TEST(believes_a_replay_that_says_away),
		REGISTRY_TEST(tells_one_device_in_use_from_any),
		REGISTRY_TEST(counts_a_presence_where_nothing_is_registered),
		REGISTRY_TEST(lays_a_devices_wishes_over_the_persons),
		REGISTRY_TEST(
		    lays_them_again_when_the_person_changes_their_mind),
		REGISTRY_TEST(forgets_the_wishes_of_a_device_that_drops_them),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
