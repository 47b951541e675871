/* sink.c - a push service that takes everything, fast enough not to be what is
 * measured: TLS, HTTP/2 as APNs speaks it, HTTP/1.1 for those who ask for no
 * more. One thread.
 *
 * Usage:   sink PORT CERTIFICATE KEY
 * Source:  nghttp2.org/documentation, SSL_read(3ssl).
 *
 * Commands on standard input, one a line; each is answered by one line:
 *   reset          forget what was counted              ok
 *   delay MS       answer so much later from now on     ok
 *   wait N         when N requests have been answered   reached ...
 *   stats          now                                  stats ...
 * The answers of the last two are "key=value" words; times are CLOCK_MONOTONIC
 * nanoseconds. A body that holds "@NANOSECONDS;" tells when it was published,
 * and counts towards the latencies.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4000 /* one for each request, for the less thrifty */
#define STREAMS_MAX 1000     /* at a time on one connection, as APNs allows */
#define BODY_MAX 8192        /* bytes kept of a request, more than APNs takes */
#define OUT_MAX 262144       /* bytes that wait for a slow reader */
#define LATENCIES_MAX 200000
#define LINE_MAX_LEN 256
#define DELAYED_MAX 4096

struct connection;

struct request {
	struct connection *connection;
	int32_t stream;
	int64_t due_ns;
	bool is_post;
	bool has_path;
	bool has_token;
	bool has_topic;
	char id[64]; /* apns-id */
	size_t len;
	char body[BODY_MAX];
};

struct connection {
	int fd;
	SSL *ssl;
	nghttp2_session *session; /* NULL = HTTP/1.1, or not agreed yet */
	bool is_open;
	size_t out_len;
	uint8_t out[OUT_MAX];
	struct request plain; /* HTTP/1.1: one at a time */
};

/* What was counted since the last reset. */
struct tally {
	int64_t accepted;
	int64_t refused;
	int64_t resets;      /* RST_STREAM frames from clients */
	int64_t connections; /* opened */
	int64_t first_ns;
	int64_t last_ns;
	size_t latency_count;
	int64_t latencies_ns[LATENCIES_MAX];
};

static struct tally tally;
static struct connection *connections[CONNECTIONS_MAX];
static struct request *delayed[DELAYED_MAX]; /* in the order they are due */
static size_t delayed_first, delayed_count;
static int64_t delay_ns;
static int64_t awaited;
static int epoll_fd;

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
	ERR_print_errors_fp(stderr);
	exit(1);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t
percentile(size_t per_mille)
{
	if (tally.latency_count == 0)
		return 0;
	return tally.latencies_ns[(tally.latency_count - 1) * per_mille / 1000];
}

static void
print_tally(const char *word)
{
	qsort(tally.latencies_ns, tally.latency_count,
	    sizeof(tally.latencies_ns[0]), compare);
	(void)printf("%s accepted=%" PRId64 " refused=%" PRId64
	             " resets=%" PRId64 " connections=%" PRId64
	             " first_ns=%" PRId64 " last_ns=%" PRId64 " p50_ns=%" PRId64
	             " p99_ns=%" PRId64 " max_ns=%" PRId64 " measured=%zu\n",
	    word, tally.accepted, tally.refused, tally.resets,
	    tally.connections, tally.first_ns, tally.last_ns, percentile(500),
	    percentile(990), percentile(1000), tally.latency_count);
}

static void
count_latency(const char *body, int64_t at_ns)
{
	const char *mark = strchr(body, '@');
	int64_t sent_ns = mark != NULL ? strtoll(mark + 1, NULL, 10) : 0;

	if (sent_ns > 0 && sent_ns <= at_ns &&
	    tally.latency_count < LATENCIES_MAX)
		tally.latencies_ns[tally.latency_count++] = at_ns - sent_ns;
}

static void
count_accepted(const struct request *request)
{
	int64_t at_ns = now_ns();

	if (tally.accepted++ == 0)
		tally.first_ns = at_ns;
	tally.last_ns = at_ns;
	count_latency(request->body, at_ns);
	if (tally.accepted == awaited) {
		awaited = 0;
		print_tally("reached");
	}
}

