/* outbox.h - what must not be lost.
 *
 * Layer:   io.
 *
 * The story of an event: stored as it came (one commit, before the broker is
 * answered); claimed under its id, which finds duplicates; turned into a job
 * for each device that should know; each job settled by the service's answer.
 * Paho's thread stores, the main thread does the rest. A failure of the file ends
 * the process: io/db.h.
 */
#ifndef IO_OUTBOX_H
#define IO_OUTBOX_H

#include "base/fault.h"
#include "base/status.h"
#include "core/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_KEY_LEN 32
#define OUTBOX_DEDUP_MS 86400000 /* an id is known for a day */

struct outbox;

/* An event as it came. Borrowed texts live until the next call. */
struct outbox_event {
	int64_t seq;
	int64_t arrived_ms;
	int64_t expires_ms; /* the message's own expiry, 0 = none */
	const char *topic;
	const char *payload;
	size_t len;
};

/* Where a job stands. */
enum stage {
	STAGE_READY,    /* its service gets it when it is due */
	STAGE_DELAY,    /* held until it is due */
	STAGE_PRESENCE, /* held because somebody is looking */
	STAGE_QUIET,    /* deferred to the end of quiet hours */
	STAGE_RATE,     /* deferred because it was too much */
	STAGE_FOLDED,   /* part of the digest of another job */
	STAGE_SHOWN,    /* it can be withdrawn until it is due */
};

/* One event for one device. */
struct outbox_job {
	int64_t id;
	int64_t due_ms;
	int32_t attempts;
	int64_t expires_ms; /* 0 = as the event says */
	bool withdraws;     /* what was shown */
	int reason;         /* enum reason: why it is pushed or withdrawn */
	int cancelled;      /* enum reason: why it is not; 0 = it is */
	const char *user;
	const char *device;
	const char *event_id;
	struct outbox_event event;
};

/* What an event is called, for good. */
struct outbox_name {
	const char *user;
	const char *id;
	const char *thread; /* its session, or else its id */
};

/* Who is to be told about an event. */
struct outbox_order {
	int64_t seq;
	const char *user;
	const char *device;
	enum stage stage;
	const char
	    *service; /* as provider_service() names it; "" unless ready */
	int64_t due_ms;
	int64_t expires_ms; /* 0 = as the event says */
	int kind;           /* enum kind */
	const char *thread;
	const char *request; /* "" = none */
};

/* Returns: STATUS_IO with the fault set: what is wrong and what to do. */
enum status outbox_open(const struct settings *settings, struct outbox **outbox,
    struct fault *fault);
void outbox_close(struct outbox *outbox); /* NULL is fine */

/* For the other modules that keep something in the file. */
struct db;
struct db *outbox_db(struct outbox *outbox);

/* 32 bytes that only this outbox knows, made when it was. */
const uint8_t *outbox_key(const struct outbox *outbox);

/* Any thread. The events are committed when it returns, as durable as [state]
 * durability says; their own seq does not count.
 * In:      count  >= 1
 * Returns: the last one's number; later events have larger ones. */
int64_t outbox_store(struct outbox *outbox, const struct outbox_event *events,
    size_t count);

/* The rest is the main thread's. What happens between begin and commit happens
 * together or not at all. */
void outbox_begin(struct outbox *outbox);
void outbox_commit(struct outbox *outbox);

/* Out:     decided  the last seq before the first event nobody decided yet
 *          newest   the last seq there is, 0 = none */
void outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest);
/* The next event after seq.
 * Returns: whether there is one. */
bool outbox_event_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event);

/* Mark an event as decided under its user and id.
 * Returns: false if another event of this user has the id already. */
bool outbox_claim(struct outbox *outbox, int64_t seq,
    const struct outbox_name *name);
/* Mark an event as decided that is none, or a duplicate. */
void outbox_discard(struct outbox *outbox, int64_t seq);

void outbox_add_job(struct outbox *outbox, const struct outbox_order *order);

/* The due jobs of one service, oldest first: begin, next until it returns false,
 * end. */
void outbox_due_begin(struct outbox *outbox, const char *service,
    int64_t now_ms);
bool outbox_due_next(struct outbox *outbox, struct outbox_job *job);
void outbox_due_end(struct outbox *outbox);
/* When the next job of a service is due; INT64_MAX = none waits. */
int64_t outbox_next_due(struct outbox *outbox, const char *service,
    int64_t now_ms);

/* The services that jobs wait for, in alphabetical order: the next one after
 * that name, "" = the first.
 * Out:     service  at most size bytes with the NUL
 * Returns: whether there is one. */
bool outbox_service_after(struct outbox *outbox, const char *after,
    char *service, size_t size);

void outbox_settle(struct outbox *outbox, int64_t job);
void outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts);
/* Give a job to another service, as if it had never been tried. */
void outbox_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms);
/* The service took a job. It can be withdrawn until until_ms, unless a later one
 * took its place on the device.
 * Returns: enum reason: it must be withdrawn at once; 0 = not. */
int outbox_show(struct outbox *outbox, int64_t job, int64_t until_ms);
/* Settle every job of a device that is gone. */
void outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device);

/* The clock was set: what is known by its old reading moves with it, and what is
 * ready or in quiet hours is due.
 * In:      last_seq  the last event that was stored by the old reading */
void outbox_follow_clock(struct outbox *outbox, int64_t step_ms,
    int64_t last_seq);

/* The same for what is held alone, after a smaller step. */
void outbox_move_held(struct outbox *outbox, int64_t step_ms);

/* Forget events older than a day that no job needs, and what can no longer be
 * withdrawn. */
void outbox_purge(struct outbox *outbox, int64_t now_ms);

#endif
