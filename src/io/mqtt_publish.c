#include "io/mqtt_inside.h"
#include "io/paho.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_OVERHEAD 32 /* bytes beside topic and payload, at most */

/* Who asked for a publish to be confirmed. */
struct receipt_request {
	struct mqtt *mqtt;
	uint64_t tag;
};

bool
mqtt_fits(const struct mqtt *mqtt, size_t size)
{
	int64_t most = atomic_load(&mqtt->packet_max);

	return most == 0 || (int64_t)size + PACKET_OVERHEAD <= most;
}

static void
tell_settled(const struct receipt_request *request, int reason)
{
	mqtt_tell(request->mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_SETTLED,
	        .reason = reason,
	        .tag = request->tag,
	        .text = mqtt_reason_str(reason),
	    });
}

static void
on_published(void *context, MQTTAsync_successData5 *data)
{
	tell_settled(context, (int)data->reasonCode);
	free(context);
}

static void
on_not_published(void *context, MQTTAsync_failureData5 *data)
{
	tell_settled(context,
	    data->reasonCode > 0 ? (int)data->reasonCode : -1);
	free(context);
}

static void
add_correlation(MQTTProperties *properties,
    const struct mqtt_outgoing *outgoing)
{
	MQTTProperty property = {
		.identifier = MQTTPROPERTY_CODE_CORRELATION_DATA,
	};

	/* Paho copies it, and forgot to say const. */
	memcpy(&property.value.data.data, &outgoing->correlation,
	    sizeof(property.value.data.data));
	property.value.data.len = (int)outgoing->correlation_len;
	(void)MQTTProperties_add(properties, &property);
}

enum status
mqtt_publish(struct mqtt *mqtt, const struct mqtt_outgoing *outgoing)
{
	MQTTAsync_responseOptions response =
	    MQTTAsync_responseOptions_initializer;
	MQTTAsync_message message = MQTTAsync_message_initializer;
	struct receipt_request *request = NULL;
	int code;

	if (!mqtt_fits(mqtt, strlen(outgoing->topic) + outgoing->len))
		return STATUS_TOO_LARGE;
	if (outgoing->tag != 0) {
		request = calloc(1, sizeof(*request));
		if (request == NULL)
			return STATUS_NO_MEMORY;
		*request = (struct receipt_request){ mqtt, outgoing->tag };
		response.onSuccess5 = on_published;
		response.onFailure5 = on_not_published;
		response.context = request;
	}
	/* Paho copies what it sends, and forgot to say const. */
	memcpy(&message.payload, &outgoing->payload, sizeof(message.payload));
	message.payloadlen = (int)outgoing->len;
	message.qos = outgoing->qos;
	message.retained = outgoing->is_retained ? 1 : 0;
	if (outgoing->correlation_len > 0)
		add_correlation(&message.properties, outgoing);
	code = MQTTAsync_sendMessage(mqtt->client, outgoing->topic, &message,
	    &response);
	MQTTProperties_free(&message.properties);
	if (code != MQTTASYNC_SUCCESS)
		free(request);
	return code == MQTTASYNC_SUCCESS ? STATUS_OK : STATUS_IO;
}

enum status
mqtt_publish_packets(struct mqtt *mqtt, const struct buf *packets)
{
	MQTTAsync_message message = MQTTAsync_message_initializer;

	message.payload = packets->data;
	message.payloadlen = (int)packets->len;
	return MQTTAsync_sendMessage(mqtt->client, PAHO_PACKETS, &message,
	           NULL) == MQTTASYNC_SUCCESS
	    ? STATUS_OK
	    : STATUS_IO;
}

bool
mqtt_takes_packets(const struct mqtt *mqtt)
{
	return mqtt->takes_packets && paho_publishes();
}
