/* scene.h - the whole bridge but its broker and its clocks: a test says what was
 * published and what time it is, and reads what became of it.
 *
 * The parts are the real ones, on a real file in a scratch directory. What would
 * leave for the broker is dropped; receipts are read from io/receipts.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "arrive/dispatch.h"
#include "core/instant.h"
#include "decide/decision.h"
#include "decide/release.h"
#include "decide/resolution.h"
#include "deliver/delivery.h"
#include "deliver/health.h"
#include "deliver/settlement.h"
#include "io/documents.h"
#include "io/http.h"
#include "io/people.h"
#include "io/receipts.h"
#include "io/shelf.h"
#include "io/warnings.h"
#include "io/zones.h"
#include "know/retained.h"
#include "tell/summary.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENE_TEXT_MAX 8192

struct scene {
	struct instant at;
	struct settings settings;
	struct outbox *outbox;
	struct registry *registry;
	struct documents *documents;
	struct receipts *receipts;
	struct shelf *shelf;
	struct people *people;
	struct zones *zones;
	struct zone_source zone_source;
	struct zone_source kept_zones;
	struct http *http;
	struct mqtt *mqtt;
	struct post post;
	struct retained retained;
	struct resolution resolution;
	struct release release;
	struct summary summary;
	struct decision decision;
	struct dispatch dispatch;
	struct delivery delivery;
	struct health health;
	struct warnings *warnings;
	int64_t newest_seq;
	char told[SCENE_TEXT_MAX];
};

static void
scene_hurry(void *context, enum stage stage, const char *user,
    const char *device)
{
	struct scene *scene = context;

	release_hurry(&scene->release, stage, user, device);
}

static void
scene_open_file(struct scene *scene)
{
	struct fault fault = { "" };
	struct db *db;

	assert_int_equal(outbox_open(&scene->settings, &scene->outbox, &fault),
	    STATUS_OK);
	db = outbox_db(scene->outbox);
	assert_int_equal(registry_create(&scene->registry), STATUS_OK);
	assert_int_equal(documents_create(db, &scene->documents), STATUS_OK);
	assert_int_equal(receipts_create(db, 1000, &scene->receipts),
	    STATUS_OK);
	assert_int_equal(shelf_create(scene->outbox, &scene->shelf), STATUS_OK);
	assert_int_equal(people_create(scene->outbox, &scene->people),
	    STATUS_OK);
	health_init(&scene->health, &scene->at);
	assert_int_equal(backlog_create(db, &scene->health.backlog), STATUS_OK);
	assert_int_equal(warnings_create(db, &scene->warnings, &fault),
	    STATUS_OK);
	assert_int_equal(zones_create(&scene->zones), STATUS_OK);
	scene->zone_source = (struct zone_source){ zones_find, scene->zones };
	scene->kept_zones = (struct zone_source){ zones_keep, scene->zones };
	registry_use_zones(scene->registry, &scene->zone_source);
}

static void
scene_wire_decisions(struct scene *scene)
{
	scene->retained = (struct retained){
		.at = &scene->at,
		.registry = scene->registry,
		.zones = &scene->zone_source,
		.kept_zones = &scene->kept_zones,
		.documents = scene->documents,
		.hurry = scene_hurry,
		.context = scene,
		.post = &scene->post,
		.settings = &scene->settings,
	};
	scene->resolution = (struct resolution){
		.at = &scene->at,
		.outbox = scene->outbox,
		.shelf = scene->shelf,
		.people = scene->people,
		.registry = scene->registry,
		.post = &scene->post,
		.settings = &scene->settings,
	};
	scene->release = (struct release){
		.at = &scene->at,
		.outbox = scene->outbox,
		.shelf = scene->shelf,
		.registry = scene->registry,
		.post = &scene->post,
		.settings = &scene->settings,
	};
	scene->decision = (struct decision){
		.at = &scene->at,
		.outbox = scene->outbox,
		.registry = scene->registry,
		.people = scene->people,
		.resolution = &scene->resolution,
		.release = &scene->release,
		.post = &scene->post,
		.settings = &scene->settings,
	};
}

static void
scene_wire(struct scene *scene)
{
	post_init(&scene->post, scene->mqtt, scene->receipts, &scene->settings);
	scene_wire_decisions(scene);
	scene->summary = (struct summary){
		.at = &scene->at,
		.outbox = scene->outbox,
		.registry = scene->registry,
		.people = scene->people,
		.post = &scene->post,
		.settings = &scene->settings,
	};
	scene->dispatch = (struct dispatch){
		.at = &scene->at,
		.outbox = scene->outbox,
		.decision = &scene->decision,
		.resolution = &scene->resolution,
		.retained = &scene->retained,
		.summary = &scene->summary,
		.post = &scene->post,
		.settings = &scene->settings,
	};
	scene->delivery = (struct delivery){
		.at = &scene->at,
		.outbox = scene->outbox,
		.shelf = scene->shelf,
		.http = scene->http,
		.retained = &scene->retained,
		.post = &scene->post,
		.health = &scene->health,
		.trouble = { .warnings = scene->warnings },
		.settings = &scene->settings,
	};
	scene->health.post = &scene->post;
	scene->health.roster = &scene->delivery.roster;
	scene->health.trouble = &scene->delivery.trouble;
	scene->health.settings = &scene->settings;
}

static void
scene_begin_life(struct scene *scene)
{
	struct fault fault = { "" };

	scene_open_file(scene);
	scene_wire(scene);
	assert_int_equal(delivery_init(&scene->delivery, &fault), STATUS_OK);
	outbox_extent(scene->outbox, &scene->dispatch.decided_seq,
	    &scene->newest_seq);
	scene->dispatch.accepted_seq = scene->dispatch.decided_seq;
	retained_load(&scene->retained);
	summary_load(&scene->summary);
	dispatch_recall(&scene->dispatch);
}

/* A Thursday, 2025-12-04, 12:00 UTC; the root is "nudge". */
static inline void
scene_set(struct scene *scene)
{
	const struct settings_source source = { .file = "", .text = "" };
	const struct mqtt_options options = { .url = "mqtt://127.0.0.1:1",
		.client_id = "nudge" };
	struct settings_fault settings_fault;
	struct fault fault = { "" };

	memset(scene, 0, sizeof(*scene));
	assert_int_equal(settings_read(&source, &scene->settings,
	                     &settings_fault),
	    STATUS_OK);
	(void)snprintf(scene->settings.state.directory, SETTING_MAX,
	    "/tmp/nudge-scene-XXXXXX");
	assert_non_null(mkdtemp(scene->settings.state.directory));
	scene->at = (struct instant){ INT64_C(1764849600000), 1000000 };
	assert_int_equal(http_create(&scene->http), STATUS_OK);
	assert_int_equal(mqtt_create(&options, &scene->mqtt, &fault),
	    STATUS_OK);
	scene_begin_life(scene);
}

