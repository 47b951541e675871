/* news.h - news from the broker, packed for its way to another thread.
 *
 * Layer:   io. Any thread.
 */
#ifndef IO_NEWS_H
#define IO_NEWS_H

#include "io/mailbox.h"
#include "io/mqtt.h"

/* A copy of news and of all that it points to. Never NULL: without memory the
 * process ends, for news that is not told would leave a wrong state behind; the
 * supervisor starts us again and the broker tells everything. */
struct letter *news_pack(const struct mqtt_news *news);

/* The news in a letter, which it owns from now on: mqtt_news_finish(). */
void news_open(struct letter *letter, struct mqtt_news *news);

#endif
