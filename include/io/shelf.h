/* shelf.h - the jobs that no service has to do with now: what is held or
 * deferred, what is part of a digest, what was shown.
 *
 * Layer:   io. Main thread. Each call belongs between outbox_begin() and
 *          outbox_commit(), or is committed by itself.
 * Several jobs come as numbers, at most OUTBOX_SLICE of them at a time: they may
 * be changed while they are gone through, and no transaction takes all that one
 * user can have.
 * A digest is a number that its members have in common: they are folded, all but
 * the one that carries them.
 */
#ifndef IO_SHELF_H
#define IO_SHELF_H

#include "base/status.h"
#include "core/digest.h"
#include "io/behind.h"
#include "io/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct shelf;

/* A copy: the job may be changed while it is looked at. */
struct shelf_job {
	int64_t id;
	enum stage stage;
	int64_t seq;
	int64_t arrived_ms;
	int64_t expires_ms; /* 0 = as the event's kind says */
	int64_t due_ms;
	bool withdraws;
	int kind; /* enum kind */
	int64_t thread;
	int64_t request; /* 0 = none */
	int64_t digest;  /* that it is a member of; 0 = none */
	int reason;      /* enum reason: why it waits */
	int32_t round;   /* of a reminder: how often it comes then */
	char user[65];
	char device[65];
	char event_id[65];
};

/* In order. One of a thread or a request may be that of an ask, io/behind.h, or of
 * a job that is gone. */
#define shelf_slice behind_slice

/* In:      outbox  borrowed for its life */
enum status shelf_create(struct outbox *outbox, struct shelf **shelf);
void shelf_destroy(struct shelf *shelf); /* NULL is fine */

/* Returns: whether there is such a job. */
bool shelf_find(struct shelf *shelf, int64_t id, struct shelf_job *job);

/* The first job that waits and is due, and when the next one will be; INT64_MAX
 * = none waits. */
bool shelf_due(struct shelf *shelf, int64_t now_ms, struct shelf_job *job);
int64_t shelf_next_due(struct shelf *shelf);

/* The jobs and asks of a thread, and with a request those of it and those of none; or
 * of a request, whatever the thread. See behind_search(). */
bool shelf_search(struct shelf *shelf, const struct shelf_job *like,
    struct behind_cursor *cursor, struct shelf_slice *slice);
/* The jobs that are deferred for a device, and due, the newest first.
 * In:      of->user, of->device */
void shelf_deferred(struct shelf *shelf, const struct shelf_job *of,
    int64_t now_ms, struct shelf_slice *slice);
/* That of them which has begun to carry a digest: the newest, were there several. */
bool shelf_carrying(struct shelf *shelf, const struct shelf_job *of,
    int64_t now_ms, struct shelf_job *job);
/* The jobs that are held for a device, after one of them, 0 = the first. */
void shelf_held(struct shelf *shelf, const struct shelf_job *after,
    struct shelf_slice *slice);
/* The jobs of an event. */
void shelf_of_event(struct shelf *shelf, int64_t seq,
    struct shelf_slice *slice);
/* What is folded into a digest, the newest first. */
void shelf_folded(struct shelf *shelf, int64_t digest,
    struct shelf_slice *slice);

/* The event of a user with that id; 0 = it is not known.
 * In:      number  outbox_number() of it */
int64_t shelf_event_of(struct shelf *shelf, int64_t number);

/* A held job is pushed.
 * In:      reason  enum reason, with which it is told of; a reminder stays one */
void shelf_release(struct shelf *shelf, const struct shelf_job *job,
    const char *service, int reason, int64_t now_ms);
/* The same for a deferred one, which tells of those folded into its digest.
 * In:      expires_ms  0 = as the event says */
void shelf_release_digest(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms, int64_t expires_ms);
/* It will carry a digest, named after it unless it has one. */
void shelf_carry(struct shelf *shelf, int64_t id);
void shelf_fold(struct shelf *shelf, int64_t id, int64_t digest);
/* A job that carries a digest does so no longer: the newest of the others does,
 * and is as ready, or as deferred, as that job is.
 * In:      service  of the device, for one that is ready */
void shelf_pass_on(struct shelf *shelf, const struct shelf_job *job,
    const char *service, int64_t now_ms);
/* It waits on another stage, or for longer: of the job its stage, due_ms, reason,
 * round and digest. */
void shelf_wait(struct shelf *shelf, const struct shelf_job *job);
/* What waits on a stage for a device waits no longer: a slice, after a job.
 * Returns: the last one looked at; 0 = there are no more. */
int64_t shelf_hurry(struct shelf *shelf, const struct shelf_job *after,
    int64_t now_ms);
/* A ready job is not pushed, for a reason (enum reason). */
void shelf_cancel(struct shelf *shelf, int64_t id, int reason, int64_t now_ms);
/* What was shown is withdrawn. */
void shelf_withdraw(struct shelf *shelf, int64_t id, const char *service,
    int reason, int64_t now_ms);

/* What a digest tells of, the kind of the newest first. */
void shelf_tally(struct shelf *shelf, int64_t digest,
    struct digest_tally *tally);
/* A digest whose carrier is gone, as if we had been killed while it was settled;
 * the first one after a number. 0 = none. */
int64_t shelf_orphaned(struct shelf *shelf, int64_t after);

#endif
