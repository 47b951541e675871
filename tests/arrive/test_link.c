#include "arrive/link.h"
#include "io/clock.h"
#include "unit.h"

#include <string.h>

/* A bridge whose broker is away: what it publishes goes nowhere. */
struct scene {
	struct instant at;
	struct timers timers;
	struct settings settings;
	struct retained retained;
	struct link link;
};

static void
set_scene(struct scene *scene)
{
	const struct settings_source source = { .file = "", .text = "" };
	struct settings_fault settings_fault;
	struct mqtt_options options = { .client_id = "nudge" };
	struct fault fault = { "" };

	memset(scene, 0, sizeof(*scene));
	assert_int_equal(settings_read(&source, &scene->settings,
	                     &settings_fault),
	    STATUS_OK);
	options.url = "mqtt://127.0.0.1:1";
	assert_int_equal(mqtt_create(&options, &scene->link.mqtt, &fault),
	    STATUS_OK);
	assert_int_equal(registry_create(&scene->retained.registry), STATUS_OK);
	scene->retained.settings = &scene->settings;
	scene->link.at = scene->retained.at = &scene->at;
	clock_read(&scene->at);
	scene->link.timers = &scene->timers;
	scene->link.settings = &scene->settings;
	scene->link.retained = &scene->retained;
	link_init(&scene->link);
}

static void
strike(struct scene *scene)
{
	mqtt_destroy(scene->link.mqtt);
	registry_destroy(scene->retained.registry);
}

/* The second connection is up, and its marker under way. */
static void
wait_for_marker(struct link *link)
{
	link->is_up = true;
	link->connection = 2;
	timer_set_in(&link->act, 30000);
	(void)strcpy(link->round.nonce, "the second marker's nonce");
}

static void
tell_marker(struct link *link, uint32_t connection)
{
	struct mqtt_news news = {
		.kind = MQTT_MESSAGE,
		.connection = connection,
		.text = "",
		.message = {
			.topic = "nudge/bridge/nudge/marker",
			.payload = link->round.nonce,
			.len = strlen(link->round.nonce),
		},
	};

	link_take(link, &news);
}

static void
tell_lost(struct link *link, uint32_t connection)
{
	struct mqtt_news news = {
		.kind = MQTT_LOST,
		.connection = connection,
		.text = "gone",
	};

	link_take(link, &news);
}

static void
assert_connects_again(const struct link *link)
{
	assert_false(link->is_up);
	assert_false(link->is_complete);
	assert_true(link->act.due_ms < TIMER_OFF);
}

TEST(connects_again_though_the_marker_comes_as_its_time_ends)
{
	struct scene scene;

	set_scene(&scene);
	wait_for_marker(&scene.link);
	timer_set(&scene.link.act, 0);
	link_run(&scene.link);
	tell_marker(&scene.link, 2);
	assert_connects_again(&scene.link);
	strike(&scene);
}

TEST(connects_again_though_the_marker_comes_after_a_refusal)
{
	struct mqtt_news refusal = {
		.kind = MQTT_NOT_SUBSCRIBED,
		.connection = 2,
		.text = "nudge/+/ack: not authorised",
	};
	struct scene scene;

	set_scene(&scene);
	wait_for_marker(&scene.link);
	link_take(&scene.link, &refusal);
	tell_marker(&scene.link, 2);
	assert_connects_again(&scene.link);
	strike(&scene);
}

TEST(connects_again_when_it_cannot_even_subscribe)
{
	struct mqtt_news connected = {
		.kind = MQTT_CONNECTED,
		.connection = 3,
		.text = "",
	};
	struct scene scene;

	set_scene(&scene);
	scene.link.is_connecting = true;
	link_take(&scene.link, &connected);
	assert_connects_again(&scene.link);
	strike(&scene);
}

TEST(hears_nothing_of_a_connection_that_ended)
{
	struct scene scene;

	set_scene(&scene);
	wait_for_marker(&scene.link);
	tell_marker(&scene.link, 1);
	tell_lost(&scene.link, 1);
	assert_true(scene.link.is_up);
	assert_false(scene.link.is_complete);
	tell_lost(&scene.link, 2);
	assert_connects_again(&scene.link);
	strike(&scene);
}

TEST(takes_the_end_of_an_attempt_only_while_it_attempts)
{
	struct scene scene;

	set_scene(&scene);
	wait_for_marker(&scene.link);
	tell_lost(&scene.link, 0);
	assert_true(scene.link.is_up);
	scene.link.is_up = false;
	scene.link.is_connecting = true;
	timer_set(&scene.link.act, TIMER_OFF);
	tell_lost(&scene.link, 2);
	assert_true(scene.link.is_connecting);
	tell_lost(&scene.link, 0);
	assert_connects_again(&scene.link);
	assert_false(scene.link.is_connecting);
	strike(&scene);
}

/* A device that was known, and was not told in the round under way. */
static void
know_unheard_device(struct scene *scene)
{
	struct device device;
	struct fault fault = { "" };
	static const char json[] = "{\"platform\":\"log\"}";

	assert_int_equal(device_parse(json, strlen(json), &device, &fault),
	    STATUS_OK);
	assert_int_equal(registry_put_device(scene->retained.registry, "me",
	                     "phone", &device),
	    STATUS_OK);
	registry_begin_round(scene->retained.registry);
	registry_begin_round(scene->retained.registry);
}

