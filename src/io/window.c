#include "io/window.h"

#include "io/clock.h"

#include <stdlib.h>
#include <string.h>

/* The jobs that wait for one service, the first added first. */
struct queue {
	char *service; /* owned; NULL = free */
	struct window_job *first;
	struct window_job **end;
	int count; /* of its jobs here, waiting or taken */
};

struct window {
	struct window_job *first;
	struct window_job *last;
	int count;
	struct queue queues[WINDOW_SERVICES];
};

enum status
window_create(struct window **window)
{
	struct window *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	*window = fresh;
	return STATUS_OK;
}

void
window_destroy(struct window *window)
{
	if (window == NULL)
		return;
	while (window->first != NULL)
		window_remove(window, window->first);
	free(window);
}

static struct queue *
find_queue(struct window *window, const char *service)
{
	for (size_t i = 0; i < WINDOW_SERVICES; i++) {
		struct queue *queue = &window->queues[i];

		if (queue->service != NULL &&
		    strcmp(queue->service, service) == 0)
			return queue;
	}
	return NULL;
}

static struct queue *
make_queue(struct window *window, const char *service)
{
	struct queue *queue = find_queue(window, service);
	struct queue *end = &window->queues[WINDOW_SERVICES];

	if (queue != NULL)
		return queue;
	for (queue = window->queues; queue < end; queue++) {
		if (queue->service == NULL)
			break;
	}
	if (queue == end)
		return NULL;
	queue->service = strdup(service);
	if (queue->service == NULL)
		return NULL;
	queue->first = NULL;
	queue->end = &queue->first;
	queue->count = 0;
	return queue;
}

static const char *
put(char **to, const char *from, size_t len)
{
	char *start = *to;

	if (len > 0)
		memcpy(start, from, len);
	start[len] = '\0';
	*to += len + 1;
	return start;
}

static struct window_job *
copy(int64_t id, const struct outbox_order *order,
    const struct outbox_event *event)
{
	size_t size = strlen(order->user) + strlen(order->device) +
	    strlen(order->event) + strlen(order->service) +
	    strlen(event->topic) + event->len + 6;
	struct window_job *job = calloc(1, sizeof(*job) + size);
	char *to;

	if (job == NULL)
		return NULL;
	to = job->bytes;
	job->id = id;
	job->added_ms = clock_monotonic_ms();
	job->order = *order;
	job->order.user = put(&to, order->user, strlen(order->user));
	job->order.device = put(&to, order->device, strlen(order->device));
	job->order.event = put(&to, order->event, strlen(order->event));
	job->order.service = put(&to, order->service, strlen(order->service));
	job->event = *event;
	job->event.topic = put(&to, event->topic, strlen(event->topic));
	job->event.payload = put(&to, event->payload, event->len);
	return job;
}

struct window_job *
window_add(struct window *window, int64_t id, const struct outbox_order *order,
    const struct outbox_event *event)
{
	struct queue *queue = NULL;
	struct window_job *job = NULL;

	if (window->count < WINDOW_MAX)
		queue = make_queue(window, order->service);
	if (queue != NULL && queue->count < WINDOW_SERVICE_MAX)
		job = copy(id, order, event);
	if (job == NULL)
		return NULL;
	job->previous = window->last;
	if (window->last != NULL)
		window->last->next = job;
	else
		window->first = job;
	window->last = job;
	window->count++;
	*queue->end = job;
	queue->end = &job->queued;
	queue->count++;
	return job;
}

static void
leave_queue(struct queue *queue, struct window_job *job)
{
	struct window_job **link = &queue->first;

	while (*link != NULL && *link != job)
		link = &(*link)->queued;
	if (*link == NULL)
		return;
	*link = job->queued;
	if (*link == NULL)
		queue->end = link;
}

void
window_remove(struct window *window, struct window_job *job)
{
	struct queue *queue = find_queue(window, job->order.service);

	if (!job->is_taken)
		leave_queue(queue, job);
	if (--queue->count == 0) {
		free(queue->service);
		queue->service = NULL;
	}
	if (job->previous != NULL)
		job->previous->next = job->next;
	else
		window->first = job->next;
	if (job->next != NULL)
		job->next->previous = job->previous;
	else
		window->last = job->previous;
	window->count--;
	free(job);
}

struct window_job *
window_find(const struct window *window, int64_t id)
{
	struct window_job *job = window->first;

	while (job != NULL && job->id != id)
		job = job->next;
	return job;
}

struct window_job *
window_first(const struct window *window)
{
	return window->first;
}

const char *
window_service(const struct window *window, size_t number, const char **user)
{
	for (size_t i = 0; i < WINDOW_SERVICES; i++) {
		const struct queue *queue = &window->queues[i];

		if (queue->service == NULL || queue->first == NULL ||
		    number-- > 0)
			continue;
		*user = queue->first->order.user;
		return queue->service;
	}
	return NULL;
}

int64_t
window_crowded_ms(const struct window *window)
{
	int64_t first_ms = INT64_MAX;

	for (size_t i = 0; i < WINDOW_SERVICES; i++) {
		const struct queue *queue = &window->queues[i];

		if (queue->service != NULL && queue->count >= WINDOW_CROWD &&
		    queue->first != NULL && queue->first->added_ms < first_ms)
			first_ms = queue->first->added_ms;
	}
	return first_ms;
}

const struct window_job *
window_next(struct window *window, const char *service)
{
	const struct queue *queue = find_queue(window, service);

	return queue != NULL ? queue->first : NULL;
}

struct window_job *
window_take(struct window *window, const char *service)
{
	struct queue *queue = find_queue(window, service);
	struct window_job *job = queue != NULL ? queue->first : NULL;

	if (job == NULL)
		return NULL;
	leave_queue(queue, job);
	job->is_taken = true;
	return job;
}
