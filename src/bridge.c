#include "bridge.h"

#include "arrive/dispatch.h"
#include "arrive/intake.h"
#include "arrive/link.h"
#include "decide/release.h"
#include "decide/resolution.h"
#include "deliver/delivery.h"
#include "deliver/health.h"
#include "deliver/settlement.h"
#include "deliver/showing.h"
#include "io/activities.h"
#include "io/clock.h"
#include "io/documents.h"
#include "io/http.h"
#include "io/jobs.h"
#include "io/log.h"
#include "io/memory.h"
#include "io/mqtt.h"
#include "io/outbox.h"
#include "io/people.h"
#include "io/purge.h"
#include "io/receipts.h"
#include "io/secret.h"
#include "io/shelf.h"
#include "io/signals.h"
#include "io/systemd.h"
#include "io/zones.h"
#include "know/publication.h"
#include "know/retained.h"
#include "tell/answer.h"
#include "tell/info.h"
#include "tell/lines.h"
#include "tell/post.h"
#include "tell/site.h"
#include "tell/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_LONGEST_MS 60000
#define NEWS_LONGEST_MS 10   /* of one turn, before it is the events' */
#define JUDGE_LONGEST_MS 10  /* before it is delivery's */
#define NEWS_WAIT_MS 250     /* then events are judged without them */
#define STEP_TOLD_MS 60000   /* so much is worth a word */
#define IN_MEMORY_MS 1000    /* a job that is not pushed is written down */
#define CALM_MS 200          /* nobody says anything for so long */
#define CROWD 1000           /* of them take memory worth giving back */
#define LEAVE_WITHIN_MS 5000 /* for what is under way when we are stopped */

struct bridge {
	struct instant at; /* of this turn */
	struct timers timers;
	const struct settings *settings;
	struct secret password;
	char will_topic[2 * SETTING_MAX + 32];
	struct outbox *outbox;
	struct registry *registry;
	struct documents *documents;
	struct receipts *receipts;
	struct shelf *shelf;
	struct announced *announced;
	struct activities *activities;
	struct people *people;
	struct zones *zones;
	struct zone_source zone_source;
	struct zone_source kept_zones;
	struct answer answer;
	struct http *http;
	struct mqtt *mqtt;
	struct post post;
	struct lines lines;
	struct intake intake;
	struct retained retained;
	struct resolution resolution;
	struct release release;
	struct summary summary;
	struct homeassistant homeassistant;
	struct decision decision;
	struct dispatch dispatch;
	struct delivery delivery;
	struct info info;
	struct health health;
	struct warnings *warnings;
	struct site site;
	struct link link;
	struct purge purge;
	struct timer in_memory; /* the outbox's jobs there are looked at */
	int64_t taken;          /* messages and answers since memory was given
	                          * back ... */
	struct timer calm;      /* ... which it is when no more come */
	bool is_ready;
	bool is_folding;       /* the outbox has more to write down */
	bool has_judged_aside; /* in this turn */
	int64_t
	    news_since_ms; /* the last turn that took all of them; monotonic */
	struct mqtt_news news; /* the next one, while there is one */
	bool has_news;
};

/* A clock that is set is followed at the next turn: what is stored goes by the old
 * one until then. */
static void
read_clock(struct bridge *bridge)
{
	clock_read_on(&bridge->at, outbox_clock_offset_ms(bridge->outbox));
}

/* After a crowd, lighter. */
static void
give_back(void *context)
{
	struct bridge *bridge = context;

	bridge->taken = 0;
	memory_give_back();
}

/* Paho's thread. */
static bool
store(void *context, const struct mqtt_message *message)
{
	struct bridge *bridge = context;

	return intake_store(&bridge->intake, message);
}

/* Paho's thread. */
static void
commit(void *context)
{
	struct bridge *bridge = context;

	if (intake_commit(&bridge->intake))
		http_wake(bridge->http);
}

/* Paho's thread. */
static int64_t
mark(void *context)
{
	struct bridge *bridge = context;

	return atomic_load(&bridge->intake.newest_seq);
}

static void
wake(void *context)
{
	struct bridge *bridge = context;

	http_wake(bridge->http);
}