static void
free_connection(struct connection *connection)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (connections[i] == connection)
			connections[i] = NULL;
	}
	for (size_t i = 0; i < delayed_count; i++) {
		struct request **waiting =
		    &delayed[(delayed_first + i) % DELAYED_MAX];

		if (*waiting != NULL && (*waiting)->connection == connection) {
			free(*waiting);
			*waiting = NULL;
		}
	}
	nghttp2_session_del(connection->session);
	SSL_free(connection->ssl);
	(void)close(connection->fd);
	free(connection);
}

static void
watch(struct connection *connection, bool wants_room)
{
	struct epoll_event event = {
		.events = EPOLLIN | (wants_room ? (uint32_t)EPOLLOUT : 0),
		.data.ptr = connection,
	};

	(void)epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
}

/* Write what waits. Returns: false when the connection is lost. */
static bool
drain(struct connection *connection)
{
	while (connection->out_len > 0) {
		int wrote = SSL_write(connection->ssl, connection->out,
		    (int)connection->out_len);

		if (wrote <= 0) {
			watch(connection, true);
			return SSL_get_error(connection->ssl, wrote) ==
			    SSL_ERROR_WANT_WRITE;
		}
		connection->out_len -= (size_t)wrote;
		memmove(connection->out, connection->out + wrote,
		    connection->out_len);
	}
	return true;
}

/* Gather what the session has to say, and write it. */
static bool
flush(struct connection *connection)
{
	const uint8_t *bytes;
	ssize_t len = 0;

	while (connection->session != NULL &&
	    connection->out_len < OUT_MAX / 2 &&
	    (len = nghttp2_session_mem_send(connection->session, &bytes)) > 0) {
		if ((size_t)len > OUT_MAX - connection->out_len)
			return false;
		memcpy(connection->out + connection->out_len, bytes,
		    (size_t)len);
		connection->out_len += (size_t)len;
	}
	return len >= 0 && drain(connection);
}

static bool
is_proper(const struct request *request)
{
	return request->is_post && request->has_path && request->has_token &&
	    request->has_topic && request->len > 0;
}

static void
answer_h2(struct request *request)
{
	static uint8_t status[] = ":status";
	static uint8_t ok[] = "200";
	static uint8_t bad_request[] = "400";
	static uint8_t id[] = "apns-id";
	bool is_ok = is_proper(request);
	nghttp2_nv headers[] = {
		{ status, is_ok ? ok : bad_request, 7, 3,
		    NGHTTP2_NV_FLAG_NONE },
		{ id, (uint8_t *)request->id, 7, strlen(request->id),
		    NGHTTP2_NV_FLAG_NONE },
	};

	(void)nghttp2_submit_response(request->connection->session,
	    request->stream, headers, *request->id != '\0' ? 2 : 1, NULL);
	if (is_ok)
		count_accepted(request);
	else
		tally.refused++;
}

static void
answer_plain(struct request *request)
{
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	struct connection *connection = request->connection;

	if (connection->out_len + sizeof(answer) > OUT_MAX)
		return;
	memcpy(connection->out + connection->out_len, answer,
	    sizeof(answer) - 1);
	connection->out_len += sizeof(answer) - 1;
	count_accepted(request);
}

static void
answer(struct request *request)
{
	struct connection *connection = request->connection;

	if (connection->session == NULL) {
		answer_plain(request);
		return;
	}
	nghttp2_session_set_stream_user_data(connection->session,
	    request->stream, NULL);
	answer_h2(request);
	free(request);
}

/* A request is complete: answer it now or when its time has come. */
static void
take(struct request *request)
{
	request->body[request->len] = '\0';
	if (delay_ns == 0 || request->connection->session == NULL ||
	    delayed_count == DELAYED_MAX) {
		answer(request);
		return;
	}
	request->due_ns = now_ns() + delay_ns;
	delayed[(delayed_first + delayed_count) % DELAYED_MAX] = request;
	delayed_count++;
}

/* Answer what is due. Returns: milliseconds until the next one, -1 = none. */
static int
run_delayed(void)
{
	while (delayed_count > 0) {
		struct request *request = delayed[delayed_first];

		if (request != NULL) {
			struct connection *connection = request->connection;
			int64_t wait_ns = request->due_ns - now_ns();

			if (wait_ns > 0)
				return (int)(wait_ns / 1000000) + 1;
			answer(request);
			if (!flush(connection))
				free_connection(connection);
		}
		delayed_first = (delayed_first + 1) % DELAYED_MAX;
		delayed_count--;
	}
	return -1;
}

