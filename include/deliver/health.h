/* health.h - how the bridge is: counted where it happens, told once a minute.
 *
 * Main thread, but for health_look().
 * Source:  DESIGN.md section 9; docs/schema/health.schema.json.
 * Nothing is counted in SQL while events come; what waits is counted a slice at a
 * time before it is told.
 */
#ifndef DELIVER_HEALTH_H
#define DELIVER_HEALTH_H

#include "core/instant.h"
#include "core/settings.h"
#include "core/timer.h"
#include "deliver/figures.h"
#include "deliver/roster.h"
#include "io/backlog.h"
#include "push/provider.h"
#include "tell/post.h"
#include "tell/trouble.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct health {
	const struct instant *at; /* the turn's */
	struct post *post;
	struct backlog *backlog;
	const struct roster *roster;
	const struct trouble *trouble;
	const struct settings *settings;
	struct figures figures;
	struct figures shown; /* to other threads, under the lock */
	pthread_mutex_t lock;
	struct timer next; /* it is told */
	bool is_counting;  /* what waits */
	bool is_told;      /* on this connection */
};

/* In:      at  borrowed for its life: the turn's */
void health_init(struct health *health, const struct instant *at,
    struct timers *timers);
void health_finish(struct health *health);

/* What a push service did. */
void health_note_sent(struct health *health, const struct provider *provider);
void health_note_failed(struct health *health, const struct provider *provider);
void health_note_retried(struct health *health,
    const struct provider *provider);
void health_note_gone(struct health *health, const struct provider *provider);
/* It answers, whatever it was asked for. */
void health_note_success(struct health *health,
    const struct provider *provider);
/* It did not do what it was asked for.
 * In:      reason  its word, or ours */
void health_note_error(struct health *health, const struct provider *provider,
    const char *reason);

/* Look on, and tell it when it is time, and when there is other trouble.
 * In:      is_complete  the connection to the broker is */
void health_run(struct health *health, bool is_complete);

/* As it is now, as the document has it. A long list of what waits is counted for
 * the next one. */
void health_write(struct health *health, struct buf *json);

/* Any thread: a copy, some seconds old at most. */
void health_look(struct health *health, struct figures *figures,
    struct figures_instant *at);

#endif
