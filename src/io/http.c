#include "io/http.h"

#include "base/attr.h"
#include "io/clock.h"
#include "io/cork.h"
#include "io/descriptors.h"
#include "io/network.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 9000L /* and a part of: */
#define CONNECT_SPREAD_MS 1000.0
#define TOTAL_TIMEOUT_MS 20000L
#define TASK_LINKS 2U                /* of a folder that has no threads in it */
#define HEADERS_MAX 65536U           /* bytes of an answer's headers */
#define BODY_MAX 65536U              /* bytes that are read of its body */
#define BODY_WITHIN_MS 5000          /* its body comes, once they are there */
#define UNANSWERED_TIMEOUT_MS 12000U /* TCP gives a silent peer up */
#define RETRY_AFTER_MAX_S 86400
#define SCOUT_PORT 9L       /* discard: no service is there */
#define CONNECTIONS_MAX 64L /* kept open */
/* Of all descriptors, in 64ths. A connection takes up to four while it looks for
 * its host: two of libcurl's, two of the resolver's. The rest is for others. */
#define CROWD_PART 12
#define MULTI_PART 3
#define EVENTS_MAX 16       /* looked at in one go */
#define IDLE_HANDLES_MAX 64 /* kept for the next exchange */

struct http;

struct exchange {
	CURL *easy;
	struct http *http;
	CURLM *multi;            /* that it is under way in */
	struct exchange *next;   /* among the idle ones, or those under way */
	struct exchange *before; /* among those under way */
	struct curl_slist *headers;
	struct buf body;     /* of the request: libcurl reads it as it sends */
	struct buf received; /* of the answer */
	size_t header_len;   /* of its headers, so far */
	size_t body_len;     /* of its body, so far */
	int64_t started_ms;  /* monotonic */
	void *tag;
	bool needs_words;
	/* What its host led to: a connection was refused, or made. */
	bool met_private;
	bool met_public;
	bool is_scout;   /* it only looks where the host leads */
	bool is_on_way;  /* it has a connection, or begins one */
	bool must_leave; /* the crowd: that looks up too many names */
};

/* libcurl counts connections per host for all hosts alike, so there are two of
 * it: one where a host gets a single connection, and a crowd for HTTP/1.1, where
 * each exchange needs its own. The wait is for the first and for what the second
 * waits for. */
struct http {
	CURLM *multi;
	CURLM *crowd;
	int crowd_fds;        /* epoll(7) of the crowd's sockets */
	int64_t crowd_due_ms; /* monotonic: it wants to be called */
	struct exchange *under_way;
	struct exchange *idle;
	size_t idle_count;
	struct cork cork; /* the first connections of multi */
	int started;      /* exchanges of multi since it moved last */
};

const char *
http_error_str(int error)
{
	/* What receive() breaks off is no error. */
	if (error == CURLE_WRITE_ERROR)
		return "its answer has too many headers";
	return curl_easy_strerror((CURLcode)error);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *closure, void *known)
{
	struct http *http = closure;
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	if ((what & CURL_POLL_IN) != 0 && what != CURL_POLL_REMOVE)
		event.events |= EPOLLIN;
	if ((what & CURL_POLL_OUT) != 0 && what != CURL_POLL_REMOVE)
		event.events |= EPOLLOUT;
	if (what == CURL_POLL_REMOVE)
		(void)epoll_ctl(http->crowd_fds, EPOLL_CTL_DEL, fd, &event);
	else if (known != NULL)
		(void)epoll_ctl(http->crowd_fds, EPOLL_CTL_MOD, fd, &event);
	else
		(void)epoll_ctl(http->crowd_fds, EPOLL_CTL_ADD, fd, &event);
	/* Known from now on. */
	(void)curl_multi_assign(http->crowd, fd,
	    what == CURL_POLL_REMOVE ? NULL : http);
	return 0;
}

static int
set_timer(CURLM *multi, long wait_ms, void *closure)
{
	struct http *http = closure;

	(void)multi;
	http->crowd_due_ms =
	    wait_ms < 0 ? INT64_MAX : clock_monotonic_ms() + wait_ms;
	return 0;
}

static long
connections(int part)
{
	return (long)descriptors_limit() * part / 64 + 1;
}

int32_t
http_crowd_max(void)
{
	return (int32_t)connections(CROWD_PART);
}

