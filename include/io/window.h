/* window.h - jobs that are about to be pushed and live in memory alone.
 *
 * Layer:   io. Main thread; the outbox's own.
 * What is judged and pushed within a moment is written down once, as shown. Until
 * then its event is not behind the mark, and is judged again after a kill.
 */
#ifndef IO_WINDOW_H
#define IO_WINDOW_H

#include "base/status.h"
#include "io/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_MAX 1024        /* jobs */
#define WINDOW_SERVICE_MAX 256 /* of them for one service */
#define WINDOW_CROWD 192       /* so many of them are enough for now */
#define WINDOW_SERVICES 32     /* services at a time */

/* Texts live as long as it does; the times of event are those of the file. */
struct window_job {
	struct window_job *next; /* in the order of their events */
	struct window_job *previous;
	struct window_job *queued; /* behind it, for the same service */
	bool is_taken;             /* it is under way, or was */
	int64_t added_ms;          /* monotonic */
	int64_t id;
	struct outbox_order order;
	struct outbox_event event;
	char bytes[];
};

struct window;

enum status window_create(struct window **window);
void window_destroy(struct window *window); /* NULL is fine */

/* Returns: NULL if there is no room: it is to be a row. */
struct window_job *window_add(struct window *window, int64_t id,
    const struct outbox_order *order, const struct outbox_event *event);
void window_remove(struct window *window, struct window_job *job);

/* NULL = it is not here. */
struct window_job *window_find(const struct window *window, int64_t id);
/* The first of all; NULL = there is none. */
struct window_job *window_first(const struct window *window);

/* The services that jobs wait for, from number 0, and whose the first one is.
 * Returns: NULL = no more. */
const char *window_service(const struct window *window, size_t number,
    const char **user);
/* When the first job was added that waits for a service for which many do,
 * monotonic; INT64_MAX = there is no such service. */
int64_t window_crowded_ms(const struct window *window);
/* The next job for a service; NULL = none waits. */
const struct window_job *window_next(struct window *window,
    const char *service);
/* The same, which is taken by that; NULL = none waits. */
struct window_job *window_take(struct window *window, const char *service);

#endif