static enum status
open_outbox(struct bridge *bridge, struct fault *fault)
{
	enum status status =
	    outbox_open(bridge->settings, &bridge->outbox, fault);

	if (status != STATUS_OK)
		return status;
	read_clock(bridge);
	bridge->intake.outbox = bridge->outbox;
	bridge->intake.root = bridge->settings->mqtt.root;
	bridge->intake.users = bridge->settings->mqtt.users;
	return STATUS_OK;
}

/* Where it goes on after a restart. */
static void
find_place(struct bridge *bridge)
{
	int64_t newest_seq = 0;

	outbox_extent(bridge->outbox, &bridge->dispatch.decided_seq,
	    &newest_seq);
	bridge->dispatch.accepted_seq = bridge->dispatch.decided_seq;
	atomic_store(&bridge->intake.newest_seq, newest_seq);
}

static enum status
read_password(struct bridge *bridge, struct fault *fault)
{
	const char *path = bridge->settings->mqtt.password_file;
	enum status status = STATUS_OK;

	if (*path != '\0')
		status = secret_read(path, &bridge->password, fault);
	secret_cut_line(&bridge->password);
	return status;
}

static enum status
open_mqtt(struct bridge *bridge, struct fault *fault)
{
	const struct settings *settings = bridge->settings;
	const struct mqtt_options options = {
		.url = settings->mqtt.url,
		.client_id = settings->mqtt.client_id,
		.username = settings->mqtt.username,
		.password = bridge->password.text,
		.ca_file = settings->mqtt.ca_file,
		.cert_file = settings->mqtt.cert_file,
		.key_file = settings->mqtt.key_file,
		.will_topic = bridge->will_topic,
		.is_persistent = true,
		.store = store,
		.commit = commit,
		.mark = mark,
		.wake = wake,
		.context = bridge,
	};

	(void)snprintf(bridge->will_topic, sizeof(bridge->will_topic),
	    "%s/bridge/%s/state", settings->mqtt.root,
	    settings->mqtt.client_id);
	return mqtt_create(&options, &bridge->mqtt, fault);
}

static void
hurry(void *context, enum stage stage, const char *user, const char *device)
{
	struct bridge *bridge = context;

	release_hurry(&bridge->release, stage, user, device);
}

/* What is known, and what is decided. */
static void
wire_decisions(struct bridge *bridge)
{
	bridge->retained = (struct retained){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.registry = bridge->registry,
		.zones = &bridge->zone_source,
		.kept_zones = &bridge->kept_zones,
		.documents = bridge->documents,
		.hurry = hurry,
		.context = bridge,
		.post = &bridge->post,
		.lines = &bridge->lines,
		.trouble = &bridge->delivery.trouble,
		.settings = bridge->settings,
	};
	bridge->resolution = (struct resolution){
		.at = &bridge->at,
		.outbox = bridge->outbox,
		.shelf = bridge->shelf,
		.people = bridge->people,
		.registry = bridge->registry,
		.release = &bridge->release,
		.post = &bridge->post,
		.settings = bridge->settings,
	};
	bridge->release = (struct release){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.outbox = bridge->outbox,
		.shelf = bridge->shelf,
		.registry = bridge->registry,
		.post = &bridge->post,
		.settings = bridge->settings,
	};
	bridge->decision = (struct decision){
		.at = &bridge->at,
		.outbox = bridge->outbox,
		.registry = bridge->registry,
		.people = bridge->people,
		.resolution = &bridge->resolution,
		.release = &bridge->release,
		.post = &bridge->post,
		.settings = bridge->settings,
	};
}

/* What leaves for the broker. */
static void
wire_telling(struct bridge *bridge)
{
	post_init(&bridge->post, bridge->mqtt, bridge->receipts,
	    bridge->settings);
	bridge->summary = (struct summary){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.outbox = bridge->outbox,
		.registry = bridge->registry,
		.people = bridge->people,
		.post = &bridge->post,
		.homeassistant = &bridge->homeassistant,
		.trouble = &bridge->delivery.trouble,
		.settings = bridge->settings,
	};
	bridge->homeassistant = (struct homeassistant){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.announced = bridge->announced,
		.outbox = bridge->outbox,
		.registry = bridge->registry,
		.post = &bridge->post,
		.settings = bridge->settings,
	};
	bridge->answer = (struct answer){
		.receipts = bridge->receipts,
		.post = &bridge->post,
		.settings = bridge->settings,
	};
	bridge->info = (struct info){
		.trouble = &bridge->delivery.trouble,
		.vapid_key =
		    roster_secret(&bridge->delivery.roster, &webpush_provider),
		.post = &bridge->post,
		.settings = bridge->settings,
	};
}