static void
scene_end_life(struct scene *scene)
{
	delivery_finish(&scene->delivery);
	post_finish(&scene->post);
	retained_finish(&scene->retained);
	release_finish(&scene->release);
	shelf_destroy(scene->shelf);
	people_destroy(scene->people);
	registry_destroy(scene->registry);
	documents_destroy(scene->documents);
	receipts_destroy(scene->receipts);
	zones_destroy(scene->zones);
	warnings_destroy(scene->warnings);
	health_finish(&scene->health);
	outbox_close(scene->outbox);
}

/* Killed, and started again: what is in memory alone is gone. */
static inline void
scene_kill(struct scene *scene)
{
	scene_end_life(scene);
	scene_begin_life(scene);
}

static inline void
scene_strike(struct scene *scene)
{
	char command[SETTING_MAX + 16];

	scene_end_life(scene);
	mqtt_destroy(scene->mqtt);
	http_destroy(scene->http);
	(void)snprintf(command, sizeof(command), "rm -r %s",
	    scene->settings.state.directory);
	assert_int_equal(system(command), 0);
}

/* One turn of the loop, as bridge.c turns it. */
static inline void
scene_turn(struct scene *scene)
{
	while (!dispatch_run(&scene->dispatch, scene->newest_seq, true, false))
		continue;
	while (release_run(&scene->release))
		continue;
	(void)outbox_write_down(scene->outbox, 0);
	delivery_notice_jobs(&scene->delivery);
	delivery_start(&scene->delivery);
	settlement_run(&scene->delivery);
	summary_run(&scene->summary, true);
	post_flush(&scene->post);
}

/* Time goes by, turn by turn. */
static inline void
scene_wait(struct scene *scene, int64_t seconds)
{
	for (int64_t i = 0; i < seconds; i++) {
		scene->at.now_ms += 1000;
		scene->at.monotonic_ms += 1000;
		scene_turn(scene);
	}
}

/* Time goes by while nothing is done, and then there is a turn. */
static inline void
scene_leap(struct scene *scene, int64_t seconds)
{
	scene->at.now_ms += seconds * 1000;
	scene->at.monotonic_ms += seconds * 1000;
	scene_turn(scene);
}

/* What is retained, or was: nudge/alice/… */
static inline void
scene_retain(struct scene *scene, const char *topic, const char *payload)
{
	retained_take(&scene->retained,
	    &(struct mqtt_message){
	        .topic = topic,
	        .payload = payload,
	        .len = strlen(payload),
	    });
	scene_turn(scene);
}

/* What happens once: an event, an ack, a patch. */
static inline void
scene_publish(struct scene *scene, const char *topic, const char *payload)
{
	const struct outbox_event event = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.stamp_ms = scene->at.now_ms,
	};

	scene->newest_seq = outbox_store(scene->outbox, &event, 1);
	scene_turn(scene);
}

/* Copy a member's text out of a receipt, behind a separator. */
static void
scene_add_member(const char *receipt, const char *name, const char *separator,
    struct buf *told)
{
	char start[32];
	const char *text;

	(void)snprintf(start, sizeof(start), "\"%s\":\"", name);
	text = strstr(receipt, start);
	if (text == NULL)
		return;
	text += strlen(start);
	buf_addf(told, "%s", separator);
	buf_add(told, text, strcspn(text, "\""));
}

/* What was told of an event until now, one after another: "phone held delay,
 * phone pushed". The receipt "accepted" is not kept. */
static inline const char *
scene_told(struct scene *scene, const char *event)
{
	const char *receipt;
	const char *user;
	int64_t at = 0;
	struct buf told;

	buf_init(&told, sizeof(scene->told) - 1);
	while (receipts_next(scene->receipts, event, &at, &user, &receipt)) {
		scene_add_member(receipt, "device", told.len > 0 ? ", " : "",
		    &told);
		scene_add_member(receipt, "state", " ", &told);
		scene_add_member(receipt, "reason", " ", &told);
	}
	(void)snprintf(scene->told, sizeof(scene->told), "%s", buf_text(&told));
	buf_finish(&told);
	return scene->told;
}

#endif
