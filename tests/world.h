/* world.h - the bridge without a broker, on a time of its own: what people and
 * agents say goes in, and what is pushed and told of it is written down.
 *
 * The clocks, MQTT and the log are replaced when the test is linked (Makefile,
 * VIRTUAL); all else is the bridge. Devices are of the platform "log".
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "arrive/dispatch.h"
#include "decide/release.h"
#include "decide/resolution.h"
#include "deliver/delivery.h"
#include "deliver/health.h"
#include "deliver/settlement.h"
#include "deliver/showing.h"
#include "io/activities.h"
#include "io/clock.h"
#include "io/documents.h"
#include "io/events.h"
#include "io/http.h"
#include "io/jobs.h"
#include "io/log.h"
#include "io/people.h"
#include "io/receipts.h"
#include "io/warnings.h"
#include "io/zones.h"
#include "know/retained.h"
#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 24 November 2025, 16:00 UTC, a Monday. */
#define WORLD_BEGIN_MS INT64_C(1764000000000)
#define WORLD_LINES_MAX 4096

struct world {
	struct settings settings;
	struct outbox *outbox;
	struct registry *registry;
	struct documents *documents;
	struct receipts *receipts;
	struct shelf *shelf;
	struct people *people;
	struct activities *activities;
	struct zones *zones;
	struct zone_source zone_source;
	struct zone_source kept_zones;
	struct http *http;
	struct post post;
	struct retained retained;
	struct resolution resolution;
	struct release release;
	struct decision decision;
	struct summary summary;
	struct dispatch dispatch;
	struct delivery delivery;
	struct health health;
	struct warnings *warnings;
	struct instant at;
	struct timers timers;
	struct timers others; /* of parts that have no turns here */
	int64_t newest_seq;
	int64_t now_ms;
	int64_t set_ms; /* the clock on the wall is ahead of that */
	char *lines[WORLD_LINES_MAX]; /* what happened, in order */
	int64_t times_ms[WORLD_LINES_MAX];
	char own[512]; /* what was noted last as ours that comes back */
	int count;
	int accepted; /* events, and how often each was said to be */
};

static struct world world;

int64_t __wrap_clock_now_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
bool __wrap_mqtt_is_connected(struct mqtt *mqtt);
bool __wrap_mqtt_takes_packets(const struct mqtt *mqtt);
bool __wrap_mqtt_fits(const struct mqtt *mqtt, size_t size);
enum status __wrap_mqtt_publish(struct mqtt *mqtt,
    const struct mqtt_outgoing *outgoing);
void __wrap_mqtt_note_own(struct mqtt *mqtt, const char *payload, size_t len);
void __wrap_log_notification(const char *line);

int64_t
__wrap_clock_now_ms(void)
{
	return world.now_ms + world.set_ms;
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return world.now_ms - WORLD_BEGIN_MS + INT64_C(1000000000);
}

bool
__wrap_mqtt_is_connected(struct mqtt *mqtt)
{
	(void)mqtt;
	return true;
}

bool
__wrap_mqtt_takes_packets(const struct mqtt *mqtt)
{
	(void)mqtt;
	return false;
}

bool
__wrap_mqtt_fits(const struct mqtt *mqtt, size_t size)
{
	(void)mqtt;
	(void)size;
	return true;
}

static void
world_note(char *line)
{
	assert_non_null(line);
	assert_true(world.count < WORLD_LINES_MAX);
	world.times_ms[world.count] = world.now_ms;
	world.lines[world.count++] = line;
}

static void
world_add_word(char *line, const struct json_object *receipt, const char *name)
{
	const char *word = json_text(receipt, name, 256);

	if (word != NULL)
		(void)snprintf(line + strlen(line), 512 - strlen(line), "%s%s",
		    *line != '\0' ? " " : "", word);
}

/* A receipt as "evt phone deferred quiet".
 * In:  first  a member before those; NULL = none */
