#include "tell/post.h"

#include "base/buf.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/packet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPLAIN_EVERY_MS 60000
#define TOPIC_MAX 512      /* bytes */
#define PACKETS_MAX 262144 /* bytes of messages in one write */
#define TITLE_MAX 128      /* bytes */
#define PAYLOAD_MAX 131072 /* bytes; the longest retained document */

struct parcel {
	struct parcel *next;
	bool is_retained;
	int qos;
	uint64_t tag;
	struct buf topic;
	struct buf payload;
	struct buf correlation; /* of a response */
};

void
post_init(struct post *post, struct mqtt *mqtt, struct receipts *receipts,
    const struct settings *settings)
{
	*post = (struct post){
		.mqtt = mqtt,
		.receipts = receipts,
		.settings = settings,
	};
	post->end = &post->first;
}

static struct parcel *
take_first(struct post *post)
{
	struct parcel *first = post->first;

	if (first == NULL)
		return NULL;
	post->first = first->next;
	if (post->first == NULL)
		post->end = &post->first;
	return first;
}

static void
free_parcel(struct parcel *parcel)
{
	buf_finish(&parcel->topic);
	buf_finish(&parcel->payload);
	buf_finish(&parcel->correlation);
	free(parcel);
}

void
post_finish(struct post *post)
{
	struct parcel *parcel;

	while ((parcel = take_first(post)) != NULL)
		free_parcel(parcel);
}

static struct parcel *
add_parcel(struct post *post)
{
	struct parcel *parcel = calloc(1, sizeof(*parcel));

	if (parcel == NULL)
		return NULL;
	buf_init(&parcel->topic, TOPIC_MAX);
	buf_init(&parcel->payload, PAYLOAD_MAX);
	buf_init(&parcel->correlation, MQTT_CORRELATION_MAX);
	*post->end = parcel;
	post->end = &parcel->next;
	return parcel;
}

static void
add_text(struct buf *json, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buf_addf(json, "\"%s\":", name);
	buf_add_json(json, text);
	buf_addf(json, ",");
}

/* The clock may have been set back a little since. */
static int64_t
latency_ms(const struct receipt *receipt)
{
	return receipt->ts_ms > receipt->arrived_ms
	    ? receipt->ts_ms - receipt->arrived_ms
	    : 0;
}

static void
add_members(const struct receipt *receipt, struct buf *json)
{
	add_text(json, "event", receipt->event);
	add_text(json, "device", receipt->device);
	add_text(json, "state", receipt->state);
	add_text(json, "reason", receipt->reason);
	add_text(json, "service", receipt->service);
	add_text(json, "detail", receipt->detail);
	add_text(json, "preference", receipt->preference);
	add_text(json, "layer", receipt->layer);
	if (receipt->until_ms > 0)
		buf_addf(json, "\"until\":%" PRId64 ",", receipt->until_ms);
	if (receipt->status > 0)
		buf_addf(json, "\"status\":%d,", receipt->status);
	if (receipt->attempt > 0)
		buf_addf(json, "\"attempt\":%d,", receipt->attempt);
	if (receipt->arrived_ms != 0)
		buf_addf(json, "\"latency_ms\":%" PRId64 ",",
		    latency_ms(receipt));
	buf_addf(json, "\"ts\":%" PRId64 "}", receipt->ts_ms);
}

static void
write_json(const struct receipt *receipt, struct buf *json)
{
	buf_addf(json, "{");
	add_members(receipt, json);
}

/* And what it is about: its event may be gone when somebody asks. */
static void
write_kept(const struct receipt *receipt, struct buf *json)
{
	char title[TITLE_MAX + 1] = "";

	if (receipt->title != NULL)
		(void)snprintf(title, sizeof(title), "%.*s",
		    (int)text_cut(receipt->title, TITLE_MAX), receipt->title);
	buf_addf(json, "{");
	add_text(json, "kind", receipt->kind);
	add_text(json, "title", title);
	add_members(receipt, json);
}

/* Counted and kept whatever the broker does. */
static void
keep(struct post *post, const struct receipt *receipt)
{
	struct buf json;

	tally_count(&post->tally, receipt->state, receipt->reason);
	if (receipt->event == NULL || *receipt->event == '\0' ||
	    strcmp(receipt->state, "accepted") == 0)
		return;
	buf_init(&json, PAYLOAD_MAX);
	write_kept(receipt, &json);
	if (buf_status(&json) == STATUS_OK)
		receipts_add(post->receipts, receipt->user, receipt->event,
		    buf_text(&json));
	buf_finish(&json);
}

void
post_note(struct post *post, const struct receipt *receipt)
{
	keep(post, receipt);
}

