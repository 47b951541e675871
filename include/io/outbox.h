/* outbox.h - what must not be lost.
 *
 * Layer:   io.
 *
 * The story of an event: stored as it came (one commit, before the broker is
 * answered); claimed under its id, which finds duplicates; turned into a job
 * for each device that should know; each job settled by the service's answer.
 * Events are only added and removed: what is decided is behind a mark, and what
 * nobody is to be told of is removed at once. A job that is pushed at once is in
 * memory until it is shown; its event is not behind the mark before, so that it
 * is judged again after a kill, and jobs that are written down stay as they are.
 * Paho's thread stores, the main thread does the rest. A failure of the file ends
 * the process: io/db.h.
 */
#ifndef IO_OUTBOX_H
#define IO_OUTBOX_H

#include "base/fault.h"
#include "base/status.h"
#include "core/settings.h"
#include "io/stage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_KEY_LEN 32
#define OUTBOX_DEDUP_MS 86400000 /* an id is known for a day */
#define OUTBOX_SLICE 256         /* rows that one transaction walks over */

struct outbox;

/* An event as it came. Borrowed texts live until the next call. */
struct outbox_event {
	int64_t seq;
	int64_t arrived_ms;
	int64_t expires_ms; /* the message's own expiry, 0 = none */
	int64_t stamp_ms;   /* as outbox_clock_ms() was when it arrived */
	const char *topic;
	const char *payload;
	size_t len;
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
	int64_t digest;     /* that it carries; 0 = none */
	const char *user;
	const char *device;
	const char *event_id;
	struct outbox_event event;
};

/* Who is to be told about an event. */
struct outbox_order {
	int64_t seq;
	const char *user;
	const char *device;
	const char *event; /* its id */
	enum stage stage;
	const char
	    *service; /* as provider_service() names it; "" unless ready */
	int64_t due_ms;
	int64_t expires_ms; /* 0 = as the event says */
	int kind;           /* enum kind */
	int64_t thread;     /* outbox_number() of its session, or else its id */
	int64_t request;    /* the same; 0 = none */
};

/* Returns: STATUS_IO with the fault set: what is wrong and what to do. */
enum status outbox_open(const struct settings *settings, struct outbox **outbox,
    struct fault *fault);
void outbox_close(struct outbox *outbox); /* NULL is fine */

/* For the other modules that keep something in the file. */
struct db;
struct behind;
struct db *outbox_db(struct outbox *outbox);
struct behind *outbox_behind(struct outbox *outbox);

/* 32 bytes that only this outbox knows, made when it was. */
const uint8_t *outbox_key(const struct outbox *outbox);

/* The number of a user's session, request or event; nobody can aim at one.
 * In:      name  NULL or "" = 0 */
int64_t outbox_number(const struct outbox *outbox, const char *user,
    const char *name);

/* Any thread. Milliseconds by a clock that nobody sets; an event is stored with
 * this reading, and is read with that of the clock as it is set then. */
int64_t outbox_clock_ms(const struct outbox *outbox);

/* Any thread. The events are committed when it returns, as durable as [state]
 * durability says.
 * In:      events  stamp_ms in the place of arrived_ms; expires_ms by the same
 *                  clock
 *          count   >= 1
 * Returns: the last one's number; later events have larger ones. */
int64_t outbox_store(struct outbox *outbox, const struct outbox_event *events,
    size_t count);

/* The rest is the main thread's. What happens between begin and commit happens
 * together or not at all. */
void outbox_begin(struct outbox *outbox);
void outbox_commit(struct outbox *outbox);
/* How many jobs were written since the begin. */
int outbox_written(const struct outbox *outbox);

/* Out:     decided  the last event that needs no decision any more
 *          newest   the last event there ever was, 0 = none */
void outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest);
/* The events up to and with seq are decided. */
void outbox_note_decided(struct outbox *outbox, int64_t seq);
/* The next event after seq.
 * Returns: whether there is one. */
bool outbox_event_after(struct outbox *outbox, int64_t seq,
    struct outbox_event *event);

/* Whether the event is the first of its user with this id within a day. */
bool outbox_claim(struct outbox *outbox, const struct outbox_event *event,
    const char *user, const char *id);
