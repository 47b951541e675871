#include "tell/homeassistant.h"

#include "core/discovery.h"
#include "io/clock.h"
#include "io/log.h"

#include <string.h>

#define BURST_MS 1000     /* after Home Assistant said that it is there */
#define JITTER_MS 1000    /* and not in step with others */
#define PEOPLE_AT_ONCE 16 /* announced in one turn */

/* The form that holds, and whether it is any. */
static enum discovery_form
form_of(const struct homeassistant *homeassistant)
{
	enum discovery_form form =
	    homeassistant->settings->homeassistant.discovery;

	if (form == DISCOVERY_WHEN_SEEN)
		form =
		    homeassistant->was_seen ? DISCOVERY_DEVICE : DISCOVERY_OFF;
	return form;
}

static bool
is_told(const struct homeassistant *homeassistant)
{
	return homeassistant->connection != 0 &&
	    form_of(homeassistant) != DISCOVERY_OFF;
}

/* In:      user  "" = the bridge */
static struct discovery
describe(const struct homeassistant *homeassistant, const char *user)
{
	return (struct discovery){
		.prefix = homeassistant->settings->homeassistant.prefix,
		.root = homeassistant->settings->mqtt.root,
		.bridge = homeassistant->settings->mqtt.client_id,
		.user = *user != '\0' ? user : NULL,
		.version = VERSION,
		.form = form_of(homeassistant),
	};
}

static bool
is_shown(const struct person *person)
{
	if (person == NULL || person->is_guest)
		return false;
	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (place->registered)
			return true;
	}
	return person->preferences != NULL;
}

/* In:      is_first  an answer to it stands for all */
static void
tell(struct homeassistant *homeassistant, const struct buf *topic,
    const struct buf *payload, bool is_first)
{
	if (is_first)
		post_asked(homeassistant->post, buf_text(topic), payload,
		    HOMEASSISTANT_TAG);
	else
		post_state(homeassistant->post, buf_text(topic),
		    buf_text(payload), payload->len);
}

static void
announce(struct homeassistant *homeassistant, const char *user)
{
	const struct discovery discovery = describe(homeassistant, user);

	for (size_t i = 0; i < discovery_count(&discovery); i++) {
		struct buf payload;
		struct buf topic;

		buf_init(&topic, DISCOVERY_TOPIC_MAX);
		buf_init(&payload, DISCOVERY_PAYLOAD_MAX);
		discovery_write(&discovery, i, &topic, &payload);
		if (buf_status(&topic) == STATUS_OK &&
		    buf_status(&payload) == STATUS_OK) {
			announced_put(homeassistant->announced,
			    buf_text(&topic), user);
			tell(homeassistant, &topic, &payload,
			    discovery.user == NULL && i == 0);
		}
		buf_finish(&payload);
		buf_finish(&topic);
	}
}

/* With the broker's acknowledgement: nobody does it again. */
static void
withdraw(struct homeassistant *homeassistant, const char *topic)
{
	post_document(homeassistant->post, topic, "", 0);
	announced_remove(homeassistant->announced, topic);
}

static bool
is_wanted(const struct homeassistant *homeassistant,
    const struct announced_message *message)
{
	const struct discovery discovery =
	    describe(homeassistant, message->user);

	if (*message->user != '\0' &&
	    !is_shown(registry_person(homeassistant->registry, message->user)))
		return false;
	return discovery_has(&discovery, message->topic);
}

/* Returns: whether there may be more after the topic. */
static bool
sweep_some(struct homeassistant *homeassistant, struct buf *topic)
{
	struct announced_message message;

	for (int i = 0; i < OUTBOX_SLICE; i++) {
		if (!announced_after(homeassistant->announced, buf_text(topic),
		        &message))
			return false;
		buf_clear(topic);
		buf_addf(topic, "%s", message.topic);
		if (!is_wanted(homeassistant, &message))
			withdraw(homeassistant, buf_text(topic));
	}
	return true;
}

/* What is there from before, and is not wanted now. It goes first: Home Assistant
 * refuses an entity that it knows from another topic. */
static void
sweep(struct homeassistant *homeassistant)
{
	bool has_more = true;
	struct buf topic;

	buf_init(&topic, DISCOVERY_TOPIC_MAX);
	while (has_more) {
		outbox_begin(homeassistant->outbox);
		has_more = sweep_some(homeassistant, &topic);
		outbox_commit(homeassistant->outbox);
	}
	buf_finish(&topic);
}

static void
take_away(struct homeassistant *homeassistant, const char *user)
{
	const struct discovery discovery = describe(homeassistant, user);

	for (size_t i = 0; i < discovery_count(&discovery); i++) {
		struct buf topic;

		buf_init(&topic, DISCOVERY_TOPIC_MAX);
		discovery_write(&discovery, i, &topic, NULL);
		if (buf_status(&topic) == STATUS_OK)
			withdraw(homeassistant, buf_text(&topic));
		buf_finish(&topic);
	}
}

