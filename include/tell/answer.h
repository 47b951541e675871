/* answer.h - what an operator, or a person, asks the bridge over MQTT.
 *
 * Main thread.
 * An operator may ask anything, on a topic of the bridge. A person asks on one of
 * their own, about what is theirs: nothing of others is in the answer, and it
 * goes nowhere else. Who asks again and again is refused: answers are long.
 * Source:  MQTT 5.0 4.10 (request and response).
 */
#ifndef TELL_ANSWER_H
#define TELL_ANSWER_H

#include "core/settings.h"
#include "io/mqtt.h"
#include "io/receipts.h"
#include "tell/post.h"

#define ANSWER_PEOPLE 256 /* who may ask much; people beyond share */

struct answer {
	struct receipts *receipts;
	struct post *post;
	const struct settings *settings;
	void (*reload)(void *context);
	void *context;
	/* How the bridge is, as one JSON object. */
	void (*write_health)(void *context, struct buf *json);
	void *health;
	int64_t full_us[ANSWER_PEOPLE]; /* of core/rate.h, by name */
};

/* Answer one request.
 * In:      user  who asks; NULL = an operator
 *          verb  its topic's last level */
void answer_request(struct answer *answer, const char *user, const char *verb,
    const struct mqtt_message *message);

#endif
