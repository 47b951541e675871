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
 * It is one thing in several files: here it is opened and committed; io/events.h,
 * io/jobs.h, io/shown.h and io/due.h say what is done with it between.
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
#define OUTBOX_IDS_MAX 200000    /* of one person, in a day */
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
	bool
	    is_refused; /* there was no room: its payload is its id, or empty */
};

/* One event for one device. */
struct outbox_job {
	int64_t id;
	int64_t due_ms;
	int32_t attempts;
	int64_t expires_ms; /* 0 = as the event says */
	bool withdraws;     /* what was shown */
	int reason;         /* enum reason: why it is pushed or withdrawn */
	int32_t round;      /* how often it was reminded of */
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
	int reason; /* enum reason: why it waits; 0 = for nothing special */
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

/* The rest is the main thread's. What happens between begin and commit happens
 * together or not at all. */
void outbox_begin(struct outbox *outbox);
void outbox_commit(struct outbox *outbox);
bool outbox_has_begun(const struct outbox *outbox); /* between them */
/* Whether what is between them took so long already that it should end. */
bool outbox_is_long(const struct outbox *outbox);

/* Out:     decided  the last event that needs no decision any more
 *          newest   the last event there ever was, 0 = none */
void outbox_extent(struct outbox *outbox, int64_t *decided, int64_t *newest);
/* The events up to and with seq are decided. */
void outbox_note_decided(struct outbox *outbox, int64_t seq);
/* But not all of them from this one on; INT64_MAX = they are. */
void outbox_hold(struct outbox *outbox, int64_t seq);
/* Write down a slice of what is looked up by names, io/behind.h, if it is time.
 * Returns: whether there is more to write. */
bool outbox_fold(struct outbox *outbox);
/* Whether it is time, or half done. */
bool outbox_is_folding(const struct outbox *outbox);
/* What a life of ours that ended claimed and did not write down: the events from
 * this one on. */
int64_t outbox_folded(const struct outbox *outbox);
/* They are claimed again; before that nothing is written down. */
void outbox_note_recalled(struct outbox *outbox);

/* How far the clock on the wall was ahead of the monotonic one when it was followed
 * last. */
int64_t outbox_clock_offset_ms(const struct outbox *outbox);
/* The clock was set: what is known by its old reading moves with it. */
void outbox_follow_clock(struct outbox *outbox, int64_t step_ms);

/* The last things are written: room for them is there in any case. */
void outbox_leave(struct outbox *outbox);

#endif
