/* registry.h - the people, their devices, preferences and presence, as the
 * retained messages tell them.
 *
 * Layer:   core. Pure: memory only.
 * Each connection to the broker delivers the retained messages anew. What they
 * did not mention by the time they are complete no longer exists; a round
 * counts the connections, so that registry_sweep() can tell.
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "base/status.h"
#include "core/device.h"
#include "core/preferences.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One device level of a person's topics: registered, present, or both. */
struct place {
	struct place *next;
	bool registered;
	int64_t present_until_ms; /* Unix; 0 = away */
	uint32_t device_round;    /* when each was last heard of */
	uint32_t presence_round;
	struct device device; /* zeroed unless registered */
	char name[];          /* the device level */
};

struct person {
	struct preferences preferences;
	bool has_preferences; /* said, not the default */
	uint32_t prefs_round;
	struct place *places; /* in order of appearance */
	char name[];
};

struct registry;

enum status registry_create(struct registry **registry);
void registry_destroy(struct registry *registry); /* NULL is fine */

/* Borrowed until the next call that changes the registry. */
const struct person *registry_person(const struct registry *registry,
    const char *user);
const struct place *registry_device(const struct registry *registry,
    const char *user, const char *name);

/* device is taken over on STATUS_OK: do not finish it. */
enum status registry_put_device(struct registry *registry, const char *user,
    const char *name, struct device *device);
void registry_remove_device(struct registry *registry, const char *user,
    const char *name);
/* origin took a push for it; what does not know the device changes nothing. */
enum status registry_note_reached(struct registry *registry, const char *user,
    const char *name, const char *origin);
/* This round told something that was refused: what is known stays.
 * In:  name  "" = the preferences */
void registry_mention(struct registry *registry, const char *user,
    const char *name);
/* In:  preferences  NULL = the person takes them back */
enum status registry_put_preferences(struct registry *registry,
    const char *user, const struct preferences *preferences);

/* In:  until_ms   0 = away
 *      is_replay  the broker repeats an old message: a known presence must not
 *                 be prolonged by it */
enum status registry_put_presence(struct registry *registry, const char *user,
    const char *name, int64_t until_ms, bool is_replay);

/* A new connection begins; the retained messages will be told again. */
void registry_begin_round(struct registry *registry);
/* They are complete: forget what this round did not mention. A presence goes;
 * of a registration (device is its name) or of preferences (device is NULL) the
 * caller says whether it stays all the same.
 * In:      keep  NULL = nothing stays
 * Returns: the number of devices forgotten. */
size_t registry_sweep(struct registry *registry,
    bool (*keep)(void *context, const char *user, const char *device),
    void *context);

size_t registry_device_count(const struct registry *registry);

/* What holds for this device: its own wishes over the person's. */
const struct preferences *registry_wishes(const struct person *person,
    const struct place *place);
/* Somebody looks at the app, on any device or on that of place. */
bool registry_is_present(const struct person *person, const struct place *place,
    enum presence_scope scope, int64_t now_ms);

#endif
