/* due.h - which jobs of the outbox are due, and at which service.
 *
 * Layer:   io. Main thread. It only looks.
 */
#ifndef IO_DUE_H
#define IO_DUE_H

#include "io/outbox.h"

/* The due jobs of one service and user, oldest first: begin, next until it
 * returns false, end. */
void due_begin(struct outbox *outbox, const char *service, const char *user,
    int64_t now_ms);
bool due_next(struct outbox *outbox, struct outbox_job *job);
void due_end(struct outbox *outbox);
/* The users that have due jobs at a service, in alphabetical order: the next one
 * after that name, "" = the first.
 * In/Out:  looks  how many users may be looked at, counted down
 * Returns: whether there is one; while looks is above 0 there is none left. */
bool due_user_after(struct outbox *outbox, const char *service, int64_t now_ms,
    char user[65], int *looks);
/* When the next job of a service is due; INT64_MAX = none waits. */
int64_t due_next_ms(struct outbox *outbox, const char *service, int64_t now_ms);

/* The services that jobs wait for, in alphabetical order: the next one after
 * that name, "" = the first.
 * In/Out:  service  at most size bytes with the NUL
 * Out:     due_ms   when its first job is due
 *          user     whose that is
 * Returns: whether there is one. */
bool due_service_after(struct outbox *outbox, char *service, size_t size,
    int64_t *due_ms, char user[65]);

#endif