static void
write_health(void *context, struct buf *json)
{
	health_write(context, json);
}

/* The page's thread. */
static void
write_metrics(void *context, struct buf *text)
{
	struct figures_instant at;
	struct figures figures;

	health_look(context, &figures, &at);
	figures_write_metrics(&figures, &at, text);
}

/* The page's thread. */
static bool
write_state(void *context, struct buf *json)
{
	struct figures_instant at;
	struct figures figures;

	health_look(context, &figures, &at);
	figures_write_json(&figures, &at, json);
	return figures.connected_ms != 0;
}

static void
wire_health(struct bridge *bridge)
{
	bridge->site.settings = bridge->settings;
	bridge->site.write_metrics = write_metrics;
	bridge->site.write_health = write_state;
	bridge->site.context = &bridge->health;
	bridge->health.post = &bridge->post;
	bridge->health.roster = &bridge->delivery.roster;
	bridge->health.trouble = &bridge->delivery.trouble;
	bridge->health.settings = bridge->settings;
	bridge->delivery.health = &bridge->health;
	bridge->delivery.trouble.warnings = bridge->warnings;
	bridge->delivery.trouble.registry = bridge->registry;
	trouble_use_timers(&bridge->delivery.trouble, &bridge->at,
	    &bridge->timers);
	bridge->answer.write_health = write_health;
	bridge->answer.health = &bridge->health;
}

/* Give each part what it needs of the others. */
static void
wire(struct bridge *bridge)
{
	wire_telling(bridge);
	wire_decisions(bridge);
	bridge->dispatch = (struct dispatch){
		.at = &bridge->at,
		.outbox = bridge->outbox,
		.decision = &bridge->decision,
		.resolution = &bridge->resolution,
		.retained = &bridge->retained,
		.summary = &bridge->summary,
		.post = &bridge->post,
		.lines = &bridge->lines,
		.settings = bridge->settings,
	};
	bridge->delivery = (struct delivery){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.outbox = bridge->outbox,
		.shelf = bridge->shelf,
		.http = bridge->http,
		.retained = &bridge->retained,
		.activities = bridge->activities,
		.post = &bridge->post,
		.lines = &bridge->lines,
		.settings = bridge->settings,
	};
	bridge->purge = (struct purge){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.outbox = bridge->outbox,
		.people = bridge->people,
	};
	bridge->in_memory.now_ms = &bridge->at.monotonic_ms;
	bridge->calm = (struct timer){
		.now_ms = &bridge->at.monotonic_ms,
		.due_ms = TIMER_OFF,
		.run = give_back,
		.part = bridge,
	};
	bridge->link = (struct link){
		.at = &bridge->at,
		.timers = &bridge->timers,
		.mqtt = bridge->mqtt,
		.retained = &bridge->retained,
		.answer = &bridge->answer,
		.homeassistant = &bridge->homeassistant,
		.lines = &bridge->lines,
		.settings = bridge->settings,
	};
}

/* What keeps something in the outbox's file, and what is kept in memory. */
static enum status
create_parts(struct bridge *bridge, struct fault *fault)
{
	const struct settings *settings = bridge->settings;
	struct db *db = outbox_db(bridge->outbox);
	enum status status = registry_create(&bridge->registry);

	if (status == STATUS_OK)
		status = documents_create(db, &bridge->documents);
	if (status == STATUS_OK)
		status = receipts_create(db, settings->state.keep_decisions,
		    &bridge->receipts);
	if (status == STATUS_OK)
		status = shelf_create(bridge->outbox, &bridge->shelf);
	if (status == STATUS_OK)
		status = people_create(bridge->outbox, &bridge->people);
	if (status == STATUS_OK)
		status = announced_create(db, &bridge->announced, fault);
	if (status == STATUS_OK)
		status = activities_create(db, &bridge->activities, fault);
	if (status == STATUS_OK)
		status = backlog_create(db, &bridge->health.backlog);
	if (status == STATUS_OK)
		status = warnings_create(db, &bridge->warnings, fault);
	if (status == STATUS_OK)
		status = zones_create(&bridge->zones);
	if (status != STATUS_OK)
		return status;
	receipts_use_timers(bridge->receipts, &bridge->at, &bridge->timers);
	bridge->zone_source = (struct zone_source){ zones_find, bridge->zones };
	bridge->kept_zones = (struct zone_source){ zones_keep, bridge->zones };
	registry_use_zones(bridge->registry, &bridge->zone_source);
	return STATUS_OK;
}