/* Since 8.20 it is the multi that has the threads, and queues names for them. */
static void
set_up_lookups(CURLM *multi)
{
#if CURL_AT_LEAST_VERSION(8, 20, 0)
	(void)curl_multi_setopt(multi, CURLMOPT_QUICK_EXIT, 1L);
	(void)curl_multi_setopt(multi, CURLMOPT_RESOLVE_THREADS_MAX,
	    (long)HTTP_THREADS_MAX);
#else
	(void)multi;
#endif
}

static void
set_up_crowd(struct http *http)
{
	set_up_lookups(http->crowd);
	http->crowd_due_ms = INT64_MAX;
	(void)curl_multi_setopt(http->crowd, CURLMOPT_SOCKETFUNCTION,
	    watch_socket);
	(void)curl_multi_setopt(http->crowd, CURLMOPT_SOCKETDATA, http);
	(void)curl_multi_setopt(http->crowd, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(http->crowd, CURLMOPT_TIMERDATA, http);
	(void)curl_multi_setopt(http->crowd, CURLMOPT_MAXCONNECTS,
	    CONNECTIONS_MAX);
	(void)curl_multi_setopt(http->crowd, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    connections(CROWD_PART));
}

static void
set_up_multi(struct http *http)
{
	set_up_lookups(http->multi);
	/* A cold start with many jobs must not become many connections: the
	 * services take that for an attack. */
	(void)curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
	(void)curl_multi_setopt(http->multi, CURLMOPT_PIPELINING,
	    CURLPIPE_MULTIPLEX);
	(void)curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
	    CONNECTIONS_MAX);
	(void)curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    connections(MULTI_PART));
}

enum status
http_create(struct http **http)
{
	struct http *fresh;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return STATUS_NO_MEMORY;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->multi = curl_multi_init();
	fresh->crowd = curl_multi_init();
	fresh->crowd_fds = epoll_create1(EPOLL_CLOEXEC);
	if (fresh->multi == NULL || fresh->crowd == NULL ||
	    fresh->crowd_fds < 0) {
		http_destroy(fresh);
		return STATUS_NO_MEMORY;
	}
	set_up_multi(fresh);
	set_up_crowd(fresh);
	*http = fresh;
	return STATUS_OK;
}

static void
free_exchange(struct exchange *exchange)
{
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	buf_finish(&exchange->body);
	buf_finish(&exchange->received);
	free(exchange);
}

static void
add_under_way(struct http *http, struct exchange *exchange)
{
	exchange->before = NULL;
	exchange->next = http->under_way;
	if (exchange->next != NULL)
		exchange->next->before = exchange;
	http->under_way = exchange;
}

static void
remove_under_way(struct http *http, const struct exchange *exchange)
{
	if (exchange->next != NULL)
		exchange->next->before = exchange->before;
	if (exchange->before != NULL)
		exchange->before->next = exchange->next;
	else
		http->under_way = exchange->next;
}

void
http_destroy(struct http *http)
{
	if (http == NULL)
		return;
	while (http->under_way != NULL) {
		struct exchange *exchange = http->under_way;

		remove_under_way(http, exchange);
		(void)curl_multi_remove_handle(exchange->multi, exchange->easy);
		free_exchange(exchange);
	}
	while (http->idle != NULL) {
		struct exchange *exchange = http->idle;

		http->idle = exchange->next;
		free_exchange(exchange);
	}
	(void)curl_multi_cleanup(http->multi);
	(void)curl_multi_cleanup(http->crowd);
	if (http->crowd_fds >= 0)
		(void)close(http->crowd_fds);
	free(http);
	curl_global_cleanup();
}

/* The rest of a long answer is let go: it was cut, not the connection. One that is
 * longer than any service's is read no further, or it might never end. */
static size_t
receive(char *bytes, size_t size, size_t count, void *closure)
{
	struct exchange *exchange = closure;
	struct buf *received = &exchange->received;
	size_t len = size * count;
	size_t room = received->max - received->len;

	buf_add(received, bytes, len < room ? len : room);
	exchange->body_len += len;
	return exchange->body_len <= BODY_MAX ? len : 0;
}

static int
prepare_socket(void *closure, curl_socket_t fd, curlsocktype purpose)
{
	struct exchange *exchange = closure;
	struct http *http = exchange->http;
	unsigned timeout_ms = UNANSWERED_TIMEOUT_MS;

	(void)purpose;
	exchange->is_on_way = true;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
	    sizeof(timeout_ms));
	if (exchange->multi == http->multi)
		cork_add(&http->cork, fd);
	return CURL_SOCKOPT_OK;
}

/* It may be a connection that was there. */
static int
note_connection(void *closure, char *peer, char *own, int peer_port,
    int own_port)
{
	struct exchange *exchange = closure;

	(void)peer;
	(void)own;
	(void)peer_port;
	(void)own_port;
	exchange->is_on_way = true;
	return CURL_PREREQFUNC_OK;
}

