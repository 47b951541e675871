#include "core/discovery.h"
#include "io/db.h"
#include "tell/homeassistant.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 60000
#define BRIDGE "homeassistant/device/nudge_bridge_nudge/config"
#define ALICE "homeassistant/device/nudge_alice_nudge/config"

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct instant at;
static struct timers timers;
static struct outbox *outbox;
static struct registry *registry;
static struct mqtt *mqtt;
static struct post post;
static struct homeassistant homeassistant;

/* A life of the bridge, on the state of the one before. */
static void
begin_life(enum discovery_form form)
{
	const struct mqtt_options options = { .url = "mqtt://127.0.0.1:1",
		.client_id = "nudge" };
	struct fault fault = { "" };

	(void)strcpy(settings.mqtt.root, "nudge");
	(void)strcpy(settings.mqtt.client_id, "nudge");
	(void)strcpy(settings.homeassistant.prefix, "homeassistant");
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "%s", directory);
	settings.homeassistant.discovery = form;
	at = (struct instant){ .now_ms = 1764000000000, .monotonic_ms = 1000 };
	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(registry_create(&registry), STATUS_OK);
	assert_int_equal(mqtt_create(&options, &mqtt, &fault), STATUS_OK);
	post_init(&post, mqtt, NULL, &settings);
	timers.first = NULL;
	homeassistant = (struct homeassistant){
		.at = &at,
		.timers = &timers,
		.outbox = outbox,
		.registry = registry,
		.post = &post,
		.settings = &settings,
	};
	assert_int_equal(announced_create(outbox_db(outbox),
	                     &homeassistant.announced, &fault),
	    STATUS_OK);
	homeassistant_load(&homeassistant);
}

static void
end_life(void)
{
	post_finish(&post);
	announced_destroy(homeassistant.announced);
	mqtt_destroy(mqtt);
	registry_destroy(registry);
	outbox_close(outbox);
}

static int
set_up(void **state)
{
	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	memset(&settings, 0, sizeof(settings));
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

/* Whether something was to be published since this was asked last. */
static bool
has_told(void)
{
	bool has = post.first != NULL;

	post_finish(&post);
	return has;
}

static bool
is_announced(const char *topic)
{
	struct announced_message message = { .topic = "" };
	char last[DISCOVERY_TOPIC_MAX] = "";

	while (announced_after(homeassistant.announced, last, &message)) {
		if (strcmp(message.topic, topic) == 0)
			return true;
		(void)snprintf(last, sizeof(last), "%s", message.topic);
	}
	return false;
}

static void
say(const char *text, bool is_retained)
{
	const struct mqtt_message message = {
		.topic = "homeassistant/status",
		.payload = text,
		.len = strlen(text),
		.is_retained = is_retained,
	};

	homeassistant_take_status(&homeassistant, &message);
}

/* Turns until there is nothing to do at once. */
static void
run(uint32_t connection)
{
	do
		homeassistant_run(&homeassistant, connection);
	while (timer_wait_ms(&timers, LIMIT_MS) == 0);
}

TEST(says_nothing_before_home_assistant_was_seen)
{
	begin_life(DISCOVERY_WHEN_SEEN);
	run(1);
	assert_false(has_told());
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	say("online", false);
	assert_in_range(timer_wait_ms(&timers, LIMIT_MS), 1000, 2000);
	/* A person who comes meanwhile does not come before the bridge. */
	homeassistant_notice(&homeassistant,
	    registry_make_person(registry, "alice"));
	assert_false(has_told());
	at.monotonic_ms += 2000;
	run(1);
	assert_true(has_told());
	assert_true(is_announced(BRIDGE));
	end_life();

	begin_life(DISCOVERY_WHEN_SEEN);
	run(1);
	assert_true(has_told());
	end_life();
}

TEST(takes_a_burst_of_births_for_one)
{
	int wait_ms;

	begin_life(DISCOVERY_DEVICE);
	run(1);
	say("online", false);
	wait_ms = timer_wait_ms(&timers, LIMIT_MS);
	at.monotonic_ms += 500;
	say("online", false);
	say("offline", false);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), wait_ms - 500);
	end_life();
}

TEST(does_not_tell_again_for_what_was_said_long_ago)
{
	begin_life(DISCOVERY_DEVICE);
	run(1);
	say("online", true);
	say("offline", false);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	end_life();
}

TEST(rests_while_there_is_no_connection)
{
	begin_life(DISCOVERY_DEVICE);
	homeassistant_run(&homeassistant, 1);
	say("online", false);
	homeassistant_run(&homeassistant, 0);
	assert_int_equal(timer_wait_ms(&timers, LIMIT_MS), LIMIT_MS);
	(void)has_told();
	run(2);
	assert_true(has_told());
	end_life();
}

TEST(shows_a_person_while_something_is_known_of_her)
{
	struct person *alice;

	begin_life(DISCOVERY_DEVICE);
	alice = registry_make_person(registry, "alice");
	run(1);
	assert_false(is_announced(ALICE));
	assert_int_equal(registry_put_preferences(registry, "alice",
	                     &preferences_default),
	    STATUS_OK);
	homeassistant_notice(&homeassistant, alice);
	assert_true(is_announced(ALICE));
	(void)has_told();
	homeassistant_notice(&homeassistant, alice);
	assert_false(has_told());
	assert_int_equal(registry_put_preferences(registry, "alice", NULL),
	    STATUS_OK);
	homeassistant_notice(&homeassistant, alice);
	assert_true(has_told());
	assert_false(is_announced(ALICE));
	end_life();
}

TEST(takes_away_what_an_earlier_life_announced)
{
	begin_life(DISCOVERY_COMPONENT);
	assert_int_equal(registry_put_preferences(registry, "alice",
	                     &preferences_default),
	    STATUS_OK);
	run(1);
	assert_true(
	    is_announced("homeassistant/event/nudge_alice_nudge/event/config"));
	end_life();

	begin_life(DISCOVERY_DEVICE);
	run(1);
	assert_true(is_announced(BRIDGE));
	assert_false(
	    is_announced("homeassistant/event/nudge_alice_nudge/event/config"));
	end_life();

	begin_life(DISCOVERY_OFF);
	run(1);
	assert_false(is_announced(BRIDGE));
	assert_true(has_told());
	end_life();

	begin_life(DISCOVERY_WHEN_SEEN);
	run(1);
	assert_false(has_told());
	end_life();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    says_nothing_before_home_assistant_was_seen, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(takes_a_burst_of_births_for_one,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    does_not_tell_again_for_what_was_said_long_ago, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    rests_while_there_is_no_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    shows_a_person_while_something_is_known_of_her, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_away_what_an_earlier_life_announced, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("homeassistant", tests, NULL, NULL);
}
