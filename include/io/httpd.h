/* httpd.h - serves a few things over HTTP/1.1, on a thread of its own.
 *
 * Layer:   io. The one owner of libmicrohttpd.
 * Source:  RFC 9110, RFC 9111; microhttpd.h.
 * Its thread waits for its clients and for nobody else; files go out by
 * sendfile(2). A client that sends nothing, or takes nothing, loses its connection
 * after HTTPD_SILENT_S; there is a stated number of them. What the bridge does
 * never waits for any of it.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>

#define HTTPD_CONNECTIONS_MAX 64
#define HTTPD_SILENT_S 15

struct httpd;

/* Everything is borrowed for the life of the server, but for the texts of the
 * certificate and its key; "" and NULL = not set. */
struct httpd_options {
	const char *listen;      /* core/visit.h: visit_read_place() */
	const char *certificate; /* PEM, with those behind it; NULL = http:// */
	const char *key;         /* PEM */
	const char *page;        /* a folder of files */
	const char *policy;      /* what browsers hold the page to */
	const char *ca_file;     /* PEM; whoever asks may have it */
	/* The server's thread: what is asked for, appended.
	 * Returns: of health, whether all is well. */
	void (*write_metrics)(void *context, struct buf *text);
	bool (*write_health)(void *context, struct buf *json);
	void *context;
};

/* Listen, and serve.
 * Returns: STATUS_BAD_INPUT, STATUS_IO with the fault set. */
enum status httpd_create(const struct httpd_options *options,
    struct httpd **httpd, struct fault *fault);
/* Ends all connections. */
void httpd_destroy(struct httpd *httpd); /* NULL is fine */

/* Go on with another certificate, on the same socket.
 * Returns: STATUS_BAD_INPUT with the fault set: the old one stays. */
enum status httpd_renew(struct httpd *httpd, const char *certificate,
    const char *key, struct fault *fault);

#endif
