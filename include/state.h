/* state.h - what the retained messages tell: preferences, devices, presence.
 *
 * Main thread. A message that breaks a rule is refused with one log line and a
 * receipt, and changes nothing.
 */
#ifndef STATE_H
#define STATE_H

#include "core/registry.h"
#include "core/settings.h"
#include "io/documents.h"
#include "io/mqtt.h"
#include "post.h"
#include "release.h"

struct clearance;
struct prefs_copy;

struct state {
	struct registry *registry;
	const struct zone_source *zones;
	const struct zone_source *kept_zones; /* for what was accepted once */
	struct release *release;
	struct prefs_copy *doubts;   /* documents older than our own copy */
	struct prefs_copy *echoes;   /* of ours, that the broker will send us */
	struct clearance *clearing;  /* what we clear at the broker */
	struct documents *documents; /* our own copy */
	struct post *post;
	const struct settings *settings;
	int64_t complain_ms; /* monotonic: of too much, not again before */
};

void state_apply(struct state *state, const struct mqtt_message *message);

/* Change a person's preferences by a JSON Merge Patch; one that is wrong is
 * refused like a document. */
void state_patch(struct state *state, const char *user, const char *patch,
    size_t len);

/* Begin with our own copy, before there is a broker. */
void state_load(struct state *state);

/* The retained messages of this connection are complete. What they lack is
 * forgotten, unless the broker lost its memory: then it gets our copy.
 * Returns: the number of devices forgotten. */
size_t state_complete(struct state *state, bool broker_forgot);

void state_finish(struct state *state);

/* The device was found at an origin that was not the first to be tried. */
void state_note_reached(struct state *state, const char *user,
    const char *device, const char *origin);

/* A service says that the device is gone: its registration is cleared. */
void state_forget_device(struct state *state, const char *user,
    const char *device);

#endif
