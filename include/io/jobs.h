/* jobs.h - the jobs of the outbox: one event for one device, in memory or a row.
 *
 * Layer:   io. Main thread.
 */
#ifndef IO_JOBS_H
#define IO_JOBS_H

#include "io/outbox.h"

/* One that was ordered before, in a life of ours that ended, stays as it is. What
 * is ready is pushed from memory, where there is room: jobs_take(). */
void jobs_add(struct outbox *outbox, const struct outbox_order *order,
    const struct outbox_event *event);
/* Whether jobs were ordered for an event in a life of ours that ended. */
bool jobs_were_ordered(struct outbox *outbox, int64_t seq);
/* How many events of a user wait, whatever for: rows are counted up to most. */
int32_t jobs_count_waiting(struct outbox *outbox, const char *user,
    int32_t most);

/* The services that jobs in memory wait for, from number 0.
 * Out:     user  whose the first one is
 * Returns: NULL = no more. */
const char *jobs_service_in_memory(const struct outbox *outbox, size_t number,
    const char **user);
/* Whose the next job in memory for a service is; NULL = there is none. */
const char *jobs_next_user(const struct outbox *outbox, const char *service);
/* The next job in memory for a service, once.
 * Out:     job  borrowed until it is settled, postponed, moved or shown
 * Returns: whether there is one. */
bool jobs_take(struct outbox *outbox, const char *service,
    struct outbox_job *job);
/* Write down a slice of what is in memory of a user.
 * Returns: whether that was all of it. */
bool jobs_write_down_user(struct outbox *outbox, const char *user);
/* The same of what is older than age_ms.
 * Returns: whether there are new jobs to be started. */
bool jobs_write_down(struct outbox *outbox, int64_t age_ms);
/* Milliseconds for which it is better to judge no further event, because many
 * jobs are in memory for a service that gets on with them; <= 0 = it is not. */
int64_t jobs_crowded_in_ms(const struct outbox *outbox);
/* Whether more than a quarter of what is in memory is a user's. */
bool jobs_crowd(const struct outbox *outbox, const char *user);
/* Milliseconds until some of it is older than age_ms; INT64_MAX = there is none. */
int64_t jobs_write_down_in_ms(const struct outbox *outbox, int64_t age_ms);
/* How many jobs were written since the begin. */
int jobs_written(const struct outbox *outbox);

void jobs_settle(struct outbox *outbox, int64_t id);
void jobs_postpone(struct outbox *outbox, int64_t job, int64_t due_ms,
    int32_t attempts);
/* Give a job to another service, as if it had never been tried. */
void jobs_move(struct outbox *outbox, int64_t job, const char *service,
    int64_t due_ms);
/* Settle the jobs of a device that is gone, of events up to and with seq, among the
 * next of everybody's.
 * In:      after  the last one that was looked at; 0 = none
 * Returns: the last one that is looked at now; after = there are no more */
int64_t jobs_settle_device(struct outbox *outbox, const char *user,
    const char *device, int64_t after, int64_t seq);

#endif
