/* http.h - many HTTP exchanges at a time: over one connection per host with
 * HTTP/2, over one connection each with HTTP/1.1.
 *
 * Layer:   io. The one owner of libcurl. Main thread, but for http_wake().
 * Nothing is retried here: delivery decides.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "base/status.h"
#include "core/request.h"

#include <stdbool.h>

struct http;

#define HTTP_THREADS_MAX 128U /* with so many, no more names are looked up */

enum status http_create(struct http **http);
void http_destroy(struct http *http); /* drops what is under way */

/* How many exchanges over HTTP/1.1 there may be at a time. libcurl lets one more
 * wait for a connection however long that takes, and then finds it late. */
int32_t http_crowd_max(void);

/* Begin an exchange.
 * In:      request  borrowed for the call
 *          tag      comes back with the answer
 */
enum status http_start(struct http *http, const struct request *request,
    void *tag);

/* The next finished exchange.
 * Out:     response  its body is owned: http_response_finish()
 */
bool http_next(struct http *http, void **tag, struct response *response);
void http_response_finish(struct response *response);

/* Whether something under way may have been sent. Nothing was while the name of its
 * host is looked up, which may take long. */
bool http_has_sent(const struct http *http);

/* Move the exchanges on, and wait until one of them, the descriptor or
 * http_wake() wants attention, at most timeout_ms. */
void http_wait(struct http *http, int fd, int timeout_ms);

/* End the wait; any thread. */
void http_wake(struct http *http);

/* What a CURLcode means, for the log. */
const char *http_error_str(int error);

#endif
