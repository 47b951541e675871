/* retained.h - what the retained messages tell: preferences, devices, presence.
 *
 * Main thread. A message that breaks a rule is refused with one log line and a
 * receipt, and changes nothing.
 */
#ifndef KNOW_RETAINED_H
#define KNOW_RETAINED_H

#include "core/instant.h"
#include "core/registry.h"
#include "core/settings.h"
#include "core/timer.h"
#include "io/documents.h"
#include "io/mqtt.h"
#include "io/stage.h"
#include "tell/post.h"
#include "tell/trouble.h"

#define RETAINED_TOPIC_MAX 512 /* bytes with the NUL */

struct clearance;
struct prefs_copy;

struct retained {
	const struct instant *at; /* the turn's */
	struct timers *timers;
	struct registry *registry;
	const struct zone_source *zones;
	const struct zone_source *kept_zones; /* for what was accepted once */
	/* What waits on a stage for a device (NULL = for all of the user's) may
	 * wait no longer; what is held (STAGE_DELAY) is judged again. */
	void (*hurry)(void *context, enum stage stage, const char *user,
	    const char *device);
	void *context;
	struct prefs_copy *doubts;   /* documents older than our own copy */
	struct prefs_copy *echoes;   /* of ours, that the broker will send us */
	struct person *waiting;      /* whose preferences are published soon */
	struct timer publish;        /* the first of them */
	struct clearance *clearing;  /* what we clear at the broker */
	struct documents *documents; /* our own copy */
	struct post *post;
	struct lines *lines;
	struct trouble *trouble; /* of devices: it ends with them */
	const struct settings *settings;
	int64_t complain_ms; /* monotonic: of too much, not again before */
};

/* Take one message in. */
void retained_take(struct retained *retained,
    const struct mqtt_message *message);

/* Change a person's preferences by a JSON Merge Patch; one that is wrong is
 * refused like a document. */
void retained_patch(struct retained *retained, const char *user,
    const char *patch, size_t len);

/* Begin with our own copy, before there is a broker. */
void retained_load(struct retained *retained);

/* There is another connection: what an ended one owed us does not come. */
void retained_meet_broker(struct retained *retained);
/* Everything retained will be told. */
void retained_begin_round(struct retained *retained);
/* Whether something of our own copy was not told yet. */
bool retained_lacks(const struct retained *retained);
/* It was told: who was not said to look is away. */
void retained_pass(struct retained *retained);

/* The retained messages are complete. What two rounds lack is forgotten, unless
 * the broker lost its memory: then it gets our copy.
 * Returns: the number of devices forgotten. */
size_t retained_complete(struct retained *retained, bool broker_forgot);

void retained_finish(struct retained *retained);

/* The topic of a registration; device NULL = of the preferences. */
void retained_topic(const struct retained *retained, const char *user,
    const char *device, char topic[RETAINED_TOPIC_MAX]);

/* Publish a document that comes back to us; len 0 clears it. */
void retained_tell(const struct retained *retained, const char *topic,
    const char *payload, size_t len);

/* Call hurry(). */
void retained_hurry(const struct retained *retained, enum stage stage,
    const char *user, const char *device);

#endif
