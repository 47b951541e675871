/* link.h - the connection to the broker: made, lost, made again, complete.
 *
 * Main thread.
 * State comes before events: synchronisation.h. Only when that is heard the
 * retained state is "online"; where we give a connection up, our will makes it
 * "offline". Nothing counts that an ended connection still delivers.
 */
#ifndef ARRIVE_LINK_H
#define ARRIVE_LINK_H

#include "arrive/foreign.h"
#include "arrive/synchronisation.h"
#include "core/instant.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/mqtt.h"
#include "know/retained.h"
#include "tell/answer.h"
#include "tell/homeassistant.h"

#include <stdbool.h>
#include <stdint.h>

#define LINK_WHY_MAX 1024 /* bytes with the NUL */

struct link {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct mqtt *mqtt;
	struct retained *retained;
	struct answer *answer;
	struct homeassistant *homeassistant;
	struct lines *lines;
	const struct settings *settings;
	struct synchronisation round;
	struct foreign foreign;
	bool is_complete;   /* what is known is what the broker knows */
	bool broker_forgot; /* it had no session of ours, and we had one */
	bool is_up;
	uint32_t connection; /* which one is, or was last */
	int64_t up_ms;       /* monotonic: since when */
	int32_t short_ones;  /* connections that the broker ended, in a row */
	bool is_connecting;
	bool is_ready; /* and the broker tells others that we are */
	int asking;    /* subscriptions that may be refused, not answered */
	int refusals;  /* of them: the broker ended the connection instead */
	int64_t resync_ms; /* monotonic: not again before */
	struct timer resync;
	bool has_missed;  /* something may not have been heard: because one
	                   * person said too much, or ... */
	int64_t missed;   /* ... because the broker dropped so many messages */
	int64_t dropped;  /* messages the broker dropped, as it says; -1 = ? */
	struct timer act; /* connect, or give up on the marker */
	int32_t failures; /* attempts in a row */
	char why[LINK_WHY_MAX]; /* the last of them failed */
};

void link_init(struct link *link);
/* Take in one piece of news from the broker. */
void link_take(struct link *link, const struct mqtt_news *news);
/* Do what is due: connect, or give up waiting. */
void link_run(struct link *link);
/* Say good-bye: the retained state becomes "offline". */
void link_close(struct link *link);
#endif