static void
world_read_receipt(const char *bytes, size_t len, const char *first,
    char line[512])
{
	const char *const members[] = { first, "device", "state", "reason",
		"detail" };
	struct json_object receipt;
	struct fault fault = { "" };
	struct cJSON *root;

	assert_int_equal(json_parse(bytes, len, &fault, &root, &receipt),
	    STATUS_OK);
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (members[i] != NULL)
			world_add_word(line, &receipt, members[i]);
	}
	json_free(root);
}

/* That an event was accepted is no news, and only counted. */
enum status
__wrap_mqtt_publish(struct mqtt *mqtt, const struct mqtt_outgoing *outgoing)
{
	char line[512] = "";

	(void)mqtt;
	if (strstr(outgoing->topic, "/receipt") == NULL)
		return STATUS_OK;
	world_read_receipt(outgoing->payload, outgoing->len, "event", line);
	if (strstr(line, " accepted") == NULL)
		world_note(strdup(line));
	else
		world.accepted++;
	return STATUS_OK;
}

void
__wrap_mqtt_note_own(struct mqtt *mqtt, const char *payload, size_t len)
{
	(void)mqtt;
	(void)snprintf(world.own, sizeof(world.own), "%.*s", (int)len, payload);
}

void
__wrap_log_notification(const char *line)
{
	char *text = NULL;

	assert_true(asprintf(&text, "> %s", line) > 0);
	world_note(text);
}

static void
world_hurry(void *context, enum stage stage, const char *user,
    const char *device)
{
	(void)context;
	release_hurry(&world.release, stage, user, device);
}

/* The time of a turn. */
static void
world_read_clock(void)
{
	world.at.now_ms = __wrap_clock_now_ms();
	world.at.monotonic_ms = __wrap_clock_monotonic_ms();
}

static void
world_wire(void)
{
	world.retained = (struct retained){
		.at = &world.at,
		.timers = &world.others,
		.registry = world.registry,
		.zones = &world.zone_source,
		.kept_zones = &world.kept_zones,
		.hurry = world_hurry,
		.documents = world.documents,
		.post = &world.post,
		.trouble = &world.delivery.trouble,
		.settings = &world.settings,
	};
	world.release = (struct release){
		.at = &world.at,
		.timers = &world.timers,
		.outbox = world.outbox,
		.shelf = world.shelf,
		.registry = world.registry,
		.post = &world.post,
		.settings = &world.settings,
	};
	world.resolution = (struct resolution){
		.at = &world.at,
		.outbox = world.outbox,
		.shelf = world.shelf,
		.people = world.people,
		.registry = world.registry,
		.release = &world.release,
		.post = &world.post,
		.settings = &world.settings,
	};
	world.decision = (struct decision){
		.at = &world.at,
		.outbox = world.outbox,
		.registry = world.registry,
		.people = world.people,
		.resolution = &world.resolution,
		.release = &world.release,
		.post = &world.post,
		.settings = &world.settings,
	};
	world.summary = (struct summary){
		.at = &world.at,
		.timers = &world.others,
		.outbox = world.outbox,
		.registry = world.registry,
		.people = world.people,
		.post = &world.post,
		.trouble = &world.delivery.trouble,
		.settings = &world.settings,
	};
	world.delivery = (struct delivery){
		.at = &world.at,
		.timers = &world.timers,
		.outbox = world.outbox,
		.shelf = world.shelf,
		.http = world.http,
		.retained = &world.retained,
		.activities = world.activities,
		.post = &world.post,
		.health = &world.health,
		.trouble = { .warnings = world.warnings,
		    .registry = world.registry },
		.settings = &world.settings,
	};
	world.dispatch = (struct dispatch){
		.at = &world.at,
		.outbox = world.outbox,
		.decision = &world.decision,
		.resolution = &world.resolution,
		.retained = &world.retained,
		.summary = &world.summary,
		.post = &world.post,
		.settings = &world.settings,
	};
	world.health.post = &world.post;
	world.health.roster = &world.delivery.roster;
	world.health.trouble = &world.delivery.trouble;
	world.health.settings = &world.settings;
}

