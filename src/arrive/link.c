#include "arrive/link.h"

#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"
#include "tell/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESYNC_EVERY_MS 60000 /* at most, for what the broker dropped */
#define CALM_MS 1000          /* nobody says too much */
#define FIRST_WAIT_MS 1000    /* before the second attempt to connect */
#define LONGEST_WAIT_MS 30000
#define REFUSALS_MAX 2
#define LASTING_MS 60000 /* a connection that was no short one */
#define SUSPECT_AFTER 3  /* short connections in a row */
#define SUSPECT_EVERY 20
#define STATE_TAG 1
#define FIRST_FAILURE 0x80 /* reason codes from here on: MQTT 5.0 2.4 */
/* mosquitto's own count; other brokers say nothing there. */
#define DROPPED_TOPIC "$SYS/broker/publish/messages/dropped"
#define TOPIC_MAX SYNCHRONISATION_TOPIC_MAX

void
link_init(struct link *link)
{
	link->act.now_ms = &link->at->monotonic_ms;
	timer_add(link->timers, &link->act);
	link->resync.now_ms = &link->at->monotonic_ms;
	timer_set(&link->resync, TIMER_OFF);
	timer_add(link->timers, &link->resync);
	link->dropped = -1;
	link->round = (struct synchronisation){
		.at = link->at,
		.mqtt = link->mqtt,
		.retained = link->retained,
		.settings = link->settings,
	};
}

static void
status_topic(const struct link *link, char topic[TOPIC_MAX])
{
	(void)snprintf(topic, TOPIC_MAX, "%s/status",
	    link->settings->homeassistant.prefix);
}

static void
publish_state(struct link *link, const char *state)
{
	char topic[TOPIC_MAX];
	const struct mqtt_outgoing outgoing = {
		.topic = topic,
		.payload = state,
		.len = strlen(state),
		.qos = 1,
		.is_retained = true,
		.tag = STATE_TAG,
	};

	synchronisation_topic(link->settings, "state", topic);
	(void)mqtt_publish(link->mqtt, &outgoing);
}

/* Wait longer after each failure, and not in step with others. */
static int64_t
backoff_ms(const struct link *link)
{
	int64_t wait_ms = FIRST_WAIT_MS;

	for (int32_t i = 1; i < link->failures && wait_ms < LONGEST_WAIT_MS;
	     i++)
		wait_ms *= 2;
	if (wait_ms > LONGEST_WAIT_MS)
		wait_ms = LONGEST_WAIT_MS;
	return (int64_t)((double)wait_ms * (0.5 + clock_jitter()));
}

static void
lost(struct link *link, const char *why)
{
	/* Paho may tell the same loss twice. */
	if (!link->is_up && !link->is_connecting)
		return;
	link->failures = link->is_complete ? 1 : link->failures + 1;
	if (link->failures == 1 || strcmp(link->why, why) != 0)
		log_warn("no connection to the broker %s: %s; trying again",
		    link->settings->mqtt.url, why);
	else
		log_debug("still no connection to the broker: %s", why);
	(void)snprintf(link->why, sizeof(link->why), "%s", why);
	/* Once may be chance. */
	if (link->asking > 0 && ++link->refusals == REFUSALS_MAX)
		log_info("the broker ends the connection when asked for %s, "
		         "%s/+/request/+ or %s/status; it will not be asked "
		         "again",
		    DROPPED_TOPIC, link->settings->mqtt.root,
		    link->settings->homeassistant.prefix);
	link->is_up = link->is_connecting = link->is_complete = false;
	link->is_ready = false;
	link->asking = 0;
	timer_set_in(&link->act, backoff_ms(link));
}

/* Some brokers say that another client took our session; others just end the
 * connection, and again as soon as we take it back. */
