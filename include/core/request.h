/* request.h - one HTTP exchange as data.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define REQUEST_URL_MAX 1024     /* bytes; UnifiedPush asks for 1000 */
#define REQUEST_HEADERS_MAX 4096 /* bytes of all header lines */
#define RESPONSE_BODY_MAX \
	32768 /* bytes we read of an answer: ntfy repeats
                                  * the message in its */

struct request {
	struct buf url;     /* "" = no exchange: body is a line for the log */
	struct buf headers; /* "name: value\n", lower-case names */
	struct buf body;
	const char *method;    /* static; NULL = POST */
	const char *ca_file;   /* borrowed; "" = the system's authorities */
	bool fresh_connection; /* do not trust the one that is open */
	bool is_http1;         /* known to be: a connection of its own */
	bool allows_http;      /* without TLS */
	bool needs_words;      /* a refusal without a body says too little */
	bool is_public;        /* refuse to connect to a private address */
};

struct response {
	int status;        /* HTTP; 0 = no answer came */
	int error;         /* libcurl's CURLcode when status is 0 */
	bool is_untrusted; /* no connection was made: its certificate is bad */
	bool is_private;   /* no connection was made: the address is private */
	bool is_http2;
	char *body;            /* owned by whoever made it; NUL-terminated */
	int32_t retry_after_s; /* 0 = it did not ask */
	int64_t now_s;         /* when it came, Unix */
};

void request_init(struct request *request, size_t body_max);
void request_finish(struct request *request); /* a zeroed one is fine */
/* The first failure of its three buffers. */
MUST_CHECK enum status request_status(const struct request *request);
/* Hand a draft over, if it came about.
 * In:      status  how writing it went
 * Out:     request  untouched unless STATUS_OK; a draft that failed is finished
 * Returns: status, or the first failure of the draft's buffers. */
MUST_CHECK enum status request_hand_over(struct request *draft,
    enum status status, struct request *request);

#endif
