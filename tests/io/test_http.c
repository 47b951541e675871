#include "io/http.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Names are looked up here, and clocks read: what ends in .silent is answered when a
 * test says so, and time passes as fast as it wants. */
static atomic_bool is_silent;
static atomic_int looking_up;
static atomic_int later_s;

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	const char *end = name != NULL ? strrchr(name, '.') : NULL;

	if (end == NULL || strcmp(end, ".silent") != 0) {
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
		return real(name, service, hints, found);
	}
	looking_up++;
	while (is_silent)
		(void)usleep(5000);
	looking_up--;
	return EAI_AGAIN;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	/* Which of them libcurl asks depends on its version. */
	if (clock != CLOCK_REALTIME)
		now->tv_sec += later_s;
	return result;
}

/* A proxy on this machine: what it was asked for, "" = nobody came. */
struct proxy {
	int listener;
	int guest;
	char heard[256];
};

/* Hear whoever came by now, and hang up. */
static void
serve(struct proxy *proxy)
{
	ssize_t len;

	if (proxy->guest < 0)
		proxy->guest = accept(proxy->listener, NULL, NULL);
	if (proxy->guest < 0)
		return;
	len = recv(proxy->guest, proxy->heard, sizeof(proxy->heard) - 1,
	    MSG_DONTWAIT);
	if (len <= 0)
		return;
	proxy->heard[len] = '\0';
	(void)close(proxy->guest);
	proxy->guest = -1;
}

static struct proxy
open_proxy(void)
{
	struct proxy proxy = { .guest = -1 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	char url[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	proxy.listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(proxy.listener >= 0);
	assert_int_equal(bind(proxy.listener, (const struct sockaddr *)&address,
	                     len),
	    0);
	assert_int_equal(listen(proxy.listener, 8), 0);
	assert_int_equal(getsockname(proxy.listener,
	                     (struct sockaddr *)&address, &len),
	    0);
	(void)fcntl(proxy.listener, F_SETFL, O_NONBLOCK);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d",
	    ntohs(address.sin_port));
	(void)setenv("https_proxy", url, 1);
	return proxy;
}

static void
close_proxy(struct proxy *proxy)
{
	(void)close(proxy->listener);
	(void)unsetenv("https_proxy");
}

/* One exchange, while a proxy serves; NULL = there is none. */
static struct response
ask_through(struct proxy *proxy, const char *url, bool is_public)
{
	struct http *http = NULL;
	struct request request;
	struct response response;
	void *tag;

	assert_int_equal(http_create(&http), STATUS_OK);
	request_init(&request, 1);
	request.is_public = is_public;
	buf_addf(&request.url, "%s", url);
	assert_int_equal(http_start(http, &request, &request), STATUS_OK);
	while (!http_next(http, &tag, &response)) {
		http_wait(http, -1, 10);
		if (proxy != NULL)
			serve(proxy);
	}
	assert_ptr_equal(tag, &request);
	request_finish(&request);
	http_destroy(http);
	return response;
}

/* With a port of this machine where nobody listens. */
static struct response
ask(bool is_public)
{
	return ask_through(NULL, "https://127.0.0.1:1/", is_public);
}

TEST(makes_no_connection_to_a_private_address_unless_it_may)
{
	struct response response = ask(true);

	assert_int_equal(response.status, 0);
	assert_true(response.is_private);
	http_response_finish(&response);

	response = ask(false);
	assert_int_equal(response.status, 0);
	assert_false(response.is_private);
	http_response_finish(&response);
}

TEST(asks_a_proxy_for_what_is_public_whatever_its_own_address_is)
{
	struct proxy proxy = open_proxy();
	struct response response =
	    ask_through(&proxy, "https://198.41.0.4/", true);

	assert_ptr_equal(strstr(proxy.heard, "CONNECT 198.41.0.4:443 "),
	    proxy.heard);
	assert_int_equal(response.status, 0);
	assert_false(response.is_private);
	http_response_finish(&response);
	close_proxy(&proxy);
}

TEST(asks_a_proxy_for_what_only_the_proxy_can_find)
{
	struct proxy proxy = open_proxy();
	struct response response =
	    ask_through(&proxy, "https://no_name/", true);

	assert_ptr_equal(strstr(proxy.heard, "CONNECT no_name:443 "),
	    proxy.heard);
	assert_false(response.is_private);
	http_response_finish(&response);
	close_proxy(&proxy);
}

TEST(asks_no_proxy_for_what_is_private_unless_it_may)
{
	struct proxy proxy = open_proxy();
	struct response response =
	    ask_through(&proxy, "https://localhost/", true);

	assert_true(response.is_private);
	assert_string_equal(proxy.heard, "");
	http_response_finish(&response);

	response = ask_through(&proxy, "https://localhost/", false);
	assert_false(response.is_private);
	assert_ptr_equal(strstr(proxy.heard, "CONNECT localhost:443 "),
	    proxy.heard);
	http_response_finish(&response);
	close_proxy(&proxy);
}

#define CROWD 90

/* A server that hears nothing: the system makes its connections. */
static int
open_silence(char url[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, len),
	    0);
	assert_int_equal(listen(listener, CROWD), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address,
	                     &len),
	    0);
	(void)snprintf(url, 64, "http://127.0.0.1:%d/",
	    ntohs(address.sin_port));
	return listener;
}