static void
suspect(struct link *link)
{
	bool is_short = link->asking == 0 &&
	    link->at->monotonic_ms - link->up_ms < LASTING_MS;

	link->short_ones = is_short ? link->short_ones + 1 : 0;
	if (link->short_ones % SUSPECT_EVERY != SUSPECT_AFTER)
		return;
	log_warn("the broker ended %d connections of ours in a row soon after "
	         "they began, and does not say why: perhaps another bridge "
	         "has our client id '%s'; give each its own [mqtt] client_id",
	    (int)link->short_ones, link->settings->mqtt.client_id);
}

static void
give_up(struct link *link, const char *why)
{
	mqtt_disconnect(link->mqtt);
	lost(link, why);
}

/* Hear everything that is retained, and know when that is done. */
static void
synchronise(struct link *link, bool is_checking)
{
	if (synchronisation_begin(&link->round, is_checking) == STATUS_OK)
		timer_set_in(&link->act, SYNCHRONISATION_LIMIT_MS);
	else
		give_up(link, "cannot subscribe");
}

/* With a shorter keep alive, at once. Our session stays. */
static void
come_back(struct link *link)
{
	log_info("the broker wants signs of life more often: connecting anew");
	mqtt_disconnect(link->mqtt);
	link->is_up = false;
	timer_set(&link->act, 0);
}

static void
connected(struct link *link, const struct mqtt_news *news)
{
	const char *objection = mqtt_objection(&news->limits);

	link->broker_forgot = !news->session_present;
	link->connection = news->connection;
	link->is_up = true;
	link->is_connecting = false;
	link->up_ms = link->at->monotonic_ms;
	link->foreign.owner[0] = '\0';
	retained_meet_broker(link->retained);
	if (objection != NULL)
		give_up(link, objection);
	else if (news->is_too_slow)
		come_back(link);
	else
		synchronise(link, false);
}

/* A session alone does not show that the broker remembers: it may be of a
 * connection that we did not live to complete. So something of ours is retained
 * there after all that was given back; the broker keeps both or neither. */
static void
leave_witness(struct link *link)
{
	char topic[TOPIC_MAX];

	synchronisation_topic(link->settings, "witness", topic);
	post_document(link->retained->post, topic, "1", 1);
}

static void
ask(struct link *link, const char *filter)
{
	link->asking += mqtt_try_subscribe(link->mqtt, filter) == STATUS_OK;
}

/* What people ask, what Home Assistant says, and what the broker lost: we do
 * without where an ACL says so. Once on a connection, and last: a broker may end it for that. */
static void
ask_for_more(struct link *link)
{
	const char *users = link->settings->mqtt.users;
	char user[TEXT_ID_MAX + 1];
	char requests[TOPIC_MAX];
	char status[TOPIC_MAX];

	if (link->refusals >= REFUSALS_MAX)
		return;
	while (topic_next_user(&users, user)) {
		(void)snprintf(requests, TOPIC_MAX, "%s/%s/request/+",
		    link->settings->mqtt.root, user);
		ask(link, requests);
	}
	status_topic(link, status);
	if (homeassistant_listens(link->settings))
		ask(link, status);
	ask(link, DROPPED_TOPIC);
}

/* Whoever hears it and sends again is heard, and judged by what is known now. */
static void
go_online(struct link *link)
{
	publish_state(link, "online");
	ask_for_more(link);
}

static void
tell_ready(struct link *link)
{
	link->is_ready = true;
	log_info("ready: %s, %zu devices", link->settings->mqtt.url,
	    registry_device_count(link->retained->registry));
}

/* What the broker did not tell is gone, or it lost its memory. */
static void
settle(struct link *link)
{
	bool has_witness = link->round.has_witness;
	size_t forgotten = retained_complete(link->retained,
	    link->broker_forgot || !has_witness);

	if (!has_witness)
		leave_witness(link);
	if (forgotten > 0)
		log_info("%zu devices are no longer registered", forgotten);
}

static void
complete(struct link *link)
{
	link->is_complete = true;
	link->failures = 0;
	if (link->is_ready)
		tell_ready(link);
	else
		go_online(link);
}

