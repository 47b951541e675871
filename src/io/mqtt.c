#include "io/mqtt.h"

#include "io/autopsy.h"
#include "io/log.h"
#include "io/mailbox.h"
#include "io/news.h"
#include "io/paho.h"

#include <MQTTAsync.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEP_ALIVE_S 20
#define CONNECT_TIMEOUT_S 10
#define LEAVE_TIMEOUT_MS 2000 /* for what was published to leave */
#define SESSION_FOR_EVER 0xffffffffU
#define PACKET_OVERHEAD 32 /* bytes beside topic and payload, at most */
#define REFUSAL_MAX 1024   /* bytes: a filter, and why not */

struct mqtt {
	struct mqtt_options options;
	bool takes_packets;
	int unheld; /* Paho's thread: messages that were committed alone */
	MQTTAsync client;
	struct mailbox *mailbox;
	sem_t left; /* posted when a disconnection is complete */
	_Atomic bool is_connected;
	_Atomic int64_t packet_max; /* 0 = any */
	int keep_alive_s;
	/* Of the connection that there is, or was last. It changes between two
	 * callbacks of Paho's, which come one after the other. */
	_Atomic uint32_t connection;
	/* Looks for why an attempt to connect failed, and tells. */
	pthread_t inquirer;
	bool has_inquirer;
	int paho_code; /* of that attempt */
};

/* Who asked for what; freed when the answer came. */
struct subscription {
	struct mqtt *mqtt;
	bool is_optional;
	size_t count;
	char *filters[MQTT_FILTERS_MAX]; /* owned */
};

/* Who asked for a publish to be confirmed. */
struct receipt_request {
	struct mqtt *mqtt;
	uint64_t tag;
};

const char *
mqtt_reason_str(int reason)
{
	switch (reason) {
	case MQTTREASONCODE_SUCCESS:
		return "ok";
	case MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS:
		return "nobody is subscribed: is the bridge running?";
	case MQTTREASONCODE_NOT_AUTHORIZED:
	case 5: /* MQTT 3.1.1: what a broker too old for MQTT 5 answers */
		return "not authorised: check the broker's ACL";
	case MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD:
	case 4:
		return "wrong user name or password";
	case MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION:
	case 1:
		return AUTOPSY_OLD_BROKER;
	case MQTTREASONCODE_SESSION_TAKEN_OVER:
		return "another client has our client id: give each bridge its "
		       "own [mqtt] client_id";
	case MQTTREASONCODE_SERVER_SHUTTING_DOWN:
		return "the broker is shutting down";
	case MQTTREASONCODE_PACKET_TOO_LARGE:
		return "the broker refuses messages of this size";
	case MQTTREASONCODE_QUOTA_EXCEEDED:
		return "the broker's quota is exceeded";
	default:
		return reason < 0 ? "no answer" : "refused by the broker";
	}
}

static void
wake(struct mqtt *mqtt)
{
	if (mqtt->options.wake != NULL)
		mqtt->options.wake(mqtt->options.context);
}

static void
put(struct mqtt *mqtt, const struct mqtt_news *news)
{
	mailbox_put(mqtt->mailbox, news_pack(news));
	wake(mqtt);
}

static void
tell(struct mqtt *mqtt, const struct mqtt_news *news)
{
	struct mqtt_news numbered = *news;

	numbered.connection = atomic_load(&mqtt->connection);
	put(mqtt, &numbered);
}

static void
set_connected(struct mqtt *mqtt, bool is_connected)
{
	atomic_store(&mqtt->is_connected, is_connected);
	paho_set_connected(is_connected);
}

static void
tell_lost(struct mqtt *mqtt, int reason, const char *text)
{
	set_connected(mqtt, false);
	tell(mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_LOST,
	        .reason = reason,
	        .text = text,
	    });
}

static void
tell_not_connected(struct mqtt *mqtt, int reason, const char *text)
{
	set_connected(mqtt, false);
	put(mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_LOST,
	        .reason = reason,
	        .text = text,
	    });
}

