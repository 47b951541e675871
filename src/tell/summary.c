#include "tell/summary.h"

#include "base/siphash.h"
#include "core/rate.h"
#include "core/topic.h"
#include "tell/asks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_MAX 512      /* bytes */
#define SUMMARY_MAX 131072 /* bytes */
#define LAST_MAX 4096      /* bytes of the last event */
#define FIGURES_MAX 1024   /* bytes of all that has a length of its own */
#define ASKS_TEXT_MAX (SUMMARY_MAX - LAST_MAX - FIGURES_MAX - TROUBLE_TEXT_MAX)
#define PAUSE_LEAST_MS 250 /* between two of one person ... */
#define PAUSE_MOST_MS 2000 /* ... where it changes again and again */
#define PAUSE_FACTOR 4
#define SAVE_EVERY_MS 3000
#define WAIT_MOST_MS 86400000
#define ASKS_BUCKET "/asks" /* behind a device, which has no slash itself */
#define BUCKET_NAME_MAX 80

/* Lulls in which all is saved at once, before the timer. */
static const struct rate lulls = { .burst = 16, .per_minute = 6 };

static void
add_member(struct buf *json, const char *name, const char *text)
{
	buf_addf(json, ",\"%s\":", name);
	buf_add_json(json, text);
}

void
summary_note(struct person *person, const struct event *event)
{
	const char *title =
	    event->title != NULL ? event->title : event->session_title;
	struct buf json;

	buf_init(&json, LAST_MAX);
	buf_addf(&json, "{\"kind\":\"%s\"", kind_str(event->kind));
	add_member(&json, "title", title);
	add_member(&json, "project", event->project_name);
	add_member(&json, "host", event->host);
	add_member(&json, "session", event->session_id);
	add_member(&json, "id", event->id);
	buf_addf(&json, ",\"ts\":%" PRId64 "}", event->ts_ms);
	if (buf_status(&json) == STATUS_OK) {
		free(person->last);
		person->last = strdup(buf_text(&json));
		person->is_last_new = true;
	}
	buf_finish(&json);
}

/* A bucket that nobody took from is as good as none. */
static void
keep_buckets(struct summary *summary, const struct person *person,
    const struct place *place)
{
	char name[BUCKET_NAME_MAX];

	if (place->full_us != 0)
		people_put_bucket(summary->people, person->name, place->name,
		    place->full_us);
	if (place->asks_full_us == 0)
		return;
	(void)snprintf(name, sizeof(name), "%s" ASKS_BUCKET, place->name);
	people_put_bucket(summary->people, person->name, name,
	    place->asks_full_us);
}

/* What outlives a restart. */
static void
keep(struct summary *summary, struct person *person)
{
	if (person->is_last_new && person->last != NULL)
		people_put_last(summary->people, person->name, person->last);
	person->is_last_new = false;
	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (place->is_bucket_new)
			keep_buckets(summary, person, place);
		place->is_bucket_new = false;
	}
}

static void
count_waiting(struct summary *summary, struct person *person)
{
	int64_t now_ms = summary->at->now_ms;

	if (person->waiting_until_ms > now_ms)
		return;
	person->waiting = people_count_asks(summary->people, person->name,
	    now_ms, &person->waiting_until_ms);
}

static bool
is_new(const struct person *person)
{
	bool is_new = person->is_last_new;

	for (const struct place *place = person->places; place != NULL;
	     place = place->next)
		is_new |= place->is_bucket_new;
	return is_new;
}

/* Each of them at most once in a while: a kill amid many events costs the last three
 * seconds of it. */
void
summary_note_touched(struct summary *summary)
{
	struct person *person = registry_first_touched(summary->registry);

	for (; person != NULL; person = person->next_touched) {
		if (person->is_unsaved || !is_new(person))
			continue;
		person->is_unsaved = true;
		person->next_unsaved = summary->unsaved;
		if (summary->unsaved == NULL)
			timer_set_in(&summary->save, SAVE_EVERY_MS);
		summary->unsaved = person;
	}
}

void
summary_save(struct summary *summary)
{
	struct person *person = summary->unsaved;

	outbox_begin(summary->outbox);
	for (int i = 0; person != NULL && i < OUTBOX_SLICE; i++) {
		keep(summary, person);
		person->is_unsaved = false;
		person = person->next_unsaved;
	}
	outbox_commit(summary->outbox);
	summary->unsaved = person;
	timer_set(&summary->save, person != NULL ? 0 : TIMER_OFF);
}

