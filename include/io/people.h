/* people.h - what the bridge itself knows of people, and must know after a
 * restart: which events wait for an answer, how full each bucket is, what
 * happened last.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_PEOPLE_H
#define IO_PEOPLE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct outbox;
struct people;

/* An event that waits for an answer. */
struct people_ask {
	int64_t seq; /* of the event */
	char event[65];
	int kind;        /* enum kind */
	int64_t thread;  /* outbox_number() of the session, or of the event */
	int64_t request; /* the same; 0 = none */
	char name[65];   /* of the request, where facts say nothing of it */
	int64_t expires_ms;
	/* What is told of it; not read by people_find_ask(). */
	int64_t ts_ms;
	const char *facts; /* members of a JSON object; "" = not known */
	const char *ask;   /* a JSON object; "" = none */
};

/* In:      outbox  borrowed for its life */
enum status people_create(struct outbox *outbox, struct people **people);
void people_destroy(struct people *people); /* NULL is fine */

/* One that is there stays as it is. */
void people_put_ask(struct people *people, const char *user,
    const struct people_ask *ask);
/* In:      seq  of the event; who asks knows whose it is
 * Returns: whether it waits. */
bool people_find_ask(struct people *people, int64_t seq,
    struct people_ask *ask);
void people_remove_ask(struct people *people, int64_t seq);
/* How many there are now.
 * Out:     until_ms  when the first of them expires, or where there are many up
 *                    to a second later; INT64_MAX = none */
int32_t people_count_asks(struct people *people, const char *user,
    int64_t now_ms, int64_t *until_ms);

/* Whether a count since the last call met too many that expired. */
bool people_wants_purge(struct people *people);

/* Forget those that expired, and rates that say nothing any more: a slice of it, in a transaction of its own.
 * Returns: whether there is more to look through. */
bool people_purge_asks(struct people *people, int64_t now_ms);
bool people_purge_buckets(struct people *people, int64_t now_ms);

/* The newest that wait now, each once, the newest first. Texts are borrowed for
 * the call, which must not change the file. */
struct people_list {
	const char *user;
	int64_t now_ms;
	int max; /* of them */
	void (*take)(void *context, const struct people_ask *ask);
	void *context;
};
void people_list_asks(struct people *people, const struct people_list *list);

void people_put_bucket(struct people *people, const char *user,
    const char *device, int64_t full_us);
void people_put_last(struct people *people, const char *user,
    const char *event);
void people_remove_last(struct people *people, const char *user);

/* Each bucket and each last event, once. Texts are borrowed for the call, which
 * must not change the file. */
struct people_visitor {
	void (*bucket)(void *context, const char *user, const char *device,
	    int64_t full_us);
	void (*last)(void *context, const char *user, const char *event);
	void *context;
};
void people_visit(struct people *people, const struct people_visitor *visitor);

#endif
