#include "io/log.h"
#include "io/mqtt_inside.h"
#include "io/paho.h"

#include <string.h>

static uint32_t
expiry_of(MQTTAsync_message *message)
{
	int64_t expiry_s = MQTTProperties_getNumericValue(&message->properties,
	    MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL);

	return expiry_s > 0 ? (uint32_t)expiry_s : 0;
}

/* What a request brings so that its answer finds it. */
static void
read_request(MQTTAsync_message *from, struct mqtt_message *message,
    char response_topic[MQTT_CORRELATION_MAX])
{
	MQTTProperty *topic = MQTTProperties_getProperty(&from->properties,
	    MQTTPROPERTY_CODE_RESPONSE_TOPIC);
	MQTTProperty *correlation =
	    MQTTProperties_getProperty(&from->properties,
	        MQTTPROPERTY_CODE_CORRELATION_DATA);

	if (topic != NULL && topic->value.data.len > 0 &&
	    topic->value.data.len < MQTT_CORRELATION_MAX) {
		memcpy(response_topic, topic->value.data.data,
		    (size_t)topic->value.data.len);
		response_topic[topic->value.data.len] = '\0';
		message->response_topic = response_topic;
	}
	if (correlation != NULL && correlation->value.data.len > 0 &&
	    correlation->value.data.len <= MQTT_CORRELATION_MAX) {
		message->correlation = correlation->value.data.data;
		message->correlation_len = (size_t)correlation->value.data.len;
	}
}

static void
tell_message(struct mqtt *mqtt, const struct mqtt_message *message)
{
	struct mqtt_news news = {
		.kind = MQTT_MESSAGE,
		.message = *message,
	};

	if (mqtt->options.mark != NULL) {
		news.mark = mqtt->options.mark(mqtt->options.context);
		news.is_shared = true;
	}
	mqtt_tell(mqtt, &news);
}

/* Paho acknowledges a message when it has it back, unless that is ours to do. */
static void
make_durable(struct mqtt *mqtt, int qos)
{
	if (paho_holds() || mqtt->options.commit == NULL)
		return;
	paho_commit();
	/* The first one is how it shows; without QoS there is nothing to hold. */
	if (qos > 0 && ++mqtt->unheld == 2 && paho_is_hooked())
		log_warn("this Paho does not let us acknowledge: each message "
		         "is committed by itself, which is safe and slower");
}

/* What is said after an event must not be known before that is durable, or it
 * would seem to have been said first. */
static void
take_in(struct mqtt *mqtt, const struct mqtt_message *message, int qos)
{
	if (mqtt->options.store == NULL ||
	    !mqtt->options.store(mqtt->options.context, message)) {
		paho_commit();
		tell_message(mqtt, message);
	} else {
		make_durable(mqtt, qos);
	}
	if (qos == 0)
		paho_settle();
}

/* Always 1: with 0 Paho would acknowledge all the same, and lose the order. */
int
mqtt_take(void *context, char *topic, int topic_len, MQTTAsync_message *message)
{
	struct mqtt *mqtt = context;
	size_t len = (size_t)message->payloadlen;
	size_t most = mqtt->options.payload_max > 0 ? mqtt->options.payload_max
	                                            : MQTT_PAYLOAD_MAX;
	char response_topic[MQTT_CORRELATION_MAX];
	struct mqtt_message borrowed = {
		.topic = topic,
		.payload = message->payload,
		.len = len > most ? most + 1 : len,
		.is_retained = message->retained != 0,
		.expiry_s = expiry_of(message),
	};

	read_request(message, &borrowed, response_topic);
	/* A length is given only if the topic contains a NUL: no topic of ours
	 * does. */
	if (topic_len == 0 || strlen(topic) == (size_t)topic_len)
		take_in(mqtt, &borrowed, message->qos);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}
