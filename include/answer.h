/* answer.h - what an operator asks the bridge over MQTT.
 *
 * Main thread.
 * Source:  MQTT 5.0 4.10 (request and response).
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "core/settings.h"
#include "io/decisions.h"
#include "io/mqtt.h"
#include "post.h"

struct answer {
	struct decisions *decisions;
	struct post *post;
	const struct settings *settings;
	void (*reload)(void *context);
	void *context;
};

/* Answer one request; verb is its topic's last level. */
void answer_request(struct answer *answer, const char *verb,
    const struct mqtt_message *message);

#endif