enum status
bridge_create(const struct settings *settings, struct bridge **bridge,
    struct fault *fault)
{
	struct bridge *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->settings = settings;
	clock_read(&fresh->at);
	health_init(&fresh->health, &fresh->at, &fresh->timers);
	lines_init(&fresh->lines, &fresh->at, &fresh->timers);
	status = open_outbox(fresh, fault);
	if (status == STATUS_OK)
		status = create_parts(fresh, fault);
	if (status == STATUS_OK)
		status = http_create(&fresh->http);
	if (status == STATUS_OK)
		status = read_password(fresh, fault);
	if (status == STATUS_OK)
		status = open_mqtt(fresh, fault);
	wire(fresh);
	wire_health(fresh);
	if (status == STATUS_OK)
		status = delivery_init(&fresh->delivery, fault);
	if (status == STATUS_OK)
		status = site_open(&fresh->site, fault);
	if (status != STATUS_OK) {
		bridge_destroy(fresh);
		return status;
	}
	find_place(fresh);
	retained_load(&fresh->retained);
	trouble_load(&fresh->delivery.trouble, settings, fresh->at.now_ms);
	summary_load(&fresh->summary);
	homeassistant_load(&fresh->homeassistant);
	dispatch_recall(&fresh->dispatch);
	if (mqtt_shortcoming(fresh->mqtt) != NULL)
		log_info("%s", mqtt_shortcoming(fresh->mqtt));
	release_init(&fresh->release);
	link_init(&fresh->link);
	purge_init(&fresh->purge);
	systemd_keep_alive(&fresh->at, &fresh->timers);
	timer_add(&fresh->timers, &fresh->in_memory);
	timer_add(&fresh->timers, &fresh->calm);
	*bridge = fresh;
	return STATUS_OK;
}

void
bridge_destroy(struct bridge *bridge)
{
	if (bridge == NULL)
		return;
	/* Other threads end first: they use what is ours. */
	site_close(&bridge->site);
	mqtt_news_finish(&bridge->news);
	mqtt_destroy(bridge->mqtt);
	intake_finish(&bridge->intake);
	dispatch_finish(&bridge->dispatch);
	http_destroy(bridge->http);
	delivery_finish(&bridge->delivery);
	post_finish(&bridge->post);
	retained_finish(&bridge->retained);
	release_finish(&bridge->release);
	shelf_destroy(bridge->shelf);
	people_destroy(bridge->people);
	announced_destroy(bridge->announced);
	activities_destroy(bridge->activities);
	registry_destroy(bridge->registry);
	documents_destroy(bridge->documents);
	receipts_destroy(bridge->receipts);
	zones_destroy(bridge->zones);
	warnings_destroy(bridge->warnings);
	health_finish(&bridge->health);
	outbox_close(bridge->outbox);
	secret_finish(&bridge->password);
	free(bridge);
}

static void
shift_person(void *context, struct person *person)
{
	const int64_t *step_ms = context;

	person->waiting_until_ms = 0; /* counted anew */
	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		place->full_us += *step_ms * 1000;
		place->asks_full_us += *step_ms * 1000;
		place->overflow_ms += *step_ms;
		place->gather_ms += *step_ms;
	}
}

/* Quiet hours go by the clock on the wall. */
static void
look_again(void *context, struct person *person)
{
	struct bridge *bridge = context;

	release_hurry(&bridge->release, STAGE_QUIET, person->name, NULL);
}