static int
count_free_descriptors(void)
{
	int fds[CROWD];
	int count = 0;

	while (count < CROWD && (fds[count] = open("/dev/null", O_RDONLY)) >= 0)
		count++;
	for (int i = 0; i < count; i++)
		(void)close(fds[i]);
	return count;
}

/* The broker's connection and the file need some at any time. */
TEST(leaves_descriptors_for_others_whoever_hangs)
{
	struct rlimit before;
	struct rlimit low;
	struct http *http = NULL;
	struct request request;
	char url[64];
	int listener = open_silence(url);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = CROWD;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(http_create(&http), STATUS_OK);
	request_init(&request, 1);
	request.is_http1 = request.allows_http = true;
	buf_addf(&request.url, "%s", url);
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(http_start(http, &request, &request),
		    STATUS_OK);
	for (int i = 0; i < 20; i++)
		http_wait(http, -1, 10);
	assert_true(count_free_descriptors() > CROWD / 2);
	request_finish(&request);
	http_destroy(http);
	(void)close(listener);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A server whose answer is followed by the same again and again, until it is hung
 * up on. */
struct stream {
	int listener;
	int guest;
	const char *head;
	const char *more;
	char url[64];
};

static void
open_stream(struct stream *stream, const char *head, const char *more)
{
	*stream = (struct stream){ .guest = -1, .head = head, .more = more };
	stream->listener = open_silence(stream->url);
	(void)fcntl(stream->listener, F_SETFL, O_NONBLOCK);
}

static void
flow(struct stream *stream)
{
	char block[4096];
	size_t len = 0;

	if (stream->guest < 0) {
		stream->guest = accept(stream->listener, NULL, NULL);
		if (stream->guest >= 0)
			(void)send(stream->guest, stream->head,
			    strlen(stream->head), MSG_NOSIGNAL);
	}
	if (stream->guest < 0)
		return;
	while (*stream->more != '\0' &&
	    len + strlen(stream->more) <= sizeof(block)) {
		memcpy(block + len, stream->more, strlen(stream->more));
		len += strlen(stream->more);
	}
	(void)send(stream->guest, block, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
close_stream(struct stream *stream)
{
	(void)close(stream->guest);
	(void)close(stream->listener);
}

/* What is answered within so many turns. */
static bool
hear(struct http *http, struct stream *stream, int turns,
    struct response *response)
{
	void *tag;

	for (int i = 0; i < turns; i++) {
		http_wait(http, -1, 1);
		flow(stream);
		if (http_next(http, &tag, response))
			return true;
	}
	return false;
}

static void
ask_stream(struct http *http, const struct stream *stream)
{
	struct request request;

	request_init(&request, 1);
	request.allows_http = true;
	buf_addf(&request.url, "%s", stream->url);
	assert_int_equal(http_start(http, &request, http), STATUS_OK);
	request_finish(&request);
}

static struct http *
start_stream(const struct stream *stream)
{
	struct http *http = NULL;

	assert_int_equal(http_create(&http), STATUS_OK);
	ask_stream(http, stream);
	return http;
}

#define CHUNKED "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

TEST(reads_so_much_of_an_answer_that_never_ends_and_takes_its_status)
{
	static const struct {
		const char *head;
		const char *more;
	} answers[] = {
		{ "HTTP/1.1 200 OK\r\n\r\n", "m" },
		{ CHUNKED, "1\r\nm\r\n" },
	};

	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct stream stream;
		struct response response;
		struct http *http;

		open_stream(&stream, answers[i].head, answers[i].more);
		http = start_stream(&stream);
		assert_true(hear(http, &stream, 1000, &response));
		assert_int_equal(response.status, 200);
		assert_int_equal(strlen(response.body), RESPONSE_BODY_MAX);
		http_response_finish(&response);
		http_destroy(http);
		close_stream(&stream);
	}
}

TEST(waits_some_seconds_for_the_body_of_an_answer_whatever_comes_instead)
{
	struct stream stream;
	struct response response;
	struct http *http;

	open_stream(&stream, CHUNKED "1;", "m");
	http = start_stream(&stream);
	assert_false(hear(http, &stream, 50, &response));
	later_s = 6;
	assert_true(hear(http, &stream, 50, &response));
	assert_int_equal(response.status, 0);
	http_response_finish(&response);
	http_destroy(http);
	close_stream(&stream);
}

/* "100 Continue" is no answer, and an answer has 20 seconds. */
TEST(waits_longer_for_the_answer_itself)
{
	struct stream stream;
	struct response response;
	struct http *http;

	open_stream(&stream, "HTTP/1.1 100 Continue\r\n\r\n", "");
	http = start_stream(&stream);
	assert_false(hear(http, &stream, 50, &response));
	later_s = 6;
	assert_false(hear(http, &stream, 50, &response));
	stream.more = "HTTP/1.1 204 No Content\r\n\r\n";
	assert_true(hear(http, &stream, 50, &response));
	assert_int_equal(response.status, 204);
	http_response_finish(&response);
	http_destroy(http);
	close_stream(&stream);
}

static void
start_lookup(struct http *http, int number, bool is_http1)
{
	struct request request;

	request_init(&request, 1);
	request.is_http1 = is_http1;
	buf_addf(&request.url, "https://h%d.silent/", number);
	assert_int_equal(http_start(http, &request, http), STATUS_OK);
	request_finish(&request);
}

static void
start_silent(struct http *http, int number)
{
	start_lookup(http, number, false);
}

/* Until so many names are looked up, or it took long. */
static void
wait_for_lookups(struct http *http, int count)
{
	int64_t until_ms = now_ms() + 5000;

	do {
		http_wait(http, -1, 10);
	} while (looking_up < count && now_ms() < until_ms);
	assert_int_equal(looking_up, count);
}

static int
count_answers(struct http *http)
{
	struct response response;
	int count = 0;
	void *tag;

	while (http_next(http, &tag, &response)) {
		assert_int_equal(response.status, 0);
		http_response_finish(&response);
		count++;
	}
	return count;
}

/* A lookup that is held up ends here, so that none outlives a test. */
static int
hold_up(void **state)
{
	(void)state;
	is_silent = true;
	return 0;
}

static void
answer_lookups(void)
{
	is_silent = false;
	while (looking_up > 0)
		(void)usleep(1000);
	(void)usleep(20000); /* until their threads are gone */
}

static int
let_go(void **state)
{
	(void)state;
	answer_lookups();
	later_s = 0;
	return 0;
}

/* What blocks is noticed, and ended. */
static void *
answer_in_a_second(void *context)
{
	atomic_bool *is_over = context;

	for (int i = 0; i < 100 && !*is_over; i++)
		(void)usleep(10000);
	if (!*is_over)
		is_silent = false;
	return NULL;
}

/* Begin something that must not wait for a lookup. */
static pthread_t
watch(atomic_bool *is_over)
{
	pthread_t watcher;

	*is_over = false;
	(void)pthread_create(&watcher, NULL, answer_in_a_second, is_over);
	return watcher;
}

static void
assert_waited_for_nothing(pthread_t watcher, atomic_bool *is_over)
{
	bool was_held_up = is_silent;

	*is_over = true;
	(void)pthread_join(watcher, NULL);
	assert_true(was_held_up);
}

TEST(waits_for_no_name_that_nobody_answers)
{
	struct http *http = NULL;
	atomic_bool is_over;
	pthread_t watcher;
	int answers = 0;

	assert_int_equal(http_create(&http), STATUS_OK);
	start_silent(http, 1);
	wait_for_lookups(http, 1);
	assert_int_equal(count_answers(http), 0);
	later_s = 11;
	watcher = watch(&is_over);
	for (int i = 0; i < 50 && answers == 0; i++) {
		http_wait(http, -1, 10);
		answers = count_answers(http);
	}
	assert_waited_for_nothing(watcher, &is_over);
	assert_int_equal(answers, 1);
	http_destroy(http);
}

TEST(ends_at_once_while_a_name_is_looked_up)
{
	struct http *http = NULL;
	atomic_bool is_over;
	pthread_t watcher;

	assert_int_equal(http_create(&http), STATUS_OK);
	start_silent(http, 1);
	start_silent(http, 2);
	wait_for_lookups(http, 2);
	watcher = watch(&is_over);
	http_destroy(http);
	assert_waited_for_nothing(watcher, &is_over);
}

TEST(has_sent_nothing_while_a_name_is_looked_up)
{
	struct http *http = NULL;
	struct stream stream;
	struct response response;

	open_stream(&stream, "HTTP/1.1 204 No Content\r\n\r\n", "");
	http = start_stream(&stream);
	http_wait(http, -1, 10);
	assert_true(http_has_sent(http));
	assert_true(hear(http, &stream, 50, &response));
	http_response_finish(&response);
	assert_false(http_has_sent(http));
	/* Over the same connection, where nothing more is answered. */
	ask_stream(http, &stream);
	assert_false(hear(http, &stream, 10, &response));
	assert_true(http_has_sent(http));
	http_destroy(http);
	close_stream(&stream);

	assert_int_equal(http_create(&http), STATUS_OK);
	start_silent(http, 1);
	start_silent(http, 1); /* which waits for the first one's connection */
	wait_for_lookups(http, 1);
	assert_false(http_has_sent(http));
	http_destroy(http);
}

/* How many may come on top of the threads there are. */
static int
room_for_threads(void)
{
	struct stat threads;

	assert_int_equal(stat("/proc/self/task", &threads), 0);
	return (int)(HTTP_THREADS_MAX + 2 - threads.st_nlink);
}

TEST(looks_up_no_more_than_some_names_at_a_time)
{
	struct http *http = NULL;
	int most = room_for_threads();
	int answers = 0;

	assert_int_equal(http_create(&http), STATUS_OK);
	for (int i = 0; i < most + 20; i++)
		start_silent(http, i);
	wait_for_lookups(http, most);
	answers = count_answers(http);
	assert_int_equal(answers, 20);
	/* Also those that nobody waits for any more. */
	later_s = 11;
	for (int i = 0; i < 50 && answers < most + 20; i++) {
		http_wait(http, -1, 10);
		answers += count_answers(http);
	}
	start_silent(http, 0);
	http_wait(http, -1, 10);
	http_wait(http, -1, 10);
	assert_int_equal(looking_up, most);
	assert_int_equal(count_answers(http), 1);
	answer_lookups();
	is_silent = true;
	start_silent(http, 0);
	wait_for_lookups(http, 1);
	http_destroy(http);
}

TEST(looks_up_names_of_others_whatever_one_host_has_to_wait_for)
{
	struct http *http = NULL;
	int most = room_for_threads();
	int half = most - (int)HTTP_THREADS_MAX / 2;

	assert_int_equal(http_create(&http), STATUS_OK);
	for (int i = 0; i < most + 20; i++)
		start_lookup(http, 0, true);
	/* Those that are too many wait for one more. */
	wait_for_lookups(http, half);
	assert_int_equal(count_answers(http), 0);
	wait_for_lookups(http, half + 1);
	start_lookup(http, 1, true);
	start_lookup(http, 2, false);
	wait_for_lookups(http, half + 2);
	assert_int_equal(count_answers(http), 0);
	wait_for_lookups(http, half + 3);
	assert_int_equal(count_answers(http), 0);
	http_destroy(http);
}

#define TIMED_TEST(name) cmocka_unit_test_teardown(name, let_go)
#define SILENT_TEST(name) cmocka_unit_test_setup_teardown(name, hold_up, let_go)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    makes_no_connection_to_a_private_address_unless_it_may),
		cmocka_unit_test(
		    asks_a_proxy_for_what_is_public_whatever_its_own_address_is),
		cmocka_unit_test(asks_a_proxy_for_what_only_the_proxy_can_find),
		cmocka_unit_test(
		    asks_no_proxy_for_what_is_private_unless_it_may),
		cmocka_unit_test(leaves_descriptors_for_others_whoever_hangs),
		cmocka_unit_test(
		    reads_so_much_of_an_answer_that_never_ends_and_takes_its_status),
		TIMED_TEST(
		    waits_some_seconds_for_the_body_of_an_answer_whatever_comes_instead),
		TIMED_TEST(waits_longer_for_the_answer_itself),
		SILENT_TEST(waits_for_no_name_that_nobody_answers),
		SILENT_TEST(ends_at_once_while_a_name_is_looked_up),
		SILENT_TEST(has_sent_nothing_while_a_name_is_looked_up),
		SILENT_TEST(looks_up_no_more_than_some_names_at_a_time),
		SILENT_TEST(
		    looks_up_names_of_others_whatever_one_host_has_to_wait_for),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