/* What one round lacks was not heard; only the next one tells that it is gone. */
static void
end_round(struct link *link)
{
	bool is_clear =
	    synchronisation_is_clear(&link->round, !link->broker_forgot);
	bool is_whole =
	    synchronisation_is_whole(&link->round, link->at->monotonic_ms);

	is_whole |= is_clear && !link->round.has_skipped;
	timer_set(&link->act, TIMER_OFF);
	if (is_whole && !link->round.is_checking)
		retained_pass(link->retained);
	if (is_whole && !link->round.is_checking &&
	    retained_lacks(link->retained)) {
		complete(link);
		synchronise(link, true);
		return;
	}
	if (is_whole)
		settle(link);
	if (!link->round.is_checking)
		complete(link);
}

static void
take_marker(struct link *link, const struct mqtt_message *message)
{
	if (!synchronisation_take_marker(&link->round, message))
		return;
	if (synchronisation_is_clear(&link->round, !link->broker_forgot))
		end_round(link);
	else
		timer_set(&link->act, synchronisation_due_ms(&link->round));
}

/* Something that was said may not have been heard: hear all of it again, but not
 * each time. */
static void
resynchronise(struct link *link)
{
	link->resync_ms = link->at->monotonic_ms + RESYNC_EVERY_MS;
	link->has_missed = false;
	link->missed = 0;
	link->is_complete = false;
	link->broker_forgot = false;
	synchronise(link, false);
}

static void
tell_missed(const struct link *link)
{
	if (link->missed > 0)
		log_warn("the broker dropped %" PRId64 " messages, perhaps of "
		         "ours: set its max_queued_messages to 300000; "
		         "asking for everything again",
		    link->missed);
	else
		log_warn("somebody published more than could be read; asking "
		         "for everything again");
}

/* One person says more than can be read, and the last word of it may be what counts:
 * ask for it when that is over. Until then nobody else misses anything. */
static void
miss(struct link *link)
{
	int64_t now_ms = link->at->monotonic_ms;

	if (mqtt_crowded(link->mqtt)) {
		link->has_missed = true;
		if (link->resync_ms < now_ms + CALM_MS)
			link->resync_ms = now_ms + CALM_MS;
	}
	timer_set(&link->resync, TIMER_OFF);
	if (!link->has_missed || !link->is_complete ||
	    link->act.due_ms != TIMER_OFF)
		return;
	if (now_ms < link->resync_ms) {
		timer_set(&link->resync, link->resync_ms);
		return;
	}
	tell_missed(link);
	resynchronise(link);
}

/* A broker that drops messages may have dropped a preference of ours: hear all
 * of them again, when miss() finds it time. It counts for all its clients. */
static void
take_dropped(struct link *link, const struct mqtt_message *message)
{
	int64_t known = link->dropped;
	char text[16] = ""; /* so that counts can be added up */

	memcpy(text, message->payload,
	    message->len < sizeof(text) ? message->len : sizeof(text) - 1);
	link->dropped = strtoll(text, NULL, 10);
	if (known < 0 || link->dropped <= known)
		return;
	link->missed += link->dropped - known;
	link->has_missed = true;
}

/* What a person asked for once is not done again at each connection. */
static void
take_request(struct link *link, const struct mqtt_message *message)
{
	if (message->is_retained)
		lines_refused(link->lines, "", message->topic,
		    "it is retained, and was asked for long ago; send it "
		    "without the retain flag");
	else
		answer_request(link->answer, NULL,
		    strrchr(message->topic, '/') + 1, message);
}

/* Of one person: a request, or what is to be known of them. */
static void
take_persons(struct link *link, const struct mqtt_message *message)
{
	struct fault ignored = { "" };
	struct topic topic;

	if (foreign_is(link->settings, message->topic))
		foreign_drop(&link->foreign, link->settings, link->mqtt,
		    message->topic);
	else if (!message->is_retained &&
	    topic_parse(link->settings->mqtt.root, message->topic, &topic,
	        &ignored) == STATUS_OK &&
	    topic.kind == TOPIC_REQUEST)
		answer_request(link->answer, topic.user, topic.device, message);
	else
		retained_take(link->retained, message);
}