/* A property of the broker's answer, or what holds without it. */
static int64_t
limit_of(MQTTProperties *properties, enum MQTTPropertyCodes code,
    int64_t fallback)
{
	return MQTTProperties_hasProperty(properties, code)
	    ? MQTTProperties_getNumericValue(properties, code)
	    : fallback;
}

static struct mqtt_limits
read_limits(MQTTProperties *properties)
{
	return (struct mqtt_limits){
		.packet_max = limit_of(properties,
		    MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0),
		.qos_max =
		    (int)limit_of(properties, MQTTPROPERTY_CODE_MAXIMUM_QOS, 2),
		.has_retain = limit_of(properties,
		                  MQTTPROPERTY_CODE_RETAIN_AVAILABLE, 1) != 0,
	};
}

/* Paho does not follow the broker: it can be told when it connects. */
static bool
is_too_slow(struct mqtt *mqtt, MQTTProperties *properties)
{
	int64_t keep_alive_s =
	    limit_of(properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE, 0);

	if (keep_alive_s == 0 || keep_alive_s >= mqtt->keep_alive_s)
		return false;
	mqtt->keep_alive_s = keep_alive_s > 2 ? (int)(keep_alive_s * 3 / 4) : 1;
	return true;
}

static void
on_connected(void *context, MQTTAsync_successData5 *data)
{
	struct mqtt *mqtt = context;
	struct mqtt_limits limits = read_limits(&data->properties);

	set_connected(mqtt, true);
	atomic_store(&mqtt->packet_max, limits.packet_max);
	atomic_fetch_add(&mqtt->connection, 1);
	tell(mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_CONNECTED,
	        .limits = limits,
	        .is_too_slow = is_too_slow(mqtt, &data->properties),
	        .session_present = data->alt.connect.sessionPresent != 0,
	    });
}

/* Before there is a connection there are no topics: an ACL has no say yet. */
static const char *
entry_reason_str(int reason)
{
	if (reason == MQTTREASONCODE_NOT_AUTHORIZED || reason == 5)
		return "not authorised: wrong user name or password, or none "
		       "where the broker wants one";
	return mqtt_reason_str(reason);
}

static void *
inquire(void *context)
{
	struct mqtt *mqtt = context;
	const struct autopsy_case body = {
		.url = mqtt->options.url,
		.ca_file = mqtt->options.ca_file,
		.cert_file = mqtt->options.cert_file,
		.key_file = mqtt->options.key_file,
	};
	char why[AUTOPSY_MAX];

	autopsy_make(&body, why);
	tell_not_connected(mqtt, mqtt->paho_code,
	    *why != '\0' ? why
	                 : "the connection ended before the broker answered");
	return NULL;
}

static void
end_inquiry(struct mqtt *mqtt)
{
	if (mqtt->has_inquirer)
		(void)pthread_join(mqtt->inquirer, NULL);
	mqtt->has_inquirer = false;
}

/* A broker that answered says why. Else Paho knows little, and whoever looks takes
 * time that Paho's thread does not have. */
static void
on_not_connected(void *context, MQTTAsync_failureData5 *data)
{
	struct mqtt *mqtt = context;
	int reason = data->reasonCode > 0 ? (int)data->reasonCode : data->code;

	mqtt->paho_code = data->code;
	if (reason > 0) {
		tell_not_connected(mqtt, reason, entry_reason_str(reason));
		return;
	}
	if (!mqtt->options.asks_no_why)
		mqtt->has_inquirer =
		    pthread_create(&mqtt->inquirer, NULL, inquire, mqtt) == 0;
	if (!mqtt->has_inquirer)
		tell_not_connected(mqtt, data->code,
		    data->message != NULL ? data->message
		                          : "it cannot be reached");
}

static void
on_lost(void *context, char *cause)
{
	tell_lost(context, 0, cause != NULL ? cause : "connection lost");
}

static void
on_disconnected(void *context, MQTTProperties *properties,
    enum MQTTReasonCodes reason)
{
	(void)properties;
	tell_lost(context, (int)reason, mqtt_reason_str((int)reason));
}

static void
on_left(void *context, MQTTAsync_successData5 *data)
{
	struct mqtt *mqtt = context;

	(void)data;
	(void)sem_post(&mqtt->left);
}