static int
close_socket(void *closure, curl_socket_t fd)
{
	struct http *http = closure;

	cork_remove(&http->cork, fd);
	return close(fd);
}

/* What a name led to counts, not the name: that may be anybody's. */
static curl_socket_t
open_public_socket(void *closure, curlsocktype purpose,
    struct curl_sockaddr *address)
{
	struct exchange *exchange = closure;

	(void)purpose;
	if (network_is_private(&address->addr)) {
		exchange->met_private = true;
		return CURL_SOCKET_BAD;
	}
	exchange->met_public = true;
	if (exchange->is_scout)
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

/* Each lookup has a thread, which stays until the name is answered or given up,
 * also where nobody waits for it any more. Those are bounded by a count of all the
 * threads there are: the process has few others. In the crowd each exchange looks
 * its host's name up, so that one host could have them all: half of them are for
 * the others, which look up one name for all exchanges with a host.
 * Returns: whether there are too many, which libcurl takes for a name that was not
 *          found. */
static int
refuse_lookup(void *state, void *reserved, void *context)
{
	struct exchange *exchange = context;
	bool is_in_crowd = exchange->multi == exchange->http->crowd;
	unsigned most = is_in_crowd ? HTTP_THREADS_MAX / 2 : HTTP_THREADS_MAX;
	struct stat threads;
	bool is_refused = stat("/proc/self/task", &threads) == 0 &&
	    threads.st_nlink - TASK_LINKS >= most;

	(void)state;
	(void)reserved;
	exchange->must_leave = is_refused && is_in_crowd;
	return is_refused;
}

/* libcurl would wait for the thread of a lookup that took too long, and everybody
 * with it, unless it may exit quickly: then the thread is let go, and cleans up
 * when it ends. 7.88 has a race there with a lookup that ends in the same
 * microsecond, so nobody may know when we stop waiting. */
static void
set_lookup(struct exchange *exchange)
{
	CURL *easy = exchange->easy;
	double spread_ms = clock_jitter() * CONNECT_SPREAD_MS;

	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    CONNECT_TIMEOUT_MS + (long)spread_ms);
	(void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION,
	    refuse_lookup);
	(void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, exchange);
#if CURL_AT_LEAST_VERSION(7, 87, 0)
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/* Behind a proxy the only address that is seen is the proxy's, which whoever set
 * it up vouches for. So somebody goes ahead and looks where the host leads, but
 * never connects: on another port, which takes no connection from anybody. */
static void
send_scout(struct exchange *exchange)
{
	exchange->is_scout = true;
	(void)curl_easy_setopt(exchange->easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(exchange->easy, CURLOPT_PORT, SCOUT_PORT);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_CONNECT_ONLY, 1L);
}

/* It came back. What it could not find out, only the proxy knows. */
static void
follow_scout(struct exchange *exchange)
{
	exchange->is_scout = false;
	(void)curl_easy_setopt(exchange->easy, CURLOPT_PROXY, NULL);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_PORT, 0L);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_CONNECT_ONLY, 0L);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_OPENSOCKETFUNCTION,
	    NULL);
}

/* What is no body to libcurl, as the extensions of its chunks, may come for ever,
 * and nobody is told. "100 Continue" is no answer. */
static void
hasten_body(struct exchange *exchange)
{
	long limit_ms = (long)(clock_monotonic_ms() - exchange->started_ms) +
	    BODY_WITHIN_MS;
	long status = 0;

	(void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE,
	    &status);
	if (status >= 200 && limit_ms < TOTAL_TIMEOUT_MS)
		(void)curl_easy_setopt(exchange->easy, CURLOPT_TIMEOUT_MS,
		    limit_ms);
}

/* libcurl keeps them all, however many come. Too many break the exchange off. An
 * empty line ends them. */
static size_t
count_header(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;

	if (*bytes == '\r')
		hasten_body(exchange);
	exchange->header_len += size * count;
	return exchange->header_len <= HEADERS_MAX ? size * count : 0;
}

static bool
is_refused(const struct exchange *exchange)
{
	return exchange->met_private && !exchange->met_public;
}

static struct exchange *
make_exchange(struct http *http)
{
	struct exchange *exchange = http->idle;

	if (exchange != NULL) {
		http->idle = exchange->next;
		http->idle_count--;
		curl_easy_reset(exchange->easy);
		return exchange;
	}
	exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL || (exchange->easy = curl_easy_init()) == NULL) {
		free(exchange);
		return NULL;
	}
	buf_init(&exchange->received, RESPONSE_BODY_MAX);
	return exchange;
}

