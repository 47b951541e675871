/* receive.c - Paho alone: receives what the bridge receives, and discards it.
 *
 * Usage:   receive URL COUNT
 * Source:  src/io/mqtt.c, whose options it repeats; linked with src/io/paho.c,
 *          so that Paho does the same with the system.
 * Says "ready" when subscribed, and "reached ..." after each COUNT messages,
 * with their latencies if they hold "@NANOSECONDS;" (CLOCK_MONOTONIC).
 */
#include "io/paho.h"

#include <MQTTAsync.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LATENCIES_MAX 200000

struct receiver {
	MQTTAsync client;
	int64_t count;
	int64_t received;
	int64_t first_ns;
	size_t latency_count;
	int64_t latencies_ns[LATENCIES_MAX];
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void
report(struct receiver *receiver, int64_t last_ns)
{
	size_t last =
	    receiver->latency_count > 0 ? receiver->latency_count - 1 : 0;

	qsort(receiver->latencies_ns, receiver->latency_count,
	    sizeof(receiver->latencies_ns[0]), compare);
	(void)printf("reached accepted=%" PRId64 " first_ns=%" PRId64
	             " last_ns=%" PRId64 " p50_ns=%" PRId64 " p99_ns=%" PRId64
	             " max_ns=%" PRId64 "\n",
	    receiver->received, receiver->first_ns, last_ns,
	    receiver->latencies_ns[last / 2],
	    receiver->latencies_ns[last * 99 / 100],
	    receiver->latencies_ns[last]);
	receiver->received = 0;
	receiver->latency_count = 0;
}

static int
on_message(void *context, char *topic, int topic_len,
    MQTTAsync_message *message)
{
	struct receiver *receiver = context;
	int64_t at_ns = now_ns();
	const char *mark =
	    memchr(message->payload, '@', (size_t)message->payloadlen);
	/* The mark is closed by ';', so that the number ends in the payload. */
	int64_t sent_ns = mark != NULL ? strtoll(mark + 1, NULL, 10) : 0;

	(void)topic_len;
	if (receiver->received++ == 0)
		receiver->first_ns = at_ns;
	if (sent_ns > 0 && receiver->latency_count < LATENCIES_MAX)
		receiver->latencies_ns[receiver->latency_count++] =
		    at_ns - sent_ns;
	if (receiver->received == receiver->count)
		report(receiver, at_ns);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static void
on_subscribed(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	(void)data;
	(void)puts("ready");
}

static void
on_failure(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	(void)fprintf(stderr, "receive: no connection (%d)\n", data->code);
	exit(1);
}

static void
on_connected(void *context, MQTTAsync_successData5 *data)
{
	MQTTAsync_responseOptions response =
	    MQTTAsync_responseOptions_initializer;
	struct receiver *receiver = context;

	(void)data;
	paho_set_connected(true);
	response.onSuccess5 = on_subscribed;
	response.onFailure5 = on_failure;
	response.context = receiver;
	if (MQTTAsync_subscribe(receiver->client, "nudge/+/event", 1,
	        &response) != MQTTASYNC_SUCCESS)
		exit(1);
}

int
main(int argc, char **argv)
{
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
	MQTTAsync_connectOptions connect =
	    MQTTAsync_connectOptions_initializer5;
	static struct receiver receiver;

	if (argc != 3) {
		(void)fputs("usage: receive URL COUNT\n", stderr);
		return 64;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	receiver.count = atoll(argv[2]);
	if (MQTTAsync_createWithOptions(&receiver.client, argv[1],
	        "bench-receive", MQTTCLIENT_PERSISTENCE_NONE, NULL,
	        &create) != MQTTASYNC_SUCCESS)
		return 1;
	(void)MQTTAsync_setCallbacks(receiver.client, &receiver, NULL,
	    on_message, NULL);
	connect.cleanstart = 1;
	connect.keepAliveInterval = 20;
	connect.onSuccess5 = on_connected;
	connect.onFailure5 = on_failure;
	connect.context = &receiver;
	if (MQTTAsync_connect(receiver.client, &connect) != MQTTASYNC_SUCCESS)
		return 1;
	/* Until whoever started us is gone. */
	while (getchar() != EOF)
		;
	return 0;
}
