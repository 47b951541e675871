/* shelf.h - the jobs that no service has to do with now: what is held or
 * deferred, what is part of a digest, what was shown.
 *
 * Layer:   io. Main thread. Each call belongs between outbox_begin() and
 *          outbox_commit(), or is committed by itself.
 */
#ifndef IO_SHELF_H
#define IO_SHELF_H

#include "base/status.h"
#include "io/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct shelf;

/* A copy: the job may be changed while it is looked at. */
struct shelf_job {
	int64_t id; /* 0 = the first is looked for */
	enum stage stage;
	int64_t seq;
	int64_t arrived_ms;
	int64_t expires_ms; /* 0 = as the event's kind says */
	int64_t due_ms;
	bool withdraws;
	int kind; /* enum kind */
	char user[65];
	char device[65];
	char event_id[65];
	char thread[65];
	char request[65];
};

/* In:      db  borrowed for its life */
enum status shelf_create(struct db *db, struct shelf **shelf);
void shelf_destroy(struct shelf *shelf); /* NULL is fine */

/* The first job on a stage that is due; false = there is none. */
bool shelf_due(struct shelf *shelf, enum stage stage, int64_t now_ms,
    struct shelf_job *job);
/* When the next one of any stage that waits will be; INT64_MAX = none waits. */
int64_t shelf_next_due(struct shelf *shelf);

/* The next job, by its id, after that of job (0 = the first) of the same
 * shelf_job.user; false = there is none. Of that user, and ... */
/* ... of the same thread. */
bool shelf_next_of_thread(struct shelf *shelf, struct shelf_job *job);
/* ... of any thread. */
bool shelf_next_of_user(struct shelf *shelf, struct shelf_job *job);
/* ... in the digest that carrier carries, newest first: by its seq. */
bool shelf_next_folded(struct shelf *shelf, int64_t carrier,
    struct shelf_job *job);
/* The next deferred job of one device that is due. */
bool shelf_next_deferred(struct shelf *shelf, int64_t now_ms,
    struct shelf_job *job);

/* An event's thread.
 * Returns: its seq; 0 = it is not known. */
int64_t shelf_find_event(struct shelf *shelf, const char *user, const char *id,
    char thread[65]);

/* A held job is pushed. */
void shelf_release(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms);
/* The same for a deferred one, which tells of those folded into it.
 * In:      expires_ms  0 = as the event says */
void shelf_release_digest(struct shelf *shelf, int64_t id, const char *service,
    int64_t now_ms, int64_t expires_ms);
void shelf_fold(struct shelf *shelf, int64_t id, int64_t carrier);
/* Those folded into one job are folded into another. */
void shelf_refold(struct shelf *shelf, int64_t from, int64_t to);
/* It stays deferred, now to the end of quiet hours. */
void shelf_defer(struct shelf *shelf, int64_t id, int64_t until_ms);
/* What waits on a stage for a user, or one of her devices, waits no longer.
 * In:      device  NULL = all of them */
void shelf_hurry(struct shelf *shelf, enum stage stage, const char *user,
    const char *device, int64_t now_ms);
/* A ready job is not pushed, for a reason (enum reason). */
void shelf_cancel(struct shelf *shelf, int64_t id, int reason, int64_t now_ms);
/* What was shown is withdrawn. */
void shelf_withdraw(struct shelf *shelf, int64_t id, const char *service,
    int reason, int64_t now_ms);
void shelf_remove(struct shelf *shelf, int64_t id);

/* How many of which kind a digest tells of, the kind of the newest first.
 * In:      position  begin with 0
 * Returns: the count; 0 = no more. */
int32_t shelf_count(struct shelf *shelf, int64_t carrier, int position,
    int *kind);

#endif
