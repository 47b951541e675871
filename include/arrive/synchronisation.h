/* synchronisation.h - when what we know is what the broker knows.
 *
 * Main thread.
 * After the subscriptions a marker is published. On many a broker everything
 * retained has arrived when it returns; MQTT promises no such order, so it is
 * believed only if all of our own copy came before it. Else the end is when
 * nothing retained has come for a while. What did not come is "not heard", never
 * "gone": that takes a second round, which has to be quiet, and both whole.
 */
#ifndef ARRIVE_SYNCHRONISATION_H
#define ARRIVE_SYNCHRONISATION_H

#include "core/instant.h"
#include "core/settings.h"
#include "io/mqtt.h"
#include "know/retained.h"

#include <stdbool.h>
#include <stdint.h>

#define SYNCHRONISATION_TOPIC_MAX 640 /* bytes; three names and a word */
#define SYNCHRONISATION_QUIET_MS 1000
#define SYNCHRONISATION_LIMIT_MS 30000 /* for the marker, and for quiet */

struct synchronisation {
	const struct instant *at; /* the turn's */
	struct mqtt *mqtt;
	struct retained *retained;
	const struct settings *settings;
	bool is_checking; /* the second round */
	bool has_copy;    /* as the round began: an empty one proves nothing */
	bool has_marker;
	bool has_witness;  /* the broker showed it in this round */
	bool has_skipped;  /* more came than could be read */
	char nonce[33];    /* of the marker under way */
	int64_t marker_ms; /* monotonic: when it came */
	int64_t heard_ms;  /* monotonic: when something retained came */
};

/* A topic of the bridge itself. */
void synchronisation_topic(const struct settings *settings, const char *leaf,
    char topic[SYNCHRONISATION_TOPIC_MAX]);

/* Subscribe, and send the marker.
 * In:      is_checking  it follows at once upon a round that lacked something */
enum status synchronisation_begin(struct synchronisation *synchronisation,
    bool is_checking);

/* Something retained came. */
void synchronisation_note(struct synchronisation *synchronisation);
/* Take a marker.
 * Returns: whether it is the one that was waited for. */
bool synchronisation_take_marker(struct synchronisation *synchronisation,
    const struct mqtt_message *message);

/* Whether the marker is enough.
 * In:      is_known  the broker has our session still */
bool synchronisation_is_clear(const struct synchronisation *synchronisation,
    bool is_known);
/* Monotonic: when it will have been quiet, or when the wait for that is over. */
int64_t synchronisation_due_ms(const struct synchronisation *synchronisation);
/* Whether the round told everything: to be asked once, at its end. */
bool synchronisation_is_whole(struct synchronisation *synchronisation,
    int64_t now_ms);

#endif