/* "name: value\n" lines become libcurl's list. */
static enum status
set_headers(struct exchange *exchange, const struct buf *headers)
{
	char *copy = strdup(buf_text(headers));
	char *rest = copy;
	char *line;

	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		struct curl_slist *longer;

		if (*line == '\0')
			continue;
		longer = curl_slist_append(exchange->headers, line);
		if (longer == NULL)
			break;
		exchange->headers = longer;
	}
	if (copy != NULL)
		explicit_bzero(copy, headers->len);
	free(copy);
	return copy != NULL && rest == NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void
set_options(struct exchange *exchange, const struct request *request)
{
	CURL *easy = exchange->easy;

	(void)curl_easy_setopt(easy, CURLOPT_URL, buf_text(&request->url));
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)exchange->body.len);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
	    buf_text(&exchange->body));
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_2TLS);
	(void)curl_easy_setopt(easy, CURLOPT_PIPEWAIT,
	    request->is_http1 ? 0L : 1L);
	(void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT,
	    request->fresh_connection ? 1L : 0L);
	if (*request->ca_file != '\0')
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    request->allows_http ? "https,http" : "https");
	if (request->method != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
		    request->method);
	if (request->is_public) {
		(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
		    open_public_socket);
		(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
	}
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	set_lookup(exchange);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, prepare_socket);
	(void)curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, note_connection);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	(void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, exchange->http);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, count_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
}

static void
put_back(struct http *http, struct exchange *exchange)
{
	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
	buf_finish(&exchange->body);
	buf_clear(&exchange->received);
	if (http->idle_count >= IDLE_HANDLES_MAX) {
		free_exchange(exchange);
		return;
	}
	exchange->next = http->idle;
	http->idle = exchange;
	http->idle_count++;
}

enum status
http_start(struct http *http, const struct request *request, void *tag)
{
	struct exchange *exchange = make_exchange(http);

	if (exchange == NULL)
		return STATUS_NO_MEMORY;
	exchange->tag = tag;
	exchange->http = http;
	exchange->header_len = exchange->body_len = 0;
	exchange->started_ms = clock_monotonic_ms();
	exchange->met_private = exchange->met_public = false;
	exchange->is_scout = exchange->must_leave = false;
	exchange->is_on_way = false;
	exchange->multi = request->is_http1 ? http->crowd : http->multi;
	exchange->needs_words = request->needs_words;
	buf_init(&exchange->body, request->body.max);
	buf_add(&exchange->body, buf_text(&request->body), request->body.len);
	if (buf_status(&exchange->body) != STATUS_OK ||
	    set_headers(exchange, &request->headers) != STATUS_OK) {
		put_back(http, exchange);
		return STATUS_NO_MEMORY;
	}
	set_options(exchange, request);
	if (request->is_public && network_has_proxy(buf_text(&request->url)))
		send_scout(exchange);
	if (curl_multi_add_handle(exchange->multi, exchange->easy) !=
	    CURLM_OK) {
		put_back(http, exchange);
		return STATUS_NO_MEMORY;
	}
	add_under_way(http, exchange);
	http->started += exchange->multi == http->multi;
	return STATUS_OK;
}

static int32_t
retry_after_s(CURL *easy)
{
	curl_off_t wait_s = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s);
	if (wait_s < 0)
		return 0;
	return wait_s < RETRY_AFTER_MAX_S ? (int32_t)wait_s : RETRY_AFTER_MAX_S;
}

/* A refusal that names its form and then says nothing. Where GOAWAY ends the
 * connection, libcurl may take a lost body for an empty one. */
static bool
is_cut(const struct exchange *exchange, long status)
{
	curl_off_t len = -1;
	const char *type = NULL;

	(void)curl_easy_getinfo(exchange->easy,
	    CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &len);
	(void)curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type);
	return exchange->needs_words && status >= 400 && type != NULL &&
	    len < 0 && exchange->received.len == 0;
}

