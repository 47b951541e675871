#include "io/httpd.h"

#include "base/attr.h"
#include "core/visit.h"
#include "io/folder.h"
#include "io/listener.h"
#include "io/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FROM_ONE_ADDRESS 48 /* connections: behind a proxy all come from one */
#define CONNECTION_MEMORY 16384 /* bytes; more of a request is refused */
#define STACK_SIZE 131072       /* bytes of its thread */
#define BODY_MAX 65536          /* bytes of a request, which nobody reads */
#define TEXT_MAX 65536          /* bytes of what is not a file */
#define PATH_LONGEST 512
#define ETAG_MAX 64

struct httpd {
	struct httpd_options options;
	int listener; /* a copy of it: the server closes its own */
	struct MHD_Daemon *daemon;
};

/* What goes out, while it is put together. */
struct reply {
	struct MHD_Connection *connection;
	struct MHD_Response *response;
	const char *type;
	const char *policy;
	unsigned status;
	char etag[ETAG_MAX]; /* "" = none */
	bool is_gzip;
	bool varies; /* with what the client takes */
};

static void
add_header(struct reply *reply, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		(void)MHD_add_response_header(reply->response, name, value);
}

static enum MHD_Result
send_reply(struct reply *reply)
{
	enum MHD_Result result;

	if (reply->response == NULL)
		return MHD_NO;
	add_header(reply, "Content-Type", reply->type);
	add_header(reply, "Content-Security-Policy", reply->policy);
	add_header(reply, "X-Content-Type-Options", "nosniff");
	add_header(reply, "Referrer-Policy", "no-referrer");
	add_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	/* Each time it is asked whether it is new, which costs a few bytes. */
	add_header(reply, "Cache-Control", "no-cache");
	add_header(reply, "ETag", reply->etag);
	add_header(reply, "Vary", reply->varies ? "Accept-Encoding" : NULL);
	add_header(reply, "Content-Encoding", reply->is_gzip ? "gzip" : NULL);
	add_header(reply, "Allow",
	    reply->status == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL);
	result = MHD_queue_response(reply->connection, reply->status,
	    reply->response);
	MHD_destroy_response(reply->response);
	return result;
}

/* What libmicrohttpd only reads, in the type that it wants. */
static void *
as_given(const void *bytes)
{
	void *given;

	memcpy(&given, &bytes, sizeof(given));
	return given;
}

