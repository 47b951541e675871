/* topic.h - which of the topics of docs/schema a message came on.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_TOPIC_H
#define CORE_TOPIC_H

#include "base/fault.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>

enum topic_kind {
	TOPIC_EVENT,
	TOPIC_ACK,
	TOPIC_PREFS,
	TOPIC_PREFS_SET,
	TOPIC_DEVICE,
	TOPIC_PRESENCE,
	TOPIC_AGENT,
	TOPIC_REQUEST,
};

struct topic {
	enum topic_kind kind;
	char user[65];
	char device[65]; /* or host, or verb; "" unless the topic has one */
};

/* Whether a message there happens once, and must not be lost: an event, an ack,
 * a change. The others tell a state, which is told again. */
bool topic_is_event(enum topic_kind kind);

/* Read a topic below root.
 * Out:     topic  its user is set as soon as that level is good, so that a
 *                 refusal can be told to somebody; "" otherwise
 * Returns: STATUS_BAD_INPUT with the fault set.
 */
enum status topic_parse(const char *root, const char *text, struct topic *topic,
    struct fault *fault);

/* Whether a broker takes a message on a topic that somebody named: others end the
 * whole connection for such a one. No wildcard (MQTT 5.0 3.3.2.1), no control
 * character (1.5.4), no "$" at its begin, which is the broker's own (4.7.2), and
 * at most 32 levels: mosquitto refuses 200. */
bool topic_is_publishable(const char *text);

/* Walk through the users that a bridge serves.
 * In:      users  its setting: "+", or names between commas; moves on
 * Out:     user   a name, or "+"
 * Returns: false at its end. */
bool topic_next_user(const char **users, char user[TEXT_ID_MAX + 1]);
/* Whether a bridge serves a user.
 * In:      users  its setting */
bool topic_is_served(const char *users, const char *user);

#endif