static int
on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct request *request;

	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	request->connection = context;
	request->stream = frame->hd.stream_id;
	return nghttp2_session_set_stream_user_data(session,
	    frame->hd.stream_id, request);
}

static bool
is_named(const uint8_t *name, size_t len, const char *expected)
{
	return len == strlen(expected) && memcmp(name, expected, len) == 0;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value,
    size_t value_len, uint8_t flags, void *context)
{
	struct request *request =
	    nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	const char *text = (const char *)value;

	(void)flags;
	(void)context;
	if (request == NULL)
		return 0;
	if (is_named(name, name_len, ":method"))
		request->is_post = is_named(value, value_len, "POST");
	else if (is_named(name, name_len, ":path"))
		request->has_path = strncmp(text, "/3/device/", 10) == 0 &&
		    value_len > 10 &&
		    strspn(text + 10, "0123456789abcdef") == value_len - 10;
	else if (is_named(name, name_len, "authorization"))
		request->has_token = strncmp(text, "bearer ", 7) == 0;
	else if (is_named(name, name_len, "apns-topic"))
		request->has_topic = value_len > 0;
	else if (is_named(name, name_len, "apns-id") &&
	    value_len < sizeof(request->id))
		memcpy(request->id, value, value_len + 1);
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
    const uint8_t *bytes, size_t len, void *context)
{
	struct request *request =
	    nghttp2_session_get_stream_user_data(session, stream);

	(void)flags;
	(void)context;
	if (request != NULL && len < BODY_MAX - request->len) {
		memcpy(request->body + request->len, bytes, len);
		request->len += len;
	}
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct request *request;

	(void)context;
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		tally.resets++;
	if ((frame->hd.type != NGHTTP2_HEADERS &&
	        frame->hd.type != NGHTTP2_DATA) ||
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	request =
	    nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (request != NULL)
		take(request);
	return 0;
}

/* A stream that ends before its answer. */
static int
on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *context)
{
	struct request *request =
	    nghttp2_session_get_stream_user_data(session, stream);

	(void)code;
	(void)context;
	for (size_t i = 0; request != NULL && i < delayed_count; i++) {
		struct request **waiting =
		    &delayed[(delayed_first + i) % DELAYED_MAX];

		if (*waiting == request)
			*waiting = NULL;
	}
	free(request);
	return 0;
}

static bool
begin_h2(struct connection *connection)
{
	nghttp2_settings_entry limits[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX },
	};
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	if (nghttp2_session_callbacks_new(&callbacks) != 0 ||
	    nghttp2_option_new(&option) != 0)
		die("nghttp2");
	/* libcurl 7.88 resets each stream once it has the answer. */
	nghttp2_option_set_stream_reset_rate_limit(option, 1000000, 1000000);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
	    on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
	    on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
	    on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
	    on_close);
	if (nghttp2_session_server_new2(&connection->session, callbacks,
	        connection, option) != 0)
		die("nghttp2");
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE,
	           limits, 1) == 0;
}

/* One request after the other, each with a Content-Length. */
static bool
receive_plain(struct connection *connection, const char *bytes, size_t len)
{
	struct request *request = &connection->plain;
	const char *end;
	const char *length;
	size_t whole;

	request->connection = connection;
	if (len >= BODY_MAX - request->len)
		return false;
	memcpy(request->body + request->len, bytes, len);
	request->len += len;
	request->body[request->len] = '\0';
	end = strstr(request->body, "\r\n\r\n");
	while (end != NULL) {
		length = strcasestr(request->body, "\r\ncontent-length:");
		whole = (size_t)(end - request->body) + 4;
		if (length != NULL && length < end)
			whole += strtoul(length + 17, NULL, 10);
		if (whole > request->len)
			return true;
		answer_plain(request);
		request->len -= whole;
		memmove(request->body, request->body + whole, request->len + 1);
		end = strstr(request->body, "\r\n\r\n");
	}
	return true;
}

