/* loop.c - the same pushes from a bare libcurl loop with the bridge's settings:
 * what is left of a push when there is no broker, no outbox and no decision.
 *
 * Usage:   loop URL CA_FILE COUNT RATE IN_FLIGHT    RATE 0 = at once
 * Source:  src/io/http.c, whose options it repeats.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define IN_FLIGHT_MAX 1024
#define BODY_MAX 1024

struct exchange {
	CURL *easy;
	bool is_busy;
	char body[BODY_MAX];
};

struct loop {
	CURLM *multi;
	struct curl_slist *headers;
	struct exchange exchanges[IN_FLIGHT_MAX];
	long in_flight_max;
	long started;
	long answered;
	long failed;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double
cpu_us(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static size_t
discard(char *bytes, size_t size, size_t count, void *closure)
{
	(void)bytes;
	(void)closure;
	return size * count;
}

static void
prepare(struct loop *loop, struct exchange *exchange, const char *url,
    const char *ca_file)
{
	CURL *easy = exchange->easy = curl_easy_init();

	if (easy == NULL)
		abort();
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, loop->headers);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_2TLS);
	(void)curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 20000L);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
}

static void
begin(struct loop *loop, const char *url, const char *ca_file)
{
	static const char *const headers[] = {
		"authorization: bearer eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQzEyM0RF"
		"RkcifQ.eyJpc3MiOiJERUYxMjNHSElKIiwiaWF0IjoxNzk1NDc4MTIxfQ.c2ln"
		"bmF0dXJlIG9mIHNpeHR5LWZvdXIgYnl0ZXMsIHRoZSBzaXplIG9mIGEgcmVhbC"
		"BvbmUgaGVyZQ",
		"content-type: application/json",
		"apns-push-type: alert",
		"apns-topic: dev.example.app",
		"apns-id: 6a5e8b3e-7c1f-5d2a-9b4e-1f2d3c4b5a69",
		"apns-collapse-id: bX7pTf0qJmZ3V1cR",
		"apns-expiration: 1795564521",
		"apns-priority: 10",
	};

	loop->multi = curl_multi_init();
	(void)curl_multi_setopt(loop->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		loop->headers = curl_slist_append(loop->headers, headers[i]);
	for (long i = 0; i < loop->in_flight_max; i++)
		prepare(loop, &loop->exchanges[i], url, ca_file);
}

static void
start(struct loop *loop, struct exchange *exchange)
{
	(void)snprintf(exchange->body, sizeof(exchange->body),
	    "{\"aps\":{\"alert\":{\"title\":\"Permission needed: Fix login\","
	    "\"subtitle\":\"webshop \xc2\xb7 workstation\",\"body\":\"rm -rf "
	    "build @%" PRId64 ";\"},\"sound\":\"default\",\"thread-id\":"
	    "\"bX7pTf0qJmZ3V1cR\",\"category\":\"NUDGE_PERMISSION\","
	    "\"interruption-level\":\"time-sensitive\"},\"kind\":"
	    "\"permission.asked\",\"event_id\":\"evt_%ld\",\"session_id\":"
	    "\"ses_1\",\"request_id\":\"per_1\",\"host\":\"workstation\","
	    "\"href\":\"/L2hvbWUvYS9zaG9w/session/ses_1\"}",
	    now_ns(), loop->started);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDSIZE,
	    (long)strlen(exchange->body));
	(void)curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDS,
	    exchange->body);
	(void)curl_multi_add_handle(loop->multi, exchange->easy);
	exchange->is_busy = true;
	loop->started++;
}

static void
reap(struct loop *loop)
{
	struct exchange *exchange;
	CURLMsg *message;
	int waiting;
	long status;

	while ((message = curl_multi_info_read(loop->multi, &waiting))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    (char **)&exchange);
		(void)curl_easy_getinfo(message->easy_handle,
		    CURLINFO_RESPONSE_CODE, &status);
		(void)curl_multi_remove_handle(loop->multi, exchange->easy);
		exchange->is_busy = false;
		loop->answered++;
		if (status != 200)
			loop->failed++;
	}
}

/* Fill the window with what is due. Returns: milliseconds until more is. */
static int
feed(struct loop *loop, long count, long rate, int64_t start_ns)
{
	int64_t due = count;

	if (rate > 0)
		due = (now_ns() - start_ns) * rate / 1000000000 + 1;
	for (long i = 0; i < loop->in_flight_max; i++) {
		if (loop->started >= count || loop->started >= due)
			break;
		if (!loop->exchanges[i].is_busy)
			start(loop, &loop->exchanges[i]);
	}
	if (rate == 0 || loop->started >= count)
		return 1000;
	return (int)((start_ns + loop->started * 1000000000 / rate - now_ns()) /
	           1000000) +
	    1;
}

int
main(int argc, char **argv)
{
	static struct loop loop;
	int64_t start_ns = now_ns();
	double start_us = cpu_us();
	int running;
	long count;
	long rate;

	if (argc != 6) {
		(void)fputs("usage: loop URL CA_FILE COUNT RATE IN_FLIGHT\n",
		    stderr);
		return 64;
	}
	count = atol(argv[3]);
	rate = atol(argv[4]);
	loop.in_flight_max = atol(argv[5]);
	if (loop.in_flight_max < 1 || loop.in_flight_max > IN_FLIGHT_MAX ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return 64;
	begin(&loop, argv[1], argv[2]);
	while (loop.answered < count) {
		int wait_ms = feed(&loop, count, rate, start_ns);

		(void)curl_multi_poll(loop.multi, NULL, 0, wait_ms, NULL);
		(void)curl_multi_perform(loop.multi, &running);
		reap(&loop);
	}
	(void)printf("done count=%ld failed=%ld wall_ns=%" PRId64
	             " cpu_ns=%.0f\n",
	    loop.answered, loop.failed, now_ns() - start_ns,
	    (cpu_us() - start_us) * 1e3);
	return loop.failed == 0 ? 0 : 1;
}
