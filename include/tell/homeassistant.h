/* homeassistant.h - Home Assistant finds the bridge, and each person.
 *
 * Main thread.
 * Source:  core/discovery.h.
 * What is announced is retained, so that Home Assistant finds it whenever it
 * starts; it is announced again on each connection, for brokers that forget, and
 * when Home Assistant says that it is there. A person is announced who has a
 * device or preferences, and taken away when she has neither. Where nobody set
 * [homeassistant] discovery, nothing is published before Home Assistant was seen.
 */
#ifndef TELL_HOMEASSISTANT_H
#define TELL_HOMEASSISTANT_H

#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/announced.h"
#include "io/mqtt.h"
#include "io/outbox.h"
#include "tell/post.h"

#include <stdbool.h>
#include <stdint.h>

#define HOMEASSISTANT_TAG 2 /* of what the broker has to answer */

struct homeassistant {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct announced *announced;
	struct outbox *outbox;
	struct registry *registry;
	struct post *post;
	const struct settings *settings;
	bool was_seen;       /* on this broker, now or before */
	bool is_there;       /* it said something of itself */
	bool is_complete;    /* the connection is */
	uint32_t connection; /* on which the bridge is announced; 0 = none */
	bool is_behind;      /* and not yet everybody */
	bool is_refused;     /* and somebody was told */
	int64_t due_ms; /* monotonic: tell all of it; INT64_MAX = no need */
	struct timer next;
};

/* Begin with what was announced before a restart. */
void homeassistant_load(struct homeassistant *homeassistant);

/* Whether what Home Assistant says of itself is of use; the topic is
 * <prefix>/status. */
bool homeassistant_listens(const struct settings *settings);
void homeassistant_take_status(struct homeassistant *homeassistant,
    const struct mqtt_message *message);

/* What the broker made of our announcement.
 * In:      refusal  NULL = it took it */
void homeassistant_take_answer(struct homeassistant *homeassistant,
    const char *refusal);

/* Something of the person changed: announce her, or take her away.
 * In:      homeassistant  NULL is fine */
void homeassistant_notice(struct homeassistant *homeassistant,
    struct person *person);

/* Do what is due.
 * In:      connection  to the broker, if what is known is what it knows; else 0 */
void homeassistant_run(struct homeassistant *homeassistant,
    uint32_t connection);

#endif
