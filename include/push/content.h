/* content.h - what a job tells, in the forms that several services share.
 *
 * Layer:   push. Pure.
 * Source:  docs/push-payloads.md.
 */
#ifndef PUSH_CONTENT_H
#define PUSH_CONTENT_H

#include "base/buf.h"
#include "core/notice.h"
#include "push/provider.h"

#include <stdbool.h>
#include <stddef.h>

/* Nothing that tells a session, a request or a host may leave in the clear. */
bool content_is_secret(const struct job *job);

/* Somebody waits for an answer; a digest only tells of it. */
bool content_is_asking(const struct job *job);

/* NUDGE_PERMISSION, NUDGE_PERMISSION_CUT, NUDGE_QUESTION or NULL: which answers
 * the app offers. What is not shown whole cannot be allowed. */
const char *content_category(const struct job *job,
    const struct notice *notice);
/* Append ,"cut":"true" if there is a category, and not all that is asked is
 * shown. */
void content_add_cut(struct buf *json, const struct job *job,
    const struct notice *notice);

/* "passive", "active", "time-sensitive". */
const char *content_level(const struct job *job);

/* Append ,"name":"text"; nothing if text is NULL. */
void content_add_member(struct buf *json, const char *name, const char *text);

/* Append kind, event_id, session_id, request_id, host and href, each as a
 * member with a comma before it, where the event has them; and the nonce of a
 * request where all of the event may be told. */
void content_add_route(struct buf *json, const struct job *job);

/* Append ,"href":"…", where a tap leads; nothing if nobody knows. */
void content_add_href(struct buf *json, const struct job *job);

/* Append the members that an app reads, behind one that is there: level, category,
 * cut and the route; nothing if the content is secret. */
void content_add_data(struct buf *json, const struct job *job,
    const struct notice *notice);

/* The session's page at the server as this device knows it, absolute; nothing if
 * it does not know it. */
void content_add_page(struct buf *text, const struct job *job);

/* The body, and a line that says where: for services without a subtitle. */
void content_add_words(struct buf *text, const struct notice *notice);

/* Write the notice so that all of it has at most max bytes; its body is cut as
 * far as it must be.
 * In:      write  appends the document
 * Out:     json   of any size limit above max
 * Returns: STATUS_TOO_LARGE if it does not fit even without a body. */
enum status content_fit(const struct job *job, size_t max,
    enum status (*write)(const struct job *job, const struct notice *notice,
        struct buf *json),
    struct buf *json);

/* What is encrypted to a device, and the declarative form of a Web Push, as one
 * JSON object of at most max bytes; the withdrawal of one just the same, and
 * what is told of a turn. */
enum status content_message(const struct job *job, size_t max,
    struct buf *json);

/* The same, encrypted to keys with env->dice: an RFC 8291 body. */
enum status content_encrypt(const struct job *job, const struct push_env *env,
    const struct device_keys *keys, struct buf *body);

/* Seconds until the event is worthless, >= 0. */
int64_t content_ttl_s(const struct job *job, const struct push_env *env);

#endif