void
post_receipt(struct post *post, const struct receipt *receipt)
{
	struct parcel *parcel;

	keep(post, receipt);
	/* What broke a rule so badly that it belongs to no user. */
	if (!mqtt_is_connected(post->mqtt) || *receipt->user == '\0')
		return;
	parcel = add_parcel(post);
	if (parcel == NULL)
		return;
	buf_addf(&parcel->topic, "%s/%s/receipt", post->settings->mqtt.root,
	    receipt->user);
	write_json(receipt, &parcel->payload);
}

void
post_response(struct post *post, const struct return_address *to,
    const struct mqtt_message *request, const struct buf *json)
{
	const char *root = post->settings->mqtt.root;
	struct parcel *parcel = add_parcel(post);

	if (parcel == NULL)
		return;
	if (to->topic != NULL)
		buf_addf(&parcel->topic, "%s", to->topic);
	else if (to->user != NULL)
		buf_addf(&parcel->topic, "%s/%s/response/%s", root, to->user,
		    to->verb);
	else
		buf_addf(&parcel->topic, "%s/bridge/%s/response/%s", root,
		    post->settings->mqtt.client_id, to->verb);
	buf_add(&parcel->payload, buf_text(json), json->len);
	buf_add(&parcel->correlation, request->correlation,
	    request->correlation_len);
}

/* Of the broker. */
struct wish {
	int qos;
	uint64_t tag;
};

static void
retain(struct post *post, const char *topic, const char *payload, size_t len,
    struct wish wish)
{
	struct parcel *parcel = add_parcel(post);

	if (parcel == NULL)
		return;
	buf_addf(&parcel->topic, "%s", topic);
	buf_add(&parcel->payload, payload, len);
	parcel->is_retained = true;
	parcel->qos = wish.qos;
	parcel->tag = wish.tag;
}

void
post_document(struct post *post, const char *topic, const char *payload,
    size_t len)
{
	retain(post, topic, payload, len, (struct wish){ 1, 0 });
}

void
post_asked(struct post *post, const char *topic, const struct buf *payload,
    uint64_t tag)
{
	retain(post, topic, buf_text(payload), payload->len,
	    (struct wish){ 1, tag });
}

void
post_state(struct post *post, const char *topic, const char *payload,
    size_t len)
{
	retain(post, topic, payload, len, (struct wish){ 0, 0 });
}

static void
send_packets(struct post *post, struct buf *packets)
{
	if (packets->len > 0 && buf_status(packets) == STATUS_OK &&
	    mqtt_publish_packets(post->mqtt, packets) != STATUS_OK)
		log_debug("receipts could not be sent");
	buf_clear(packets);
}

/* Whatever does not fit ends the connection, and would again after the next. */
static bool
fits(struct post *post, const struct mqtt_outgoing *outgoing)
{
	int64_t now_ms = clock_monotonic_ms();

	if (mqtt_fits(post->mqtt,
	        strlen(outgoing->topic) + outgoing->len +
	            outgoing->correlation_len))
		return true;
	if (now_ms >= post->complain_ms) {
		post->complain_ms = now_ms + COMPLAIN_EVERY_MS;
		log_warn("%s is not sent: its %zu bytes are more than this "
		         "broker takes in a message",
		    outgoing->topic, outgoing->len);
	}
	return false;
}

static void
send_one(struct post *post, const struct mqtt_outgoing *outgoing,
    struct buf *packets)
{
	size_t room = outgoing->len + TOPIC_MAX + MQTT_CORRELATION_MAX + 16;

	if (!fits(post, outgoing))
		return;
	if (outgoing->qos == 0 && mqtt_takes_packets(post->mqtt)) {
		if (packets->len + room > PACKETS_MAX)
			send_packets(post, packets);
		packet_publish(packets, outgoing);
		return;
	}
	/* In their order. */
	send_packets(post, packets);
	if (mqtt_publish(post->mqtt, outgoing) != STATUS_OK)
		log_debug("%s could not be sent", outgoing->topic);
}

/* Receipts go without acknowledgement: mosquitto takes 20 at a time, and Paho
 * looks for room only once a second. A publisher that misses one sends its event
 * again, which is harmless. */
void
post_flush(struct post *post)
{
	struct parcel *parcel;
	struct buf packets;

	buf_init(&packets, PACKETS_MAX);
	while ((parcel = take_first(post)) != NULL) {
		const struct mqtt_outgoing outgoing = {
			.topic = buf_text(&parcel->topic),
			.payload = buf_text(&parcel->payload),
			.len = parcel->payload.len,
			.qos = parcel->qos,
			.tag = parcel->tag,
			.is_retained = parcel->is_retained,
			.correlation = buf_text(&parcel->correlation),
			.correlation_len = parcel->correlation.len,
		};

		if (buf_status(&parcel->topic) == STATUS_OK &&
		    buf_status(&parcel->payload) == STATUS_OK)
			send_one(post, &outgoing, &packets);
		free_parcel(parcel);
	}
	send_packets(post, &packets);
	buf_finish(&packets);
}