void
summary_save_in_time(struct summary *summary, bool is_lull)
{
	if (summary->unsaved == NULL)
		return;
	if (timer_is_due(&summary->save) ||
	    (is_lull &&
	        rate_take(&lulls, &summary->lulls_us,
	            summary->at->monotonic_ms)))
		summary_save(summary);
}

static void
save(void *context)
{
	summary_save(context);
}

static void
take_bucket(void *context, const char *user, const char *device,
    int64_t full_us)
{
	const struct summary *summary = context;
	size_t len = strcspn(device, "/");
	char name[BUCKET_NAME_MAX];
	struct place *place;

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, device);
	place = registry_find_place(summary->registry, user, name);
	if (place == NULL)
		return;
	if (device[len] == '\0')
		place->full_us = full_us;
	else
		place->asks_full_us = full_us;
}

static void
take_last(void *context, const char *user, const char *event)
{
	const struct summary *summary = context;
	struct person *person = registry_make_guest(summary->registry, user);

	if (person == NULL)
		return;
	free(person->last);
	person->last = strdup(event);
}

/* Whoever is served by name is told so, to know whose bridge is theirs. */
static void
know_users(struct summary *summary)
{
	const char *users = summary->settings->mqtt.users;
	char user[TEXT_ID_MAX + 1];

	while (topic_next_user(&users, user)) {
		if (strcmp(user, "+") != 0)
			(void)registry_make_person(summary->registry, user);
	}
}

void
summary_load(struct summary *summary)
{
	const struct people_visitor visitor = {
		.bucket = take_bucket,
		.last = take_last,
		.context = summary,
	};

	know_users(summary);
	people_visit(summary->people, &visitor);
	summary->next.now_ms = &summary->at->monotonic_ms;
	summary->save = (struct timer){
		.now_ms = &summary->at->monotonic_ms,
		.due_ms = TIMER_OFF,
		.run = save,
		.part = summary,
	};
	timer_add(summary->timers, &summary->next);
	timer_add(summary->timers, &summary->save);
}

static void
forget_told(void *context, struct person *person)
{
	struct summary *summary = context;

	person->told = 0;
	registry_touch(summary->registry, person);
}

void
summary_tell_again(struct summary *summary)
{
	registry_visit(summary->registry, forget_told, summary);
}

static int32_t
count_devices(const struct person *person)
{
	int32_t count = 0;

	for (const struct place *place = person->places; place != NULL;
	     place = place->next)
		count += place->registered;
	return count;
}

static int32_t
count_running(const struct person *person)
{
	int32_t count = 0;

	for (const struct host *host = person->hosts; host != NULL;
	     host = host->next)
		count += host->agent.running;
	return count;
}

static void
write_json(const struct summary *summary, const struct person *person,
    const struct buf *asks, struct buf *json)
{
	int64_t now_ms = summary->at->now_ms;
	const struct preferences *wishes = registry_person_wishes(person);
	int64_t snooze_ms =
	    wishes->snooze_until_ms > now_ms ? wishes->snooze_until_ms : 0;
	bool is_present = registry_is_present(person, NULL, SCOPE_USER,
	    summary->at->monotonic_ms);

	buf_addf(json,
	    "{\"enabled\":%s,\"waiting\":%d,\"running\":%d,\"present\":%s,"
	    "\"quiet\":%s,\"snooze_until\":%" PRId64
	    ",\"devices\":%d,\"last\":%s,\"asks\":%s,"
	    "\"bridge\":\"%s\",\"warnings\":",
	    wishes->enabled ? "true" : "false", (int)person->waiting,
	    (int)count_running(person), is_present ? "true" : "false",
	    quiet_is_on(&wishes->quiet, now_ms) ? "true" : "false", snooze_ms,
	    (int)count_devices(person),
	    person->last != NULL ? person->last : "null", buf_text(asks),
	    summary->settings->mqtt.client_id);
	trouble_write(summary->trouble, person->name, TROUBLE_TEXT_MAX, json);
	buf_addf(json, "}");
}

static void
earlier(int64_t *first_ms, int64_t other_ms)
{
	if (other_ms < *first_ms)
		*first_ms = other_ms;
}

/* When time alone changes something, by the monotonic clock. */
static int64_t
next_change_ms(const struct person *person, int64_t now_ms,
    int64_t monotonic_ms)
{
	const struct preferences *wishes = registry_person_wishes(person);
	int64_t next_ms = now_ms + WAIT_MOST_MS;

	earlier(&next_ms, quiet_next_ms(&wishes->quiet, now_ms));
	if (wishes->snooze_until_ms > now_ms)
		earlier(&next_ms, wishes->snooze_until_ms);
	earlier(&next_ms, person->waiting_until_ms);
	next_ms += monotonic_ms - now_ms;
	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (place->present_until_ms > monotonic_ms)
			earlier(&next_ms, place->present_until_ms);
	}
	return next_ms;
}

