#include "io/http.h"
#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