/* Nobody is to be told of an event that was just read. */
void outbox_discard(struct outbox *outbox, const struct outbox_event *event);
/* Write down a slice of what is looked up by names, io/behind.h, if it is time.
 * Returns: whether there is more to write. */
bool outbox_fold(struct outbox *outbox);
/* What a life of ours that ended claimed and did not write down: the events from
 * this one on. */
int64_t outbox_folded(const struct outbox *outbox);

/* One that was ordered before, in a life of ours that ended, stays as it is. What
 * is ready is pushed from memory, where there is room: outbox_take(). */
void outbox_add_job(struct outbox *outbox, const struct outbox_order *order,
    const struct outbox_event *event);
/* How many events of a user wait, whatever for. */
int32_t outbox_count_waiting(struct outbox *outbox, const char *user);

/* The services that jobs in memory wait for, from number 0.
 * Out:     user  whose the first one is
 * Returns: NULL = no more. */
const char *outbox_service_in_memory(const struct outbox *outbox, size_t number,
    const char **user);
/* The next job in memory for a service, once.
 * Out:     job  borrowed until it is settled, postponed, moved or shown
 * Returns: whether there is one. */
bool outbox_take(struct outbox *outbox, const char *service,
    struct outbox_job *job);
/* Write down what is in memory: that of a user, or what is older than age_ms.
 * Returns: whether there are new jobs to be started. */
void outbox_write_down_user(struct outbox *outbox, const char *user);
bool outbox_write_down(struct outbox *outbox, int64_t age_ms);
/* Milliseconds for which it is better to judge no further event, because many
 * jobs are in memory for a service that gets on with them; <= 0 = it is not. */
int64_t outbox_crowded_in_ms(const struct outbox *outbox);
/* Milliseconds until some of it is older than age_ms; INT64_MAX = there is none. */
int64_t outbox_write_down_in_ms(const struct outbox *outbox, int64_t age_ms);

/* The due jobs of one service and user, oldest first: begin, next until it
 * returns false, end. */
void outbox_due_begin(struct outbox *outbox, const char *service,
    const char *user, int64_t now_ms);
bool outbox_due_next(struct outbox *outbox, struct outbox_job *job);
void outbox_due_end(struct outbox *outbox);
/* The users that have due jobs at a service, in alphabetical order: the next one
 * after that name, "" = the first.
 * In/Out:  looks  how many users may be looked at, counted down
 * Returns: whether there is one; while looks is above 0 there is none left. */
bool outbox_due_user_after(struct outbox *outbox, const char *service,
    int64_t now_ms, char user[65], int *looks);
/* When the next job of a service is due; INT64_MAX = none waits. */
int64_t outbox_next_due(struct outbox *outbox, const char *service,
    int64_t now_ms);

/* The services that jobs wait for, in alphabetical order: the next one after
 * that name, "" = the first.
 * In/Out:  service  at most size bytes with the NUL
 * Out:     due_ms   when its first job is due
 *          user     whose that is
 * Returns: whether there is one. */
bool outbox_service_after(struct outbox *outbox, char *service, size_t size,
    int64_t *due_ms, char user[65]);

void outbox_settle(struct outbox *outbox, int64_t id);
void outbox_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts);
/* Give a job to another service, as if it had never been tried. */
void outbox_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms);
/* The service took a job. It can be withdrawn until until_ms, unless a later one
 * took its place on the device.
 * Returns: enum reason: it must be withdrawn at once; 0 = not. */
int outbox_show(struct outbox *outbox, int64_t id, int64_t until_ms);
/* Settle the jobs of a device that is gone, of events up to and with seq.
 * Returns: whether there may be more of them than one transaction takes. */
bool outbox_settle_device(struct outbox *outbox, const char *user,
    const char *device, int64_t seq);

/* The clock was set: what is known by its old reading moves with it. */
void outbox_follow_clock(struct outbox *outbox, int64_t step_ms);

/* The last things are written: room for them is there in any case. */
void outbox_leave(struct outbox *outbox);

/* Forget events that no job needs, ids older than a day, and what can no longer
 * be withdrawn: a slice of it, in a transaction of its own.
 * Returns: whether there is more to look through. */
bool outbox_purge(struct outbox *outbox, int64_t now_ms);

#endif