static void
on_not_left(void *context, MQTTAsync_failureData5 *data)
{
	struct mqtt *mqtt = context;

	(void)data;
	(void)sem_post(&mqtt->left);
}

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
	tell(mqtt, &news);
}

/* Paho acknowledges a message when it has it back, unless that is ours to do. */
static void
make_durable(struct mqtt *mqtt)
{
	if (paho_holds() || mqtt->options.commit == NULL)
		return;
	paho_commit();
	/* The first one is how it shows. */
	if (++mqtt->unheld == 2 && paho_is_hooked())
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
		make_durable(mqtt);
	}
	if (qos == 0)
		paho_settle();
}

static void
commit(void *context)
{
	struct mqtt *mqtt = context;

	mqtt->options.commit(mqtt->options.context);
}

/* Always 1: with 0 Paho would acknowledge all the same, and lose the order. */
static int
on_message(void *context, char *topic, int topic_len,
    MQTTAsync_message *message)
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

/* What is hooked into Paho counts on how it is inside; any other gets each
 * message by itself. */
static bool
is_known_paho(void)
{
	const MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo();

	for (; info->name != NULL; info++) {
		if (strcmp(info->name, "Version") == 0)
			return strcmp(info->value, PAHO_VERSION) == 0;
	}
	return false;
}

enum status
mqtt_create(const struct mqtt_options *options, struct mqtt **mqtt,
    struct fault *fault)
{
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
	struct mqtt *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;
	int code;

