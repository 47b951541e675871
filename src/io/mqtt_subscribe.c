#include "io/mqtt_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSAL_MAX 1024 /* bytes: a filter, and why not */

/* Who asked for what; freed when the answer came. */
struct subscription {
	struct mqtt *mqtt;
	bool is_optional;
	size_t count;
	char *filters[MQTT_FILTERS_MAX]; /* owned */
};

static void
free_subscription(struct subscription *subscription)
{
	for (size_t i = 0; i < subscription->count; i++)
		free(subscription->filters[i]);
	free(subscription);
}

static struct subscription *
make_subscription(struct mqtt *mqtt, const struct mqtt_filter *filters,
    size_t count, bool is_optional)
{
	struct subscription *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return NULL;
	fresh->mqtt = mqtt;
	fresh->is_optional = is_optional;
	for (; fresh->count < count; fresh->count++) {
		char *filter = strdup(filters[fresh->count].filter);

		if (filter == NULL) {
			free_subscription(fresh);
			return NULL;
		}
		fresh->filters[fresh->count] = filter;
	}
	return fresh;
}

static void
tell_not_subscribed(const struct subscription *subscription, size_t number,
    int reason)
{
	char text[REFUSAL_MAX];

	(void)snprintf(text, sizeof(text), "%s: %s",
	    subscription->filters[number], mqtt_reason_str(reason));
	mqtt_tell(subscription->mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_NOT_SUBSCRIBED,
	        .is_optional = subscription->is_optional,
	        .reason = reason,
	        .text = text,
	    });
}

/* The first filter that was refused, or count.
 * Out:  reason  why */
static size_t
find_refused(const struct subscription *subscription,
    const MQTTAsync_successData5 *data, int *reason)
{
	size_t count = (size_t)data->alt.sub.reasonCodeCount;
	size_t i;

	for (i = 0; i < subscription->count && i < count; i++) {
		/* Paho keeps a single code apart from several. */
		*reason = (int)(count == 1 ? data->reasonCode
		                           : data->alt.sub.reasonCodes[i]);
		if (*reason >= (int)MQTTREASONCODE_UNSPECIFIED_ERROR)
			return i;
	}
	return subscription->count;
}

static void
on_subscribed(void *context, MQTTAsync_successData5 *data)
{
	struct subscription *subscription = context;
	int reason = 0;
	size_t refused = find_refused(subscription, data, &reason);

	if (refused < subscription->count)
		tell_not_subscribed(subscription, refused, reason);
	else
		mqtt_tell(subscription->mqtt,
		    &(struct mqtt_news){
		        .kind = MQTT_SUBSCRIBED,
		        .is_optional = subscription->is_optional,
		    });
	free_subscription(subscription);
}

static void
on_not_subscribed(void *context, MQTTAsync_failureData5 *data)
{
	struct subscription *subscription = context;

	tell_not_subscribed(subscription, 0,
	    data->reasonCode > 0 ? (int)data->reasonCode : data->code);
	free_subscription(subscription);
}

static enum status
subscribe(struct subscription *subscription, const struct mqtt_filter *filters)
{
	MQTTAsync_responseOptions response =
	    MQTTAsync_responseOptions_initializer;
	MQTTSubscribe_options options[MQTT_FILTERS_MAX];
	int qos[MQTT_FILTERS_MAX] = { 0 };

	for (size_t i = 0; i < subscription->count; i++) {
		qos[i] = filters[i].qos;
		options[i] =
		    (MQTTSubscribe_options)MQTTSubscribe_options_initializer;
	}
	response.onSuccess5 = on_subscribed;
	response.onFailure5 = on_not_subscribed;
	response.context = subscription;
	response.subscribeOptionsCount = (int)subscription->count;
	response.subscribeOptionsList = options;
	if (MQTTAsync_subscribeMany(subscription->mqtt->client,
	        (int)subscription->count, subscription->filters, qos,
	        &response) == MQTTASYNC_SUCCESS)
		return STATUS_OK;
	free_subscription(subscription);
	return STATUS_IO;
}

enum status
mqtt_subscribe(struct mqtt *mqtt, const struct mqtt_filter *filters,
    size_t count)
{
	struct subscription *subscription;

	if (count > MQTT_FILTERS_MAX)
		return STATUS_TOO_LARGE;
	subscription = make_subscription(mqtt, filters, count, false);
	return subscription != NULL ? subscribe(subscription, filters)
	                            : STATUS_NO_MEMORY;
}

enum status
mqtt_try_subscribe(struct mqtt *mqtt, const char *filter)
{
	const struct mqtt_filter one = { filter, 0 };
	struct subscription *subscription =
	    make_subscription(mqtt, &one, 1, true);

	return subscription != NULL ? subscribe(subscription, &one)
	                            : STATUS_NO_MEMORY;
}

enum status
mqtt_unsubscribe(struct mqtt *mqtt, const char *const *filters, size_t count)
{
	MQTTAsync_responseOptions response =
	    MQTTAsync_responseOptions_initializer;
	char *topics[MQTT_FILTERS_MAX];

	if (count > MQTT_FILTERS_MAX)
		return STATUS_TOO_LARGE;
	/* Paho copies them, and forgot to say const. */
	memcpy(topics, filters, count * sizeof(*topics));
	return MQTTAsync_unsubscribeMany(mqtt->client, (int)count, topics,
	           &response) == MQTTASYNC_SUCCESS
	    ? STATUS_OK
	    : STATUS_IO;
}