static void
forget(void *context, struct person *person)
{
	(void)context;
	person->is_announced = false;
}

/* The bridge first: Home Assistant makes up a device that persons hang on and
 * that it does not know. */
static void
begin(struct homeassistant *homeassistant)
{
	if (homeassistant->is_there && !homeassistant->was_seen)
		log_info("there is Home Assistant at the broker");
	homeassistant->was_seen |= homeassistant->is_there;
	sweep(homeassistant);
	outbox_begin(homeassistant->outbox);
	announce(homeassistant, "");
	outbox_commit(homeassistant->outbox);
	registry_visit(homeassistant->registry, forget, NULL);
	homeassistant->is_behind = is_told(homeassistant);
	homeassistant->due_ms = INT64_MAX;
}

struct round {
	struct homeassistant *homeassistant;
	int count;
};

static void
announce_next(void *context, struct person *person)
{
	struct round *round = context;

	if (round->count == PEOPLE_AT_ONCE || person->is_announced ||
	    !is_shown(person))
		return;
	announce(round->homeassistant, person->name);
	person->is_announced = true;
	round->count++;
}

static void
go_on(struct homeassistant *homeassistant)
{
	struct round round = { .homeassistant = homeassistant };

	outbox_begin(homeassistant->outbox);
	registry_visit(homeassistant->registry, announce_next, &round);
	outbox_commit(homeassistant->outbox);
	homeassistant->is_behind = round.count == PEOPLE_AT_ONCE;
}

static void
plan(struct homeassistant *homeassistant)
{
	int64_t due_ms = homeassistant->is_behind ? 0 : homeassistant->due_ms;

	timer_set(&homeassistant->next,
	    homeassistant->is_complete ? due_ms : TIMER_OFF);
}

void
homeassistant_load(struct homeassistant *homeassistant)
{
	struct announced_message message;

	homeassistant->next.now_ms = &homeassistant->at->monotonic_ms;
	timer_add(homeassistant->timers, &homeassistant->next);
	homeassistant->due_ms = INT64_MAX;
	plan(homeassistant);
	homeassistant->was_seen =
	    announced_after(homeassistant->announced, "", &message);
}

bool
homeassistant_listens(const struct settings *settings)
{
	return settings->homeassistant.discovery != DISCOVERY_OFF;
}

void
homeassistant_take_status(struct homeassistant *homeassistant,
    const struct mqtt_message *message)
{
	bool is_there = message->len == strlen("online") &&
	    memcmp(message->payload, "online", message->len) == 0;
	int64_t due_ms = homeassistant->at->monotonic_ms + BURST_MS +
	    (int64_t)(clock_jitter() * JITTER_MS);

	/* What it said long ago, it said before we told it. */
	if (is_told(homeassistant) && (!is_there || message->is_retained))
		return;
	homeassistant->is_there = true;
	if (homeassistant->due_ms == INT64_MAX)
		homeassistant->due_ms = due_ms;
	plan(homeassistant);
}

void
homeassistant_take_answer(struct homeassistant *homeassistant,
    const char *refusal)
{
	if (refusal != NULL && !homeassistant->is_refused)
		log_warn("Home Assistant hears nothing of us: the broker "
		         "refuses what we publish below %s: %s; 'nudge user "
		         "add NAME' lets our login do it, or set "
		         "[homeassistant] discovery = off",
		    homeassistant->settings->homeassistant.prefix, refusal);
	homeassistant->is_refused = refusal != NULL;
}

void
homeassistant_notice(struct homeassistant *homeassistant, struct person *person)
{
	if (homeassistant == NULL || !is_told(homeassistant) ||
	    person->is_announced == is_shown(person))
		return;
	outbox_begin(homeassistant->outbox);
	if (person->is_announced)
		take_away(homeassistant, person->name);
	else
		announce(homeassistant, person->name);
	outbox_commit(homeassistant->outbox);
	person->is_announced = !person->is_announced;
}

static void
run(struct homeassistant *homeassistant, uint32_t connection)
{
	bool is_new = connection != homeassistant->connection;

	homeassistant->connection = connection;
	if (is_new || homeassistant->at->monotonic_ms >= homeassistant->due_ms)
		begin(homeassistant);
	else if (homeassistant->is_behind)
		go_on(homeassistant);
}

void
homeassistant_run(struct homeassistant *homeassistant, uint32_t connection)
{
	homeassistant->is_complete = connection != 0;
	if (homeassistant->is_complete)
		run(homeassistant, connection);
	plan(homeassistant);
}