	if (fresh == NULL || mailbox_create(&fresh->mailbox) != STATUS_OK)
		goto fail;
	fresh->options = *options;
	fresh->keep_alive_s = KEEP_ALIVE_S;
	fresh->takes_packets = paho_is_hooked() && is_known_paho();
	if (options->commit != NULL)
		paho_set_commit(commit, fresh, fresh->takes_packets);
	(void)sem_init(&fresh->left, 0, 0);
	/* It counts what waits to be sent even while connected, and refuses the
	 * rest. What we send at a time is bounded by what we decide at a time. */
	create.maxBufferedMessages = INT_MAX;
	code = MQTTAsync_createWithOptions(&fresh->client, options->url,
	    options->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
	if (code != MQTTASYNC_SUCCESS) {
		fault_set(fault, "%s: %s", options->url,
		    MQTTAsync_strerror(code));
		status = STATUS_BAD_INPUT;
		goto fail;
	}
	(void)MQTTAsync_setCallbacks(fresh->client, fresh, on_lost, on_message,
	    NULL);
	(void)MQTTAsync_setDisconnected(fresh->client, fresh, on_disconnected);
	*mqtt = fresh;
	return STATUS_OK;
fail:
	if (fresh != NULL)
		mailbox_destroy(fresh->mailbox);
	free(fresh);
	return status;
}

static const char *
or_null(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

enum status
mqtt_connect(struct mqtt *mqtt)
{
	const struct mqtt_options *options = &mqtt->options;
	MQTTAsync_connectOptions connect = strncmp(options->url, "ws", 2) == 0
	    ? (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer5_ws
	    : (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer5;
	MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty session = {
		.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
		.value.integer4 = options->is_persistent ? SESSION_FOR_EVER : 0,
	};
	int code;

	end_inquiry(mqtt);
	ssl.trustStore = or_null(options->ca_file);
	ssl.keyStore = or_null(options->cert_file);
	ssl.privateKey = or_null(options->key_file);
	ssl.enableServerCertAuth = options->trusts_anybody ? 0 : 1;
	ssl.verify = options->trusts_anybody ? 0 : 1; /* the host name too */
	will.topicName = options->will_topic;
	will.message = "offline";
	will.retained = 1;
	will.qos = 1;
	(void)MQTTProperties_add(&properties, &session);

	connect.cleanstart = options->is_persistent ? 0 : 1;
	connect.keepAliveInterval = mqtt->keep_alive_s;
	connect.connectTimeout = CONNECT_TIMEOUT_S;
	connect.username = or_null(options->username);
	connect.password = or_null(options->password);
	connect.ssl = &ssl;
	connect.will = or_null(options->will_topic) != NULL ? &will : NULL;
	connect.connectProperties = &properties;
	connect.onSuccess5 = on_connected;
	connect.onFailure5 = on_not_connected;
	connect.context = mqtt;
	code = MQTTAsync_connect(mqtt->client, &connect);
	MQTTProperties_free(&properties);
	return code == MQTTASYNC_SUCCESS ? STATUS_OK : STATUS_IO;
}

static void
disconnect(struct mqtt *mqtt, enum MQTTReasonCodes reason)
{
	MQTTAsync_disconnectOptions leave =
	    MQTTAsync_disconnectOptions_initializer5;

	set_connected(mqtt, false);
	leave.reasonCode = reason;
	leave.timeout = LEAVE_TIMEOUT_MS;
	leave.onSuccess5 = on_left;
	leave.onFailure5 = on_not_left;
	leave.context = mqtt;
	if (MQTTAsync_disconnect(mqtt->client, &leave) == MQTTASYNC_SUCCESS) {
		struct timespec until;

		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 2 * LEAVE_TIMEOUT_MS / 1000;
		/* No callback comes any more: what it left open ends here. */
		if (sem_timedwait(&mqtt->left, &until) == 0)
			paho_forget();
	}
}

void
mqtt_disconnect(struct mqtt *mqtt)
{
	disconnect(mqtt, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE);
}

void
mqtt_destroy(struct mqtt *mqtt)
{
	if (mqtt == NULL)
		return;
	if (MQTTAsync_isConnected(mqtt->client))
		disconnect(mqtt, MQTTREASONCODE_NORMAL_DISCONNECTION);
	MQTTAsync_destroy(&mqtt->client);
	end_inquiry(mqtt);
	paho_set_commit(NULL, NULL, false);
	mailbox_destroy(mqtt->mailbox);
	(void)sem_destroy(&mqtt->left);
	free(mqtt);
}

bool
mqtt_is_connected(struct mqtt *mqtt)
{
	return atomic_load(&mqtt->is_connected);
}

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
	tell(subscription->mqtt,
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
		tell(subscription->mqtt,
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

bool
mqtt_fits(const struct mqtt *mqtt, size_t size)
{
	int64_t most = atomic_load(&mqtt->packet_max);

	return most == 0 || (int64_t)size + PACKET_OVERHEAD <= most;
}

const char *
mqtt_objection(const struct mqtt_limits *limits)
{
	if (limits->qos_max == 0)
		return "this broker takes QoS 0 alone, and loses events: nudge "
		       "needs QoS 1";
	if (!limits->has_retain)
		return "this broker keeps nothing that is retained: nudge "
		       "needs that for preferences and devices";
	return NULL;
}

static void
tell_settled(const struct receipt_request *request, int reason)
{
	tell(request->mqtt,
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

const char *
mqtt_shortcoming(const struct mqtt *mqtt)
{
	if (!paho_is_hooked())
		return "this Paho is none that nudge was tried with: it is "
		       "used as it is, which is safe and slower";
	if (!mqtt->takes_packets)
		return "this Paho is another than we know: each message is "
		       "written by itself";
	return NULL;
}

bool
mqtt_takes_packets(const struct mqtt *mqtt)
{
	return mqtt->takes_packets && paho_publishes();
}

bool
mqtt_next(struct mqtt *mqtt, struct mqtt_news *news)
{
	struct letter *letter = mailbox_take(mqtt->mailbox);

	if (letter == NULL)
		return false;
	news_open(letter, news);
	return true;
}

void
mqtt_news_finish(struct mqtt_news *news)
{
	free(news->letter);
	memset(news, 0, sizeof(*news));
}

void
mqtt_wait(struct mqtt *mqtt, int timeout_ms)
{
	mailbox_wait(mqtt->mailbox, timeout_ms);
}

bool
mqtt_skipped(struct mqtt *mqtt)
{
	return mailbox_skipped(mqtt->mailbox);
}

bool
mqtt_crowded(struct mqtt *mqtt)
{
	return mailbox_crowded(mqtt->mailbox);
}

bool
mqtt_overflowed(struct mqtt *mqtt)
{
	return mailbox_overflowed(mqtt->mailbox);
}