/* From what is on disk, as after a restart. */
static void
world_open(void)
{
	struct fault fault = { "" };
	struct db *db;

	if (outbox_open(&world.settings, &world.outbox, &fault) != STATUS_OK)
		fail_msg("%s", fault.text);
	db = outbox_db(world.outbox);
	assert_int_equal(registry_create(&world.registry), STATUS_OK);
	assert_int_equal(documents_create(db, &world.documents), STATUS_OK);
	assert_int_equal(receipts_create(db, 1000, &world.receipts), STATUS_OK);
	assert_int_equal(shelf_create(world.outbox, &world.shelf), STATUS_OK);
	assert_int_equal(people_create(world.outbox, &world.people), STATUS_OK);
	assert_int_equal(activities_create(db, &world.activities, &fault),
	    STATUS_OK);
	world_read_clock();
	world.timers.first = world.others.first = NULL;
	health_init(&world.health, &world.at, &world.others);
	assert_int_equal(backlog_create(db, &world.health.backlog), STATUS_OK);
	assert_int_equal(warnings_create(db, &world.warnings, &fault),
	    STATUS_OK);
	assert_int_equal(zones_create(&world.zones), STATUS_OK);
	assert_int_equal(http_create(&world.http), STATUS_OK);
	world.zone_source = (struct zone_source){ zones_find, world.zones };
	world.kept_zones = (struct zone_source){ zones_keep, world.zones };
	registry_use_zones(world.registry, &world.zone_source);
	post_init(&world.post, NULL, world.receipts, &world.settings);
	world_wire();
	outbox_extent(world.outbox, &world.dispatch.decided_seq,
	    &world.newest_seq);
	world.dispatch.accepted_seq = world.dispatch.decided_seq;
	assert_int_equal(delivery_init(&world.delivery, &fault), STATUS_OK);
	release_init(&world.release);
	retained_load(&world.retained);
	summary_load(&world.summary);
	dispatch_recall(&world.dispatch);
}

/* As a kill does: what is in memory alone is gone. */
static void
world_close(void)
{
	dispatch_finish(&world.dispatch);
	http_destroy(world.http);
	delivery_finish(&world.delivery);
	post_finish(&world.post);
	retained_finish(&world.retained);
	release_finish(&world.release);
	shelf_destroy(world.shelf);
	people_destroy(world.people);
	activities_destroy(world.activities);
	registry_destroy(world.registry);
	documents_destroy(world.documents);
	receipts_destroy(world.receipts);
	zones_destroy(world.zones);
	warnings_destroy(world.warnings);
	health_finish(&world.health);
	outbox_close(world.outbox);
}

static inline void
world_kill(void)
{
	world_close();
	world_open();
}

static int
world_set_up(void **state)
{
	const struct settings_source source = { .file = "", .text = "" };
	struct settings_fault fault;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.now_ms = WORLD_BEGIN_MS;
	assert_int_equal(settings_read(&source, &world.settings, &fault),
	    STATUS_OK);
	world.settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(world.settings.state.directory, SETTING_MAX,
	    "/tmp/nudge-world-XXXXXX");
	assert_non_null(mkdtemp(world.settings.state.directory));
	world_open();
	return 0;
}

static int
world_tear_down(void **state)
{
	char command[SETTING_MAX + 16];

	(void)state;
	world_close();
	for (int i = 0; i < world.count; i++)
		free(world.lines[i]);
	(void)snprintf(command, sizeof(command), "rm -r %s",
	    world.settings.state.directory);
	return system(command);
}