static void
read_answer(struct exchange *exchange, CURLcode code, struct response *response)
{
	long status = 0;
	long version = 0;

	(void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE,
	    &status);
	(void)curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_VERSION,
	    &version);
	/* That we read no further: its status is known, and what we keep. */
	if (code == CURLE_WRITE_ERROR && exchange->body_len > BODY_MAX)
		code = CURLE_OK;
	if (code == CURLE_OK && is_cut(exchange, status))
		code = CURLE_PARTIAL_FILE;
	*response = (struct response){
		.status = code == CURLE_OK ? (int)status : 0,
		.error = (int)code,
		.is_untrusted = code == CURLE_PEER_FAILED_VERIFICATION,
		.is_private = code != CURLE_OK && is_refused(exchange),
		.is_http2 = version == CURL_HTTP_VERSION_2_0,
		.retry_after_s = retry_after_s(exchange->easy),
		.now_s = clock_now_ms() / 1000,
		.body = strdup(buf_text(&exchange->received)),
	};
}

/* The next one that ended; NULL if none did. */
static struct exchange *
take_done(CURLM *multi, CURLcode *code)
{
	struct exchange *exchange = NULL;
	CURLMsg *message;
	int waiting = 0;

	do {
		message = curl_multi_info_read(multi, &waiting);
	} while (message != NULL && message->msg != CURLMSG_DONE);
	if (message == NULL)
		return NULL;
	/* The message dies with the handle's removal. */
	*code = message->data.result;
	(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
	    (char **)&exchange);
	(void)curl_multi_remove_handle(multi, exchange->easy);
	return exchange;
}

/* Whether an exchange goes on: outside the crowd, or now that its scout is back. */
static bool
goes_on(struct exchange *exchange)
{
	if (exchange->must_leave) {
		exchange->must_leave = false;
		exchange->multi = exchange->http->multi;
	} else if (exchange->is_scout && !is_refused(exchange)) {
		follow_scout(exchange);
	} else {
		return false;
	}
	return curl_multi_add_handle(exchange->multi, exchange->easy) ==
	    CURLM_OK;
}

bool
http_next(struct http *http, void **tag, struct response *response)
{
	struct exchange *exchange;
	CURLcode code;

	do {
		exchange = take_done(http->multi, &code);
		if (exchange == NULL)
			exchange = take_done(http->crowd, &code);
		if (exchange == NULL)
			return false;
	} while (goes_on(exchange));
	remove_under_way(http, exchange);
	read_answer(exchange, code, response);
	*tag = exchange->tag;
	put_back(http, exchange);
	return true;
}

void
http_response_finish(struct response *response)
{
	free(response->body);
	memset(response, 0, sizeof(*response));
}

bool
http_has_sent(const struct http *http)
{
	const struct exchange *exchange = http->under_way;

	while (exchange != NULL && !exchange->is_on_way)
		exchange = exchange->next;
	return exchange != NULL;
}

/* What came for the crowd, and what it wanted to be called for. */
static void
move_crowd(struct http *http)
{
	struct epoll_event events[EVENTS_MAX];
	int running = 0;
	int count;

	do {
		count = epoll_wait(http->crowd_fds, events, EVENTS_MAX, 0);
		for (int i = 0; i < count; i++)
			(void)curl_multi_socket_action(http->crowd,
			    events[i].data.fd,
			    ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN
			                                       : 0) |
			        ((events[i].events & EPOLLOUT) != 0
			                ? CURL_CSELECT_OUT
			                : 0),
			    &running);
	} while (count == EVENTS_MAX);
	if (clock_monotonic_ms() < http->crowd_due_ms)
		return;
	http->crowd_due_ms = INT64_MAX;
	(void)curl_multi_socket_action(http->crowd, CURL_SOCKET_TIMEOUT, 0,
	    &running);
}

static int
wait_for_crowd_ms(const struct http *http, int limit_ms)
{
	int64_t wait_ms;

	if (http->crowd_due_ms == INT64_MAX)
		return limit_ms;
	wait_ms = http->crowd_due_ms - clock_monotonic_ms();
	if (wait_ms < 0)
		return 0;
	return wait_ms < limit_ms ? (int)wait_ms : limit_ms;
}

void
http_wait(struct http *http, int fd, int timeout_ms)
{
	struct curl_waitfd extra[] = {
		{ .fd = http->crowd_fds, .events = CURL_WAIT_POLLIN },
		{ .fd = fd, .events = CURL_WAIT_POLLIN },
	};
	int running = 0;

	/* Nothing moves before the wait: an exchange that ended there would be
	 * noticed only after it. One that was just added ends the wait. */
	(void)curl_multi_poll(http->multi, extra, COUNT_OF(extra),
	    wait_for_crowd_ms(http, timeout_ms), NULL);
	cork_put(&http->cork, http->started);
	http->started = 0;
	(void)curl_multi_perform(http->multi, &running);
	cork_pull(&http->cork);
	move_crowd(http);
}

void
http_wake(struct http *http)
{
	(void)curl_multi_wakeup(http->multi);
}
