/* registry.h - the people, their devices, preferences and presence, as the
 * retained messages tell them.
 *
 * Layer:   core. Pure: memory only.
 * Each subscription delivers the retained messages anew: a round. What one round
 * did not mention was not heard, which a broker may be to blame for; what two in
 * a row did not mention no longer exists.
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "base/status.h"
#include "core/agent.h"
#include "core/device.h"
#include "core/preferences.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct person;

/* One device level of a person's topics: registered, present, or both. */
struct place {
	struct place *next;
	int64_t present_until_ms; /* monotonic; 0 = away */
	int64_t full_us;          /* of its bucket: core/rate.h */
	int64_t asks_full_us;     /* of that for what needs an answer */
	int64_t overflow_ms;   /* Unix: the next digest of what was too much */
	int64_t gather_ms;     /* Unix: and of turns that finish together */
	uint32_t device_round; /* when each was last heard of */
	uint32_t presence_round;
	bool is_bucket_new; /* nobody wrote them down yet */
	bool registered;
	struct device device; /* zeroed unless registered */
	char name[];          /* the device level */
};

/* An OpenCode host, as it tells of itself. */
struct host {
	struct host *next;
	struct agent agent; /* what it does */
	uint32_t round;
	char name[];
};

struct person {
	bool is_guest; /* known by what waits for an answer, or fails, alone */
	struct preferences *preferences; /* owned; NULL = never said any */
	uint32_t prefs_round;
	bool is_prefs_waiting; /* to be published as they are */
	struct person *next_prefs_waiting;
	int64_t prefs_due_ms;   /* monotonic: not published again before */
	struct host *hosts;     /* that are online */
	bool has_several_hosts; /* some time in this life of ours */
	bool is_announced;      /* to Home Assistant, on this connection */
	bool is_touched;        /* in the list of registry_take_touched() */
	struct person *next_touched;
	bool is_changed; /* in the list of registry_take_changed() */
	struct person *next_changed;
	int32_t waiting;          /* events that wait for an answer */
	int64_t waiting_until_ms; /* Unix: then one of them expires */
	int32_t queued;           /* events that wait for anything, at most */
	int64_t counted_ms;       /* monotonic: when they were counted last */
	bool is_unsaved;          /* in the summary's list */
	struct person *next_unsaved;
	char *last;       /* owned; the last event, JSON; NULL = none */
	bool is_last_new; /* nobody wrote it down yet */
	uint64_t told;    /* a number of the summary that was told; 0 = none */
	int64_t summary_ms;       /* monotonic: when that was */
	int64_t summary_pause_ms; /* until it may be told again */
	int64_t summary_due_ms;   /* monotonic: time alone may change it then */
	struct place *places;     /* in order of appearance */
	char name[];
};

struct registry;

enum status registry_create(struct registry **registry);
/* In:  zones  borrowed for the registry's life; for the devices' wishes */
void registry_use_zones(struct registry *registry,
    const struct zone_source *zones);
void registry_destroy(struct registry *registry); /* NULL is fine */

/* Borrowed until the next call that changes the registry. */
const struct person *registry_person(const struct registry *registry,
    const char *user);
struct person *registry_find_person(const struct registry *registry,
    const char *user); /* to change what is known of her */
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
/* In:  preferences  copied; NULL = the person takes them back */
enum status registry_put_preferences(struct registry *registry,
    const char *user, const struct preferences *preferences);

/* In:  until_ms   monotonic; 0 = away
 *      is_replay  the broker repeats an old message: a known presence must not
 *                 be prolonged by it */
enum status registry_put_presence(struct registry *registry, const char *user,
    const char *name, int64_t until_ms, bool is_replay);

/* In:  agent  of an OpenCode host; taken over on STATUS_OK: do not finish it */
enum status registry_put_host(struct registry *registry, const char *user,
    const char *name, struct agent *agent);

#define REGISTRY_GUESTS_MAX 1000

/* The person, made as a guest if need be: whoever publishes may name anybody, so
 * there are at most REGISTRY_GUESTS_MAX of them, and they are to be forgotten
 * when nothing waits. One of whom more is learned is a guest no longer.
 * Returns: NULL: there are too many, or no memory. */
struct person *registry_make_guest(struct registry *registry, const char *user);
/* In:  guest  not in the list of those touched; freed */
void registry_forget_guest(struct registry *registry, struct person *guest);

/* The person, made if need be, and a device level of hers; NULL = no memory.
 * For what is learned of them elsewhere. */
struct person *registry_make_person(struct registry *registry,
    const char *user);
struct place *registry_find_place(const struct registry *registry,
    const char *user, const char *name); /* NULL = unknown */
/* Something of the person changed, of which others want to know; the registry
 * says so of its own changes itself. */
void registry_touch(struct registry *registry, struct person *person);
/* Such people, by their next_touched. */
struct person *registry_first_touched(const struct registry *registry);
/* The next such person, once; NULL = no more. */
struct person *registry_take_touched(struct registry *registry);
/* The same for another reader, who has a list of her own; guests are in none. */
struct person *registry_take_changed(struct registry *registry);
/* Each person in turn. */
void registry_visit(struct registry *registry,
    void (*visit)(void *context, struct person *person), void *context);

/* The retained messages will be told again. */
void registry_begin_round(struct registry *registry);
/* Whether this round mentioned the registration. */
bool registry_has_heard(const struct registry *registry, const char *user,
    const char *name);
/* Whether a registration or preferences were not told in this round. */
bool registry_lacks(struct registry *registry);
/* The round is complete: a presence, and a host, that it did not mention goes. */
void registry_pass(struct registry *registry);
/* The second of two rounds is complete: registrations (device is the name) and
 * preferences (device is NULL) that neither mentioned are forgotten, unless the
 * caller says that they stay.
 * In:      keep  NULL = nothing stays
 * Returns: the number of devices forgotten. */
size_t registry_sweep(struct registry *registry,
    bool (*keep)(void *context, const char *user, const char *device),
    void *context);

size_t registry_device_count(const struct registry *registry);

/* What holds for this device: its own wishes over the person's. */
const struct preferences *registry_wishes(const struct person *person,
    const struct place *place);
const struct preferences *registry_person_wishes(const struct person *person);
/* Somebody looks at the app, on any device or on that of place.
 * In:  now_ms  monotonic */
bool registry_is_present(const struct person *person, const struct place *place,
    enum presence_scope scope, int64_t now_ms);

#endif