/* A turn of the bridge. */
static void
world_turn(void)
{
	world_read_clock();
	while (!dispatch_run(&world.dispatch, world.newest_seq, true, false))
		continue;
	while (dispatch_run_aside(&world.dispatch, true))
		continue;
	/* On a slow machine what is due takes several transactions. */
	for (int i = 0; i < 1000 && release_run(&world.release); i++)
		continue;
	post_flush(&world.post);
	(void)jobs_write_down(world.outbox, 1000);
	delivery_notice_jobs(&world.delivery);
	delivery_start(&world.delivery);
	showing_run(&world.delivery, true);
	settlement_run(&world.delivery);
	release_notice(&world.release, world.delivery.remind_ms);
	world.delivery.remind_ms = INT64_MAX;
	delivery_plan(&world.delivery);
}

static int64_t
world_wait_ms(int64_t limit_ms)
{
	int limit = limit_ms < INT_MAX ? (int)limit_ms : INT_MAX;

	return timer_wait_ms(&world.timers, limit);
}

/* Time goes on, from one thing that is due to the next. */
static void
world_pass_ms(int64_t ms)
{
	int64_t until_ms = world.now_ms + ms;
	int rounds = 0;

	world_turn();
	while (world.now_ms < until_ms || world_wait_ms(1) == 0) {
		int64_t wait_ms = world_wait_ms(until_ms - world.now_ms);

		assert_true(rounds++ < 100000);
		world.now_ms += wait_ms;
		world_turn();
	}
}

static inline void
world_pass_s(int64_t seconds)
{
	world_pass_ms(seconds * 1000);
}

/* What is said once: an event, an ack, a patch. */
static void
world_store(const char *topic, const char *payload)
{
	const struct outbox_event event = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.stamp_ms = outbox_clock_ms(world.outbox),
	};

	world.newest_seq = events_store(world.outbox, &event, 1);
}

static void
world_publish(const char *topic, const char *payload)
{
	world_store(topic, payload);
	world_pass_ms(0);
}

/* What is retained: a registration, preferences, presence. */
static void
world_retain(const char *topic, const char *payload)
{
	const struct mqtt_message message = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
	};

	retained_take(&world.retained, &message);
	world_pass_ms(0);
}

/* Time goes on while nothing is done, and then there is a turn. */
static inline void
world_leap_s(int64_t seconds)
{
	world.now_ms += seconds * 1000;
	world_pass_ms(0);
}

/* Events, acks and wishes of alice's. */
static inline void
world_event(const char *json)
{
	world_publish("nudge/alice/event", json);
}

static inline void
world_ack(const char *ack)
{
	world_publish("nudge/alice/ack", ack);
}

static inline void
world_wish(const char *json)
{
	world_retain("nudge/alice/prefs", json);
}

static inline void
world_device(const char *name)
{
	char topic[128];

	(void)snprintf(topic, sizeof(topic), "nudge/alice/device/%s", name);
	world_retain(topic, "{\"platform\":\"log\"}");
}

/* How often a line was written that is, or begins with, a text. */
static inline int
world_count(const char *text)
{
	int count = 0;

	for (int i = 0; i < world.count; i++)
		count += strncmp(world.lines[i], text, strlen(text)) == 0;
	return count;
}

/* The lines since a moment, as one text to compare.
 * In/Out:  from  the first line; the next one then */
static inline void
world_expect(int *from, const char *expected)
{
	static char text[65536];
	size_t len = 0;

	*text = '\0';
	for (; *from < world.count; (*from)++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n",
		    world.lines[*from]);
	assert_string_equal(text, expected);
}

/* What is kept of an event until now, one receipt after another: "phone held
 * delay, phone pushed". */
static inline const char *
world_told(const char *event)
{
	static char told[8192];
	struct receipts_one one = { .at = 0 };

	*told = '\0';
	while (receipts_next(world.receipts, event, NULL, &one)) {
		char line[512] = "";

		world_read_receipt(one.receipt, strlen(one.receipt), NULL,
		    line);
		(void)snprintf(told + strlen(told), sizeof(told) - strlen(told),
		    "%s%s", *told != '\0' ? ", " : "", line);
	}
	return told;
}

#endif