static void
set_text(struct reply *reply, const char *text, size_t len)
{
	reply->response = MHD_create_response_from_buffer(len, as_given(text),
	    MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result
send_words(struct reply *reply, unsigned status, const char *words)
{
	reply->status = status;
	reply->type = "text/plain; charset=utf-8";
	reply->etag[0] = '\0';
	reply->is_gzip = false;
	set_text(reply, words, strlen(words));
	return send_reply(reply);
}

static enum MHD_Result
send_not_found(struct reply *reply)
{
	return send_words(reply, MHD_HTTP_NOT_FOUND, "not found\n");
}

static const char *
header_of(const struct reply *reply, const char *name)
{
	return MHD_lookup_connection_value(reply->connection, MHD_HEADER_KIND,
	    name);
}

/* A file as it is now; it may be another one next time. */
static enum MHD_Result
send_file(struct reply *reply, const char *path)
{
	struct stat info;
	int fd = folder_open(path, &info);

	if (fd < 0)
		return send_not_found(reply);
	if (reply->varies &&
	    visit_takes_gzip(header_of(reply, "Accept-Encoding")))
		reply->is_gzip = folder_take_packed(path, &fd, &info);
	(void)snprintf(reply->etag, sizeof(reply->etag),
	    "\"%" PRIx64 "-%" PRIx64 "%08lx%s\"", (uint64_t)info.st_size,
	    (uint64_t)info.st_mtim.tv_sec, (unsigned long)info.st_mtim.tv_nsec,
	    reply->is_gzip ? "-gz" : "");
	if (visit_has(header_of(reply, "If-None-Match"), reply->etag)) {
		(void)close(fd);
		reply->status = MHD_HTTP_NOT_MODIFIED;
		reply->type = NULL;
		reply->is_gzip = false;
		set_text(reply, "", 0);
		return send_reply(reply);
	}
	reply->response =
	    MHD_create_response_from_fd64((uint64_t)info.st_size, fd);
	if (reply->response == NULL)
		(void)close(fd);
	return send_reply(reply);
}

static enum MHD_Result
send_page(const struct httpd *httpd, struct reply *reply, const char *name)
{
	char path[PATH_LONGEST];

	(void)snprintf(path, sizeof(path), "%s/%s", httpd->options.page, name);
	reply->varies = true;
	return send_file(reply, path);
}

/* It is installed beside the page. */
static enum MHD_Result
send_plugin(const struct httpd *httpd, struct reply *reply)
{
	char path[PATH_LONGEST];

	(void)snprintf(path, sizeof(path), "%s/../opencode-nudge.tgz",
	    httpd->options.page);
	return send_file(reply, path);
}

/* Whoever put a key beside the certificate did not mean to publish it. */
static bool
is_public(const char *text)
{
	return strstr(text, "-----BEGIN CERTIFICATE-----") != NULL &&
	    strstr(text, "PRIVATE KEY") == NULL;
}

static enum MHD_Result
send_ca(const struct httpd *httpd, struct reply *reply)
{
	char text[TEXT_MAX];
	struct stat info;
	ssize_t len;
	int fd;

	if (*httpd->options.ca_file == '\0')
		return send_not_found(reply);
	fd = folder_open(httpd->options.ca_file, &info);
	if (fd < 0)
		return send_not_found(reply);
	len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (len < 0 || info.st_size != len)
		return send_not_found(reply);
	text[len] = '\0';
	if (!is_public(text))
		return send_not_found(reply);
	set_text(reply, text, (size_t)len);
	return send_reply(reply);
}

static enum MHD_Result
send_figures(const struct httpd *httpd, struct reply *reply,
    enum visit_goal goal)
{
	const struct httpd_options *options = &httpd->options;
	enum MHD_Result result;
	struct buf text;

	if (!visit_is_near(header_of(reply, "Host")))
		return send_words(reply, MHD_HTTP_MISDIRECTED_REQUEST,
		    "only for who asks by an address, or by a name of this "
		    "network\n");
	buf_init(&text, TEXT_MAX);
	if (goal == VISIT_METRICS)
		options->write_metrics(options->context, &text);
	else if (!options->write_health(options->context, &text))
		reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	if (buf_status(&text) == STATUS_OK) {
		set_text(reply, buf_text(&text), text.len);
		result = send_reply(reply);
	} else {
		result = send_words(reply, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "out of memory\n");
	}
	buf_finish(&text);
	return result;
}

static enum MHD_Result
serve(const struct httpd *httpd, struct reply *reply, const char *url)
{
	struct visit visit;

	visit_read(url, &visit);
	reply->type = visit.type;
	switch (visit.goal) {
	case VISIT_FILE:
		return send_page(httpd, reply, visit.name);
	case VISIT_METRICS:
	case VISIT_HEALTH:
		return send_figures(httpd, reply, visit.goal);
	case VISIT_PLUGIN:
		return send_plugin(httpd, reply);
	case VISIT_CA:
		return send_ca(httpd, reply);
	case VISIT_NOTHING:
		break;
	}
	return send_not_found(reply);
}

/* A body that nobody reads is taken so that its sender hears the answer; a long
 * one, or one of no stated length, ends the connection. */
static bool
is_short_body(const struct reply *reply)
{
	const char *len = header_of(reply, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return len != NULL && strtoull(len, NULL, 10) <= BODY_MAX;
}

/* The server's thread: first without a body, then with each piece of one, then at
 * its end, which is when an answer is heard. */
static enum MHD_Result /* NOLINTNEXTLINE(readability-function-size): theirs */
handle(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **seen)
{
	const struct httpd *httpd = context;
	struct reply reply = {
		.connection = connection,
		.status = MHD_HTTP_OK,
		.policy = httpd->options.policy,
	};

	(void)version;
	(void)upload;
	if (*seen == NULL) {
		*seen = connection;
		return MHD_YES;
	}
	if (*upload_len > 0) {
		*upload_len = 0;
		return is_short_body(&reply) ? MHD_YES : MHD_NO;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_words(&reply, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "only GET and HEAD\n");
	return serve(httpd, &reply, url);
}

/* No name of ours needs an escape, and one that has none hides nothing. */
static size_t
keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

/* What a client did wrong is its own business. */
PRINTF_LIKE(2, 0)
static void
complain(void *context, const char *format, va_list arguments)
{
	char line[256];

	(void)context;
	(void)vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	log_debug("http: %s", line);
}

/* By poll(2): it is given its socket and has it taken away again, which one with
 * epoll(7) may miss. */
static struct MHD_Daemon *
start(struct httpd *httpd, const char *certificate, const char *key)
{
	unsigned flags =
	    MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, as_given(certificate) },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, as_given(key) },
		{ MHD_OPTION_END, 0, NULL },
	};
	int fd = fcntl(httpd->listener, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	if (certificate != NULL)
		flags |= MHD_USE_TLS;
	else
		tls[0] = tls[COUNT_OF(tls) - 1];
	/* It closes the socket where it fails: twice would be somebody else's. */
	return MHD_start_daemon(flags, 0, NULL, NULL, handle, httpd,
	    MHD_OPTION_EXTERNAL_LOGGER, complain, NULL,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)HTTPD_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)FROM_ONE_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)HTTPD_SILENT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
	    (size_t)STACK_SIZE, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

/* The socket is given back first: stopping would end it for its other copies. */
static void
stop(struct MHD_Daemon *daemon)
{
	int fd;

	if (daemon == NULL)
		return;
	fd = MHD_quiesce_daemon(daemon);
	if (fd >= 0)
		(void)close(fd);
	MHD_stop_daemon(daemon);
}

enum status
httpd_create(const struct httpd_options *options, struct httpd **httpd,
    struct fault *fault)
{
	struct httpd *fresh = calloc(1, sizeof(*fresh));
	enum status status;

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->options = *options;
	status = listener_open(options->listen, &fresh->listener, fault);
	if (status != STATUS_OK) {
		free(fresh);
		return status;
	}
	fresh->daemon = start(fresh, options->certificate, options->key);
	if (fresh->daemon == NULL) {
		fault_set(fault,
		    options->certificate != NULL
		        ? "[http] cert_file: it is no certificate, or not of "
		          "that key_file"
		        : "[http] listen: cannot serve");
		httpd_destroy(fresh);
		return STATUS_BAD_INPUT;
	}
	*httpd = fresh;
	return STATUS_OK;
}

void
httpd_destroy(struct httpd *httpd)
{
	if (httpd == NULL)
		return;
	stop(httpd->daemon);
	(void)close(httpd->listener);
	free(httpd);
}

enum status
httpd_renew(struct httpd *httpd, const char *certificate, const char *key,
    struct fault *fault)
{
	struct MHD_Daemon *fresh = start(httpd, certificate, key);

	if (fresh == NULL) {
		fault_set(fault,
		    "[http] cert_file: it is no certificate, or not of that "
		    "key_file; the old one stays");
		return STATUS_BAD_INPUT;
	}
	stop(httpd->daemon);
	httpd->daemon = fresh;
	return STATUS_OK;
}