static void
take_message(struct link *link, const struct mqtt_message *message)
{
	char own[TOPIC_MAX];
	char status[TOPIC_MAX];
	size_t own_len;

	status_topic(link, status);
	synchronisation_topic(link->settings, "", own);
	own_len = strlen(own);
	if (message->is_retained)
		synchronisation_note(&link->round);
	if (strcmp(message->topic, DROPPED_TOPIC) == 0)
		take_dropped(link, message);
	else if (strcmp(message->topic, status) == 0)
		homeassistant_take_status(link->homeassistant, message);
	else if (strncmp(message->topic, own, own_len) != 0)
		take_persons(link, message);
	else if (strcmp(message->topic + own_len, "marker") == 0)
		take_marker(link, message);
	else if (strcmp(message->topic + own_len, "witness") == 0)
		link->round.has_witness |= message->is_retained;
	else
		take_request(link, message);
}

/* Ready is who can be found: the broker has "online" now, or nobody gets it. */
static void
settled(struct link *link, const struct mqtt_news *news)
{
	if (news->tag == HOMEASSISTANT_TAG) {
		homeassistant_take_answer(link->homeassistant,
		    news->reason >= FIRST_FAILURE ? news->text : NULL);
		return;
	}
	if (news->reason >= FIRST_FAILURE &&
	    lines_allow(link->lines, "", LOG_LEVEL_ERROR))
		log_error("the broker refuses what we publish: %s", news->text);
	if (news->tag == STATE_TAG && link->is_complete && !link->is_ready)
		tell_ready(link);
}

static void
answered(struct link *link)
{
	if (link->asking > 0 && --link->asking == 0)
		link->refusals = 0;
}

static void
not_subscribed(struct link *link, const struct mqtt_news *news)
{
	if (news->is_optional) {
		answered(link);
		log_debug("the broker refuses %s", news->text);
		return;
	}
	log_error("the broker refuses our subscription to %s", news->text);
	give_up(link, news->text);
}

/* An ended connection is not there any more, and what it still tells is about a
 * world that is being heard anew. */
static bool
is_over(const struct link *link, const struct mqtt_news *news)
{
	if (news->kind == MQTT_CONNECTED)
		return false;
	if (news->connection == 0)
		return !link->is_connecting;
	return !link->is_up || news->connection != link->connection;
}

void
link_take(struct link *link, const struct mqtt_news *news)
{
	if (is_over(link, news))
		return;
	switch (news->kind) {
	case MQTT_CONNECTED:
		connected(link, news);
		break;
	case MQTT_LOST:
		if (link->is_up && news->reason == 0)
			suspect(link);
		lost(link, news->text);
		break;
	case MQTT_NOT_SUBSCRIBED:
		not_subscribed(link, news);
		break;
	case MQTT_MESSAGE:
		take_message(link, &news->message);
		break;
	case MQTT_SETTLED:
		settled(link, news);
		break;
	case MQTT_SUBSCRIBED:
		if (news->is_optional)
			answered(link);
		break;
	}
}

static void
wait_for_quiet(struct link *link)
{
	int64_t due_ms = synchronisation_due_ms(&link->round);

	if (!link->round.has_marker)
		give_up(link, "the marker did not return");
	else if (link->at->monotonic_ms < due_ms)
		timer_set(&link->act, due_ms);
	else
		end_round(link);
}

static void
act(struct link *link)
{
	if (link->is_up) {
		wait_for_quiet(link);
		return;
	}
	link->is_connecting = true;
	timer_set(&link->act, TIMER_OFF);
	if (mqtt_connect(link->mqtt) != STATUS_OK)
		lost(link, "cannot begin to connect");
}

void
link_run(struct link *link)
{
	if (mqtt_overflowed(link->mqtt) && link->is_up)
		give_up(link, "more messages came than could be read");
	if (timer_is_due(&link->act))
		act(link);
	miss(link);
}

void
link_close(struct link *link)
{
	if (link->is_up)
		publish_state(link, "offline");
}
