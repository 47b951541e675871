#include "summary.h"

#include "asks.h"
#include "io/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_MAX 512      /* bytes */
#define SUMMARY_MAX 131072 /* bytes */
#define LAST_MAX 4096      /* bytes of the last event */
#define FIGURES_MAX 1024   /* bytes of all that has a length of its own */
#define TELL_EVERY_MS 250  /* at most, for one person */
#define WAIT_MOST_MS 86400000

/* They are looked up again. */
static void
forget_asks(struct person *person)
{
	free(person->asks);
	person->asks = NULL;
}

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

	if (kind_class(event->kind) == CLASS_ANSWER)
		forget_asks(person);
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

/* What outlives a restart. */
static enum status
keep(struct summary *summary, struct person *person)
{
	enum status status = STATUS_OK;

	if (person->is_last_new && person->last != NULL)
		status = people_put_last(summary->people, person->name,
		    person->last);
	person->is_last_new = false;
	for (struct place *place = person->places;
	     place != NULL && status == STATUS_OK; place = place->next) {
		if (place->is_bucket_new)
			status = people_put_bucket(summary->people,
			    person->name, place->name, place->full_us);
		place->is_bucket_new = false;
	}
	return status;
}

static enum status
count_waiting(struct summary *summary, struct person *person)
{
	int64_t now_ms = clock_now_ms();

	if (person->waiting_until_ms > now_ms)
		return STATUS_OK;
	forget_asks(person);
	return people_count_asks(summary->people, person->name, now_ms,
	    &person->waiting, &person->waiting_until_ms);
}

enum status
summary_keep(struct summary *summary)
{
	struct person *person = registry_first_touched(summary->registry);
	enum status status = STATUS_OK;

	for (; person != NULL && status == STATUS_OK;
	     person = person->next_touched) {
		status = keep(summary, person);
		if (status == STATUS_OK)
			status = count_waiting(summary, person);
	}
	return status;
}

static void
take_bucket(void *context, const char *user, const char *device,
    int64_t full_us)
{
	const struct summary *summary = context;
	struct place *place =
	    registry_find_place(summary->registry, user, device);

	if (place != NULL)
		place->full_us = full_us;
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

enum status
summary_load(struct summary *summary)
{
	const struct people_visitor visitor = {
		.bucket = take_bucket,
		.last = take_last,
		.context = summary,
	};

	return people_visit(summary->people, &visitor);
}

static void
forget_told(void *context, struct person *person)
{
	struct summary *summary = context;

	free(person->summary);
	person->summary = NULL;
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
		count += host->running;
	return count;
}

static void
write_json(const struct person *person, int64_t now_ms, int64_t monotonic_ms,
    struct buf *json)
{
	const struct preferences *wishes = registry_person_wishes(person);
	int64_t snooze_ms =
	    wishes->snooze_until_ms > now_ms ? wishes->snooze_until_ms : 0;
	bool is_present =
	    registry_is_present(person, NULL, SCOPE_USER, monotonic_ms);

	buf_addf(json,
	    "{\"enabled\":%s,\"waiting\":%d,\"running\":%d,\"present\":%s,"
	    "\"quiet\":%s,\"snooze_until\":%" PRId64
	    ",\"devices\":%d,\"last\":%s,\"asks\":%s}",
	    wishes->enabled ? "true" : "false", (int)person->waiting,
	    (int)count_running(person), is_present ? "true" : "false",
	    quiet_is_on(&wishes->quiet, now_ms) ? "true" : "false", snooze_ms,
	    (int)count_devices(person),
	    person->last != NULL ? person->last : "null",
	    person->asks != NULL ? person->asks : "[]");
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

static void
tell(struct summary *summary, struct person *person, const char *json,
    int64_t monotonic_ms)
{
	if (person->summary != NULL && strcmp(person->summary, json) == 0)
		return;
	post(summary, person, json);
	free(person->summary);
	person->summary = strdup(json);
	person->summary_ms = monotonic_ms;
}

static enum status
list_asks(struct summary *summary, struct person *person, int64_t now_ms)
{
	enum status status;
	struct buf json;

	buf_init(&json, SUMMARY_MAX);
	status = asks_write(summary->people, person->name, now_ms,
	    SUMMARY_MAX - LAST_MAX - FIGURES_MAX, &json);
	if (buf_status(&json) == STATUS_OK)
		person->asks = strdup(buf_text(&json));
	buf_finish(&json);
	return status;
}

static enum status
look(struct summary *summary, struct person *person)
{
	int64_t now_ms = clock_now_ms();
	int64_t monotonic_ms = clock_monotonic_ms();
	enum status status = count_waiting(summary, person);
	struct buf json;

	if (status == STATUS_OK && person->asks == NULL)
		status = list_asks(summary, person, now_ms);
	buf_init(&json, SUMMARY_MAX);
	write_json(person, now_ms, monotonic_ms, &json);
	if (buf_status(&json) == STATUS_OK)
		tell(summary, person, buf_text(&json), monotonic_ms);
	buf_finish(&json);
	person->summary_due_ms = next_change_ms(person, now_ms, monotonic_ms);
	earlier(&summary->next_ms, person->summary_due_ms);
	return status;
}

/* A guest was told of. There may be many: only what nobody else knows is kept;
 * and when nothing waits, nothing is, also at the broker. */
static enum status
see_off(struct summary *summary, struct person *guest)
{
	enum status status;

	forget_asks(guest);
	free(guest->summary);
	guest->summary = NULL;
	if (guest->waiting > 0)
		return STATUS_OK;
	post(summary, guest, "");
	status = people_remove_last(summary->people, guest->name);
	registry_forget_guest(summary->registry, guest);
	return status;
}

static void
touch_due(void *context, struct person *person)
{
	struct summary *summary = context;

	if (person->summary_due_ms <= clock_monotonic_ms())
		registry_touch(summary->registry, person);
	else
		earlier(&summary->next_ms, person->summary_due_ms);
}

enum status
summary_run(struct summary *summary, bool is_complete)
{
	int64_t now_ms = clock_monotonic_ms();
	enum status status = STATUS_OK;
	struct person *person;

	if (!is_complete) {
		summary->next_ms = INT64_MAX;
		return STATUS_OK;
	}
	if (summary->next_ms <= now_ms) {
		summary->next_ms = INT64_MAX;
		registry_visit(summary->registry, touch_due, summary);
	}
	while (status == STATUS_OK &&
	    (person = registry_take_touched(summary->registry)) != NULL) {
		person->summary_due_ms = person->summary_ms + TELL_EVERY_MS;
		if (person->summary_due_ms > now_ms)
			earlier(&summary->next_ms, person->summary_due_ms);
		else
			status = look(summary, person);
		if (status == STATUS_OK && person->is_guest &&
		    person->summary != NULL)
			status = see_off(summary, person);
	}
	return status;
}

int
summary_wait_ms(const struct summary *summary, int limit_ms)
{
	int64_t wait_ms = summary->next_ms - clock_monotonic_ms();

	if (wait_ms < 0)
		return 0;
	return wait_ms < limit_ms ? (int)wait_ms : limit_ms;
}