/* Somebody set the clock: nothing expires, waits or repeats for that. */
static void
follow_clock(struct bridge *bridge)
{
	int64_t step_ms;

	clock_read(&bridge->at);
	step_ms =
	    clock_step_ms(&bridge->at, outbox_clock_offset_ms(bridge->outbox));
	if (step_ms == 0)
		return;
	outbox_follow_clock(bridge->outbox, step_ms);
	delivery_follow_clock(&bridge->delivery, step_ms);
	registry_visit(bridge->registry, shift_person, &step_ms);
	release_notice(&bridge->release, 0);
	if (step_ms < STEP_TOLD_MS && step_ms > -STEP_TOLD_MS)
		return;
	log_info("the clock was set by %" PRId64 " s", step_ms / 1000);
	registry_visit(bridge->registry, look_again, bridge);
	summary_tell_again(&bridge->summary);
}

/* Judge what was said before the next message.
 * Returns: false if there is more of it than fits into this turn. */
static bool
catch_up(struct bridge *bridge, int64_t until_ms)
{
	const struct mqtt_news *news = &bridge->news;

	while (news->kind == MQTT_MESSAGE && bridge->link.is_complete &&
	    !dispatch_run(&bridge->dispatch, news->mark, true, false)) {
		read_clock(bridge);
		if (bridge->at.monotonic_ms >= until_ms)
			return false;
	}
	return true;
}

/* Mostly one transaction is all of it. */
static void
judge(struct bridge *bridge, int64_t last_seq)
{
	struct dispatch *dispatch = &bridge->dispatch;
	int64_t until_ms = bridge->at.monotonic_ms + JUDGE_LONGEST_MS;
	int64_t decided_seq;

	do {
		decided_seq = dispatch->decided_seq;
		if (dispatch_run(dispatch, last_seq, bridge->link.is_complete,
		        true))
			return;
		read_clock(bridge);
	} while (dispatch->decided_seq > decided_seq &&
	    bridge->at.monotonic_ms < until_ms);
}

/* What was said before an event is known when it is judged, and what was said
 * after it is not. Whoever says much does not keep others from being pushed. */
static void
take_news(struct bridge *bridge)
{
	int64_t until_ms = bridge->at.monotonic_ms + NEWS_LONGEST_MS;
	int64_t last_seq = atomic_load(&bridge->intake.newest_seq);
	bool was_complete = bridge->link.is_complete;

	while (bridge->has_news || mqtt_next(bridge->mqtt, &bridge->news)) {
		read_clock(bridge);
		bridge->has_news = bridge->at.monotonic_ms >= until_ms ||
		    !catch_up(bridge, until_ms);
		if (bridge->has_news)
			break;
		link_take(&bridge->link, &bridge->news);
		mqtt_news_finish(&bridge->news);
		bridge->taken++;
	}
	/* What comes after the message that has to wait has to wait too; behind
	 * other news there may be any message. But nobody waits for long because
	 * somebody else says so much. */
	if (!bridge->has_news)
		bridge->news_since_ms = bridge->at.monotonic_ms;
	if (bridge->at.monotonic_ms - bridge->news_since_ms < NEWS_WAIT_MS &&
	    bridge->has_news && last_seq > bridge->news.mark)
		last_seq = bridge->news.mark;
	link_run(&bridge->link);
	publication_run(&bridge->retained, false);
	if (bridge->link.is_complete && !was_complete)
		summary_tell_again(&bridge->summary);
	post_flush(&bridge->post);
	read_clock(bridge);
	judge(bridge, last_seq);
	bridge->has_judged_aside =
	    dispatch_run_aside(&bridge->dispatch, bridge->link.is_complete);
}

/* A message arrives, is decided, is stored, is delivered. */
static void
turn(struct bridge *bridge)
{
	int64_t decided_seq = bridge->dispatch.decided_seq;
	int64_t answers = bridge->delivery.answers;
	int64_t taken = bridge->taken;
	bool has_released;

	follow_clock(bridge);
	take_news(bridge);
	bridge->taken += bridge->dispatch.decided_seq - decided_seq;
	has_released = release_run(&bridge->release);
	homeassistant_run(&bridge->homeassistant,
	    bridge->link.is_complete ? bridge->link.connection : 0);
	trouble_age(&bridge->delivery.trouble);
	summary_run(&bridge->summary, bridge->link.is_complete);
	post_flush(&bridge->post);
	if (bridge->dispatch.decided_seq != decided_seq ||
	    bridge->has_judged_aside || has_released)
		delivery_notice_jobs(&bridge->delivery);
	if (jobs_write_down(bridge->outbox, IN_MEMORY_MS))
		delivery_notice_jobs(&bridge->delivery);
	delivery_start(&bridge->delivery);
	showing_run(&bridge->delivery, bridge->link.is_complete);
	settlement_run(&bridge->delivery);
	bridge->taken += bridge->delivery.answers - answers;
	release_notice(&bridge->release, bridge->delivery.remind_ms);
	bridge->delivery.remind_ms = INT64_MAX;
	delivery_plan(&bridge->delivery);
	trouble_run(&bridge->delivery.trouble);
	bridge->is_folding = outbox_fold(bridge->outbox);
	if (bridge->taken >= CROWD &&
	    (bridge->taken != taken || bridge->is_folding))
		timer_set_in(&bridge->calm, CALM_MS);
	purge_check(&bridge->purge);
	timer_run(&bridge->timers);
}