TEST(waits_for_quiet_when_the_marker_overtook_something)
{
	struct scene scene;

	set_scene(&scene);
	know_unheard_device(&scene);
	wait_for_marker(&scene.link);
	scene.link.round.has_witness = true;
	tell_marker(&scene.link, 2);
	link_run(&scene.link);
	assert_false(scene.link.is_complete);
	assert_true(scene.link.is_up);
	assert_true(
	    timer_wait_ms(&scene.timers, 60000) <= SYNCHRONISATION_QUIET_MS);
	strike(&scene);
}

TEST(takes_nothing_for_gone_when_more_came_than_could_be_read)
{
	struct scene scene;

	set_scene(&scene);
	know_unheard_device(&scene);
	wait_for_marker(&scene.link);
	scene.link.round.has_skipped = true;
	tell_marker(&scene.link, 2);
	scene.link.round.marker_ms -= 5000;
	timer_set(&scene.link.act, 0);
	link_run(&scene.link);
	assert_true(scene.link.is_complete);
	assert_int_equal(registry_device_count(scene.retained.registry), 1);
	assert_true(scene.link.act.due_ms == TIMER_OFF);
	strike(&scene);
}

TEST(judges_at_last_though_the_broker_repeats_without_end)
{
	struct scene scene;

	set_scene(&scene);
	know_unheard_device(&scene);
	wait_for_marker(&scene.link);
	tell_marker(&scene.link, 2);
	scene.link.round.marker_ms -= SYNCHRONISATION_LIMIT_MS;
	synchronisation_note(&scene.link.round);
	timer_set(&scene.link.act, 0);
	link_run(&scene.link);
	assert_true(scene.link.is_complete);
	assert_int_equal(registry_device_count(scene.retained.registry), 1);
	strike(&scene);
}

static void
tell_dropped(struct link *link, const char *count)
{
	struct mqtt_news news = {
		.kind = MQTT_MESSAGE,
		.connection = 2,
		.text = "",
		.message = {
			.topic = "$SYS/broker/publish/messages/dropped",
			.payload = count,
			.len = strlen(count),
		},
	};

	link_take(link, &news);
	link_run(link);
}

/* All was heard, for the first time or again. */
static void
set_complete(struct link *link)
{
	link->is_up = link->is_complete = true;
	link->connection = 2;
	timer_set(&link->act, TIMER_OFF);
}

/* To ask for everything again needs a broker: here it ends the connection. */
static bool
has_asked(const struct link *link)
{
	return !link->is_up;
}

TEST(asks_again_at_once_when_the_broker_dropped_something)
{
	struct scene scene;

	set_scene(&scene);
	set_complete(&scene.link);
	tell_dropped(&scene.link, "7");
	tell_dropped(&scene.link, "7");
	assert_false(has_asked(&scene.link));
	tell_dropped(&scene.link, "8");
	assert_true(has_asked(&scene.link));
	strike(&scene);
}

TEST(asks_again_later_when_the_broker_dropped_something_soon_after)
{
	struct scene scene;

	set_scene(&scene);
	set_complete(&scene.link);
	tell_dropped(&scene.link, "7");
	scene.link.resync_ms = scene.at.monotonic_ms + 30000;
	tell_dropped(&scene.link, "8");
	tell_dropped(&scene.link, "8");
	assert_false(has_asked(&scene.link));
	assert_int_equal(scene.link.resync.due_ms, scene.link.resync_ms);
	scene.at.monotonic_ms += 30000;
	link_run(&scene.link);
	assert_true(has_asked(&scene.link));
	strike(&scene);
}

TEST(asks_again_when_the_broker_dropped_something_in_a_round)
{
	struct scene scene;

	set_scene(&scene);
	wait_for_marker(&scene.link);
	tell_dropped(&scene.link, "7");
	tell_dropped(&scene.link, "8");
	assert_false(has_asked(&scene.link));
	set_complete(&scene.link);
	link_run(&scene.link);
	assert_true(has_asked(&scene.link));
	strike(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    connects_again_though_the_marker_comes_as_its_time_ends),
		cmocka_unit_test(
		    connects_again_though_the_marker_comes_after_a_refusal),
		cmocka_unit_test(connects_again_when_it_cannot_even_subscribe),
		cmocka_unit_test(hears_nothing_of_a_connection_that_ended),
		cmocka_unit_test(
		    takes_the_end_of_an_attempt_only_while_it_attempts),
		cmocka_unit_test(
		    waits_for_quiet_when_the_marker_overtook_something),
		cmocka_unit_test(
		    takes_nothing_for_gone_when_more_came_than_could_be_read),
		cmocka_unit_test(
		    asks_again_at_once_when_the_broker_dropped_something),
		cmocka_unit_test(
		    asks_again_later_when_the_broker_dropped_something_soon_after),
		cmocka_unit_test(
		    asks_again_when_the_broker_dropped_something_in_a_round),
		cmocka_unit_test(
		    judges_at_last_though_the_broker_repeats_without_end),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
