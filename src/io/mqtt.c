#include "io/mqtt.h"

#include "io/autopsy.h"
#include "io/mqtt_inside.h"
#include "io/news.h"
#include "io/paho.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEP_ALIVE_S 20
#define CONNECT_TIMEOUT_S 10
#define LEAVE_TIMEOUT_MS 2000 /* for what was published to leave */
#define LOOK_EVERY_MS 2
#define OWN_PART 64 /* bytes, at either end */
#define SESSION_FOR_EVER 0xffffffffU

static void
wake(struct mqtt *mqtt)
{
	if (mqtt->options.wake != NULL)
		mqtt->options.wake(mqtt->options.context);
}

/* Its length and its ends are enough: to be taken for ours only costs a look. */
static uint64_t
number_of(const char *payload, size_t len)
{
	uint64_t hash = 14695981039346656037U ^ len;
	size_t part = len < OWN_PART ? len : OWN_PART;

	for (size_t i = 0; i < part; i++) {
		hash = (hash ^ (unsigned char)payload[i]) * 1099511628211U;
		hash = (hash ^ (unsigned char)payload[len - 1 - i]) *
		    1099511628211U;
	}
	return hash != 0 ? hash : 1;
}

void
mqtt_note_own(struct mqtt *mqtt, const char *payload, size_t len)
{
	uint64_t number = number_of(payload, len);

	if (mqtt != NULL)
		atomic_store(&mqtt->own[number % MQTT_OWN], number);
}

static bool
is_own(struct mqtt *mqtt, const struct mqtt_message *message)
{
	uint64_t number = number_of(message->payload, message->len);

	return atomic_load(&mqtt->own[number % MQTT_OWN]) == number;
}

static void
put(struct mqtt *mqtt, const struct mqtt_news *news)
{
	struct letter *letter = news_pack(news);

	if (letter->name != NULL && is_own(mqtt, &news->message))
		letter->name = NULL;
	mailbox_put(mqtt->mailbox, letter);
	wake(mqtt);
}

void
mqtt_tell(struct mqtt *mqtt, const struct mqtt_news *news)
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
	mqtt_tell(mqtt,
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
	mqtt_tell(mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_CONNECTED,
	        .limits = limits,
	        .is_too_slow = is_too_slow(mqtt, &data->properties),
	        .session_present = data->alt.connect.sessionPresent != 0,
	    });
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
		tell_not_connected(mqtt, reason, mqtt_entry_reason_str(reason));
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

static void
commit(void *context)
{
	struct mqtt *mqtt = context;

	mqtt->options.commit(mqtt->options.context);
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
	(void)MQTTAsync_setCallbacks(fresh->client, fresh, on_lost, mqtt_take,
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

/* Whether Paho has left. */
static bool
wait_to_leave(struct mqtt *mqtt, int timeout_ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	return sem_clockwait(&mqtt->left, CLOCK_MONOTONIC, &until) == 0;
}

/* In:  timeout_ms  for what is not acknowledged yet */
static void
disconnect(struct mqtt *mqtt, enum MQTTReasonCodes reason, int timeout_ms)
{
	MQTTAsync_disconnectOptions leave =
	    MQTTAsync_disconnectOptions_initializer5;

	set_connected(mqtt, false);
	leave.reasonCode = reason;
	leave.timeout = timeout_ms;
	leave.onSuccess5 = on_left;
	leave.onFailure5 = on_not_left;
	leave.context = mqtt;
	/* An earlier one may have ended after nobody waited for it any more. */
	while (sem_trywait(&mqtt->left) == 0)
		continue;
	/* No callback comes any more: what it left open ends here. */
	if (MQTTAsync_disconnect(mqtt->client, &leave) == MQTTASYNC_SUCCESS &&
	    wait_to_leave(mqtt, timeout_ms + LEAVE_TIMEOUT_MS))
		paho_forget();
}

void
mqtt_disconnect(struct mqtt *mqtt)
{
	disconnect(mqtt, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE,
	    LEAVE_TIMEOUT_MS);
}

/* Until the broker has all that was published. Paho, told to leave before, looks
 * for that once a second.
 * Returns: false if it takes too long. */
static bool
wait_for_acknowledgements(struct mqtt *mqtt)
{
	struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };

	for (int waited_ms = 0; waited_ms < LEAVE_TIMEOUT_MS;
	     waited_ms += LOOK_EVERY_MS) {
		MQTTAsync_token *tokens = NULL;

		if (MQTTAsync_getPendingTokens(mqtt->client, &tokens) !=
		    MQTTASYNC_SUCCESS)
			return false;
		if (tokens == NULL)
			return true;
		MQTTAsync_free(tokens);
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

/* What the broker does not have by now it never gets, and our last word may be
 * among it: then the will says that. To be told to leave waits behind what waits
 * to be sent, so Paho may leave only when it is destroyed. */
static void
leave(struct mqtt *mqtt)
{
	enum MQTTReasonCodes reason = MQTTREASONCODE_NORMAL_DISCONNECTION;

	if (!wait_for_acknowledgements(mqtt)) {
		reason = MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE;
		paho_set_farewell((int)reason);
	}
	disconnect(mqtt, reason, 0);
}

void
mqtt_destroy(struct mqtt *mqtt)
{
	if (mqtt == NULL)
		return;
	if (MQTTAsync_isConnected(mqtt->client))
		leave(mqtt);
	MQTTAsync_destroy(&mqtt->client);
	paho_set_farewell(MQTTREASONCODE_NORMAL_DISCONNECTION);
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