static void
post(struct summary *summary, const struct person *person, const char *json)
{
	char topic[TOPIC_MAX];

	(void)snprintf(topic, sizeof(topic), "%s/%s/state",
	    summary->settings->mqtt.root, person->name);
	post_state(summary->post, topic, json, strlen(json));
}

/* What changes now and then is told at once; in a burst it is told seldom, as each
 * costs as much as many events. */
static void
pause(struct person *person, int64_t monotonic_ms)
{
	int64_t *pause_ms = &person->summary_pause_ms;

	if (monotonic_ms - person->summary_ms > PAUSE_MOST_MS + *pause_ms)
		*pause_ms = 0;
	*pause_ms = *pause_ms == 0 ? PAUSE_LEAST_MS : *pause_ms * PAUSE_FACTOR;
	if (*pause_ms > PAUSE_MOST_MS)
		*pause_ms = PAUSE_MOST_MS;
}

static void
tell(struct summary *summary, struct person *person, const struct buf *json,
    int64_t monotonic_ms)
{
	uint64_t number =
	    siphash(outbox_key(summary->outbox), buf_text(json), json->len);

	if (number == 0)
		number = 1;
	if (number == person->told)
		return;
	pause(person, monotonic_ms);
	post(summary, person, buf_text(json));
	person->told = number;
	person->summary_ms = monotonic_ms;
}

/* What waits is read again each time: it may be long, and most change seldom. */
static void
list_asks(struct summary *summary, const struct person *person, int64_t now_ms,
    struct buf *json)
{
	if (person->waiting > 0)
		asks_write(summary->people, person->name, now_ms, ASKS_TEXT_MAX,
		    json);
	else
		buf_addf(json, "[]");
}

static void
look(struct summary *summary, struct person *person)
{
	int64_t now_ms = summary->at->now_ms;
	int64_t monotonic_ms = summary->at->monotonic_ms;
	struct buf asks;
	struct buf json;

	homeassistant_notice(summary->homeassistant, person);
	buf_init(&asks, SUMMARY_MAX);
	buf_init(&json, SUMMARY_MAX);
	list_asks(summary, person, now_ms, &asks);
	write_json(summary, person, &asks, &json);
	if (buf_status(&asks) == STATUS_OK && buf_status(&json) == STATUS_OK)
		tell(summary, person, &json, monotonic_ms);
	buf_finish(&asks);
	buf_finish(&json);
	person->summary_due_ms = next_change_ms(person, now_ms, monotonic_ms);
	timer_hasten(&summary->next, person->summary_due_ms);
}

/* What is not saved yet of a person need not be. */
static void
drop_unsaved(struct summary *summary, const struct person *person)
{
	struct person **link = &summary->unsaved;

	while (*link != NULL && *link != person)
		link = &(*link)->next_unsaved;
	if (*link != NULL)
		*link = person->next_unsaved;
}

/* A guest was told of. There may be many: only what nobody else knows is kept;
 * and when nothing waits, nothing is, also at the broker. */
static void
see_off(struct summary *summary, struct person *guest)
{
	guest->told = 0;
	if (guest->waiting > 0 || trouble_has(summary->trouble, guest->name))
		return;
	post(summary, guest, "");
	people_remove_last(summary->people, guest->name);
	drop_unsaved(summary, guest);
	registry_forget_guest(summary->registry, guest);
}

static void
touch_due(void *context, struct person *person)
{
	struct summary *summary = context;

	if (person->summary_due_ms <= summary->at->monotonic_ms)
		registry_touch(summary->registry, person);
	else
		timer_hasten(&summary->next, person->summary_due_ms);
}

void
summary_run(struct summary *summary, bool is_complete)
{
	int64_t now_ms = summary->at->monotonic_ms;
	struct person *person;

	if (!is_complete) {
		timer_set(&summary->next, TIMER_OFF);
		return;
	}
	if (timer_is_due(&summary->next)) {
		timer_set(&summary->next, TIMER_OFF);
		registry_visit(summary->registry, touch_due, summary);
	}
	while ((person = registry_take_touched(summary->registry)) != NULL) {
		count_waiting(summary, person);
		person->summary_due_ms =
		    person->summary_ms + person->summary_pause_ms;
		if (person->summary_due_ms > now_ms)
			timer_hasten(&summary->next, person->summary_due_ms);
		else
			look(summary, person);
		if (person->is_guest && person->told != 0)
			see_off(summary, person);
	}
}