/* The supervisor's share. */
static void
report(struct bridge *bridge)
{
	health_run(&bridge->health, bridge->link.is_complete);
	info_run(&bridge->info, bridge->link.is_complete);
	if (bridge->link.is_ready && !bridge->is_ready) {
		bridge->is_ready = true;
		systemd_ready();
	}
}

/* What the outbox has in memory changes with each thing that is done. */
static void
plan(struct bridge *bridge)
{
	int64_t newest_seq = atomic_load(&bridge->intake.newest_seq);
	int64_t cursor_seq = bridge->link.is_complete
	    ? bridge->dispatch.decided_seq
	    : bridge->dispatch.accepted_seq;
	int64_t in_ms = jobs_write_down_in_ms(bridge->outbox, IN_MEMORY_MS);

	if (cursor_seq < newest_seq &&
	    jobs_crowded_in_ms(bridge->outbox) < in_ms)
		in_ms = jobs_crowded_in_ms(bridge->outbox);
	if (bridge->link.is_complete &&
	    dispatch_aside_in_ms(&bridge->dispatch) < in_ms)
		in_ms = dispatch_aside_in_ms(&bridge->dispatch);
	/* Whom a push service's answer concerns is told in the next turn. */
	if (bridge->is_folding || bridge->has_news ||
	    (bridge->link.is_complete &&
	        registry_first_touched(bridge->registry) != NULL))
		in_ms = 0;
	timer_set_in(&bridge->in_memory, in_ms);
}

/* Wait for something to do. */
static void
rest(struct bridge *bridge, int signals)
{
	read_clock(bridge);
	plan(bridge);
	http_wait(bridge->http, signals,
	    timer_wait_ms(&bridge->timers, TURN_LONGEST_MS));
}

/* Let what is under way come to its end. What was not sent goes after the start. */
static void
leave(struct bridge *bridge)
{
	int64_t until_ms = bridge->at.monotonic_ms + LEAVE_WITHIN_MS;

	systemd_stopping();
	log_info("stopping");
	while (!delivery_is_idle(&bridge->delivery) &&
	    http_has_sent(bridge->http) && bridge->at.monotonic_ms < until_ms) {
		http_wait(bridge->http, -1, 100);
		read_clock(bridge);
		settlement_run(&bridge->delivery);
	}
	settlement_finish(&bridge->delivery);
	outbox_leave(bridge->outbox);
	while (jobs_write_down_in_ms(bridge->outbox, 0) <= 0)
		(void)jobs_write_down(bridge->outbox, 0);
	while (bridge->summary.unsaved != NULL)
		summary_save(&bridge->summary);
	receipts_save(bridge->receipts);
	trouble_save(&bridge->delivery.trouble);
	info_run(&bridge->info, bridge->link.is_complete);
	publication_run(&bridge->retained, true);
	post_flush(&bridge->post);
	link_close(&bridge->link);
	log_info("stopped");
}

enum status
bridge_run(struct bridge *bridge, void (*reload)(void *context), void *context)
{
	int signals = signals_open();
	enum signals_wish wish;

	if (signals < 0)
		return STATUS_IO;
	bridge->answer.reload = reload;
	bridge->answer.context = context;
	while ((wish = signals_take(signals)) != SIGNALS_STOP) {
		if (wish == SIGNALS_RELOAD) {
			reload(context);
			site_renew(&bridge->site);
		}
		turn(bridge);
		report(bridge);
		rest(bridge, signals);
	}
	leave(bridge);
	signals_close(signals);
	return STATUS_OK;
}
