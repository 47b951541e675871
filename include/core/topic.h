/* topic.h - which of the topics of DESIGN.md section 2 a message came on.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_TOPIC_H
#define CORE_TOPIC_H

#include "base/fault.h"
#include "base/status.h"

enum topic_kind {
	TOPIC_EVENT,
	TOPIC_PREFS,
	TOPIC_DEVICE,
	TOPIC_PRESENCE,
};

struct topic {
	enum topic_kind kind;
	char user[65];
	char device[65]; /* "" unless the topic has one */
};

/* Read a topic below root.
 * Out:     topic  its user is set as soon as that level is good, so that a
 *                 refusal can be told to somebody; "" otherwise
 * Returns: STATUS_BAD_INPUT with the fault set.
 */
enum status topic_parse(const char *root, const char *text, struct topic *topic,
    struct fault *fault);

#endif