static bool
agree(struct connection *connection)
{
	const unsigned char *protocol;
	unsigned len;
	int code = SSL_accept(connection->ssl);

	if (code != 1) {
		code = SSL_get_error(connection->ssl, code);
		return code == SSL_ERROR_WANT_READ ||
		    code == SSL_ERROR_WANT_WRITE;
	}
	connection->is_open = true;
	SSL_get0_alpn_selected(connection->ssl, &protocol, &len);
	return !is_named(protocol, len, "h2") || begin_h2(connection);
}

static bool
serve(struct connection *connection)
{
	char bytes[16384];
	int len;

	if (!connection->is_open && !agree(connection))
		return false;
	if (!connection->is_open)
		return true;
	if (connection->out_len > 0)
		watch(connection, false);
	while ((len = SSL_read(connection->ssl, bytes, sizeof(bytes))) > 0) {
		if (connection->session == NULL) {
			if (!receive_plain(connection, bytes, (size_t)len))
				return false;
		} else if (nghttp2_session_mem_recv(connection->session,
		               (const uint8_t *)bytes, (size_t)len) < 0) {
			return false;
		}
	}
	if (SSL_get_error(connection->ssl, len) != SSL_ERROR_WANT_READ)
		return false;
	return flush(connection);
}

static int
choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *context)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
	        in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
make_context(const char *certificate, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL ||
	    SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		die("certificate");
	SSL_CTX_set_alpn_select_cb(context, choose, NULL);
	(void)SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return context;
}

static void
welcome(int listener, SSL_CTX *context)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = { .events = EPOLLIN };
	size_t slot = 0;
	int on = 1;

	while (slot < CONNECTIONS_MAX && connections[slot] != NULL)
		slot++;
	if (connection == NULL)
		die("memory");
	connection->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (connection->fd < 0 || slot == CONNECTIONS_MAX) {
		if (connection->fd >= 0)
			(void)close(connection->fd);
		free(connection);
		return;
	}
	(void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on,
	    sizeof(on));
	connection->ssl = SSL_new(context);
	if (connection->ssl == NULL)
		die("TLS");
	(void)SSL_set_fd(connection->ssl, connection->fd);
	connections[slot] = connection;
	tally.connections++;
	event.data.ptr = connection;
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
}

static int
listen_on(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, CONNECTIONS_MAX) < 0)
		die(port);
	return fd;
}

/* Returns: false at the end of the input: whoever started us is gone. */
static bool
obey(void)
{
	char line[LINE_MAX_LEN];
	long long number = 0;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	if (strncmp(line, "reset", 5) == 0) {
		memset(&tally, 0, sizeof(tally));
		awaited = 0;
		(void)puts("ok");
	} else if (sscanf(line, "delay %lld", &number) == 1) {
		delay_ns = number * 1000000;
		(void)puts("ok");
	} else if (sscanf(line, "wait %lld", &number) == 1) {
		awaited = number;
		if (tally.accepted >= number) {
			awaited = 0;
			print_tally("reached");
		}
	} else if (strncmp(line, "stats", 5) == 0) {
		print_tally("stats");
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct rlimit files = { CONNECTIONS_MAX + 64, CONNECTIONS_MAX + 64 };
	struct epoll_event events[16];
	SSL_CTX *context;
	int listener;

	if (argc != 4) {
		(void)fputs("usage: sink PORT CERTIFICATE KEY\n", stderr);
		return 64;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	context = make_context(argv[2], argv[3]);
	listener = listen_on(argv[1]);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	events[0] =
	    (struct epoll_event){ .events = EPOLLIN, .data.ptr = &listener };
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &events[0]);
	events[0] =
	    (struct epoll_event){ .events = EPOLLIN, .data.ptr = stdin };
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &events[0]);
	(void)puts("ready");

	for (;;) {
		/* One at a time: serving one may free another's memory. */
		int count = epoll_wait(epoll_fd, events, 1, run_delayed());

		if (count != 1)
			continue;
		if (events[0].data.ptr == &listener)
			welcome(listener, context);
		else if (events[0].data.ptr != stdin) {
			if (!serve(events[0].data.ptr))
				free_connection(events[0].data.ptr);
		} else if (!obey())
			return 0;
	}
}
