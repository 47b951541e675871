/* link.h - the connection to the broker: made, lost, made again, complete.
 *
 * Main thread.
 * State comes before events. After the subscriptions a marker is published; when
 * it returns, every retained message has arrived. The answer to the subscription
 * itself is no such sign. Only then the retained state is "online"; where we give
 * a connection up, our will makes it "offline". Nothing counts that an ended
 * connection still delivers.
 */
#ifndef ARRIVE_LINK_H
#define ARRIVE_LINK_H

#include "core/instant.h"
#include "core/settings.h"
#include "io/mqtt.h"
#include "know/retained.h"
#include "tell/answer.h"
#include "tell/homeassistant.h"

#include <stdbool.h>
#include <stdint.h>

struct link {
	const struct instant *at; /* the turn's */
	struct mqtt *mqtt;
	struct retained *retained;
	struct answer *answer;
	struct homeassistant *homeassistant;
	const struct settings *settings;
	bool is_complete;   /* what is known is what the broker knows */
	bool has_witness;   /* the broker showed it in this round */
	bool broker_forgot; /* it had no session of ours, and we had one */
	bool is_up;
	uint32_t connection; /* which one is, or was last */
	bool is_connecting;
	bool is_ready;  /* and the broker tells others that we are */
	int asking;     /* subscriptions that may be refused, not answered */
	int refusals;   /* of them: the broker ended the connection instead */
	char nonce[33]; /* of the marker under way */
	int64_t resync_ms; /* monotonic: not again before */
	int64_t dropped;   /* messages the broker dropped, as it says; -1 = ? */
	int64_t act_ms;    /* monotonic: connect, or give up on the marker */
	int32_t failures;  /* attempts in a row */
};

void link_init(struct link *link);
/* Take in one piece of news from the broker. */
void link_take(struct link *link, const struct mqtt_news *news);
/* Do what is due: connect, or give up waiting. */
void link_run(struct link *link);
/* Say good-bye: the retained state becomes "offline". */
void link_close(struct link *link);
/* Milliseconds until link_run() has something to do by itself. */
int link_wait_ms(const struct link *link, int limit_ms);

#endif
