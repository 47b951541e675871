#include "core/registry.h"

#include "core/json.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct registry {
	void *people; /* tree of struct person, by name */
	size_t device_count;
	uint32_t round;
};

/* tsearch(3) compares nodes; a name alone is found through this. */
struct key {
	const char *name;
};

static int
compare_people(const void *a, const void *b)
{
	const struct person *left = a;
	const struct person *right = b;

	return strcmp(left->name, right->name);
}

static int
compare_key(const void *key, const void *person)
{
	return strcmp(((const struct key *)key)->name,
	    ((const struct person *)person)->name);
}

enum status
registry_create(struct registry **registry)
{
	struct registry *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	fresh->round = 1;
	*registry = fresh;
	return STATUS_OK;
}

static void
free_place(struct place *place)
{
	device_finish(&place->device);
	free(place);
}

static void
free_person(void *node)
{
	struct person *person = node;

	while (person->places != NULL) {
		struct place *place = person->places;

		person->places = place->next;
		free_place(place);
	}
	free(person);
}

void
registry_destroy(struct registry *registry)
{
	if (registry == NULL)
		return;
	tdestroy(registry->people, free_person);
	free(registry);
}

static struct person *
find_person(const struct registry *registry, const char *user)
{
	const struct key key = { .name = user };
	struct person *const *node =
	    tfind(&key, &registry->people, compare_key);

	return node != NULL ? *node : NULL;
}

const struct person *
registry_person(const struct registry *registry, const char *user)
{
	return find_person(registry, user);
}

static struct person *
make_person(struct registry *registry, const char *user)
{
	struct person *person = find_person(registry, user);
	size_t size = strlen(user) + 1;

	if (person != NULL)
		return person;
	person = calloc(1, sizeof(*person) + size);
	if (person == NULL)
		return NULL;
	memcpy(person->name, user, size);
	person->preferences = preferences_default;
	if (tsearch(person, &registry->people, compare_people) == NULL) {
		free(person);
		return NULL;
	}
	return person;
}

static struct place *
find_place(const struct person *person, const char *name)
{
	struct place *place = person->places;

	while (place != NULL && strcmp(place->name, name) != 0)
		place = place->next;
	return place;
}

const struct place *
registry_device(const struct registry *registry, const char *user,
    const char *name)
{
	const struct person *person = find_person(registry, user);
	const struct place *place =
	    person != NULL ? find_place(person, name) : NULL;

	return place != NULL && place->registered ? place : NULL;
}

static struct place *
make_place(struct person *person, const char *name)
{
	struct place **end = &person->places;
	size_t size = strlen(name) + 1;
	struct place *place;

	while (*end != NULL && strcmp((*end)->name, name) != 0)
		end = &(*end)->next;
	if (*end != NULL)
		return *end;
	place = calloc(1, sizeof(*place) + size);
	if (place != NULL)
		memcpy(place->name, name, size);
	*end = place;
	return place;
}

/* A device's wishes hang on the person's: lay them over again. */
static enum status
combine(const struct person *person, struct device *device)
{
	struct preferences combined = person->preferences;
	struct fault fault = { "" };

	if (device->prefs_json == NULL)
		return STATUS_OK;
	if (preferences_parse(device->prefs_json, strlen(device->prefs_json),
	        &combined, &fault) != STATUS_OK)
		return STATUS_BAD_INPUT;
	if (device->preferences == NULL)
		device->preferences = malloc(sizeof(*device->preferences));
	if (device->preferences == NULL)
		return STATUS_NO_MEMORY;
	*device->preferences = combined;
	return STATUS_OK;
}

enum status
registry_put_device(struct registry *registry, const char *user,
    const char *name, struct device *device)
{
	struct person *person = make_person(registry, user);
	struct place *place = person != NULL ? make_place(person, name) : NULL;
	enum status status;

	if (place == NULL)
		return STATUS_NO_MEMORY;
	status = combine(person, device);
	if (status != STATUS_OK)
		return status;
	if (!place->registered)
		registry->device_count++;
	device_finish(&place->device);
	place->device = *device;
	place->registered = true;
	place->device_round = registry->round;
	return STATUS_OK;
}

static void
unregister(struct registry *registry, struct place *place)
{
	if (!place->registered)
		return;
	device_finish(&place->device);
	place->registered = false;
	registry->device_count--;
}

void
registry_remove_device(struct registry *registry, const char *user,
    const char *name)
{
	struct person *person = find_person(registry, user);
	struct place *place = person != NULL ? find_place(person, name) : NULL;

	if (place != NULL)
		unregister(registry, place);
}

enum status
registry_note_reached(struct registry *registry, const char *user,
    const char *name, const char *origin)
{
	struct person *person = find_person(registry, user);
	struct place *place = person != NULL ? find_place(person, name) : NULL;
	char *copy;

	if (place == NULL || !place->registered)
		return STATUS_OK;
	copy = strdup(origin);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	free(place->device.reached_at);
	place->device.reached_at = copy;
	return STATUS_OK;
}

void
registry_mention(struct registry *registry, const char *user, const char *name)
{
	struct person *person = find_person(registry, user);
	struct place *place = person != NULL ? find_place(person, name) : NULL;

	if (place != NULL)
		place->device_round = registry->round;
	else if (person != NULL && *name == '\0')
		person->prefs_round = registry->round;
}

static enum status
set_preferences(struct person *person, const struct preferences *preferences)
{
	enum status status = STATUS_OK;

	person->preferences = *preferences;
	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (place->registered && status == STATUS_OK)
			status = combine(person, &place->device);
	}
	return status;
}

enum status
registry_put_preferences(struct registry *registry, const char *user,
    const struct preferences *preferences)
{
	struct person *person = make_person(registry, user);

	if (person == NULL)
		return STATUS_NO_MEMORY;
	person->prefs_round = registry->round;
	person->has_preferences = preferences != NULL;
	return set_preferences(person,
	    preferences != NULL ? preferences : &preferences_default);
}

enum status
registry_put_presence(struct registry *registry, const char *user,
    const char *name, int64_t until_ms, bool is_replay)
{
	struct person *person = make_person(registry, user);
	struct place *place = person != NULL ? make_place(person, name) : NULL;

	if (place == NULL)
		return STATUS_NO_MEMORY;
	/* A presence of an earlier round is known, and runs out as it was. */
	if (!is_replay || until_ms == 0 || place->presence_round == 0)
		place->present_until_ms = until_ms;
	place->presence_round = registry->round;
	return STATUS_OK;
}

void
registry_begin_round(struct registry *registry)
{
	registry->round++;
}

struct sweep {
	struct registry *registry;
	bool (*keep)(void *context, const char *user, const char *device);
	void *context;
	size_t forgotten;
};

static bool
is_kept(const struct sweep *sweep, const char *user, const char *device)
{
	return sweep->keep != NULL && sweep->keep(sweep->context, user, device);
}

static void
sweep_preferences(struct person *person, const struct sweep *sweep)
{
	if (!person->has_preferences ||
	    person->prefs_round == sweep->registry->round ||
	    is_kept(sweep, person->name, NULL))
		return;
	person->has_preferences = false;
	(void)set_preferences(person, &preferences_default);
}

static void
sweep_device(const struct person *person, struct place *place,
    struct sweep *sweep)
{
	if (!place->registered ||
	    place->device_round == sweep->registry->round ||
	    is_kept(sweep, person->name, place->name))
		return;
	unregister(sweep->registry, place);
	sweep->forgotten++;
}

static void
sweep_person(struct person *person, struct sweep *sweep)
{
	uint32_t round = sweep->registry->round;
	struct place **link = &person->places;

	sweep_preferences(person, sweep);
	while (*link != NULL) {
		struct place *place = *link;

		if (place->presence_round != round)
			place->present_until_ms = 0;
		sweep_device(person, place, sweep);
		if (place->registered || place->presence_round == round) {
			link = &place->next;
		} else {
			*link = place->next;
			free_place(place);
		}
	}
}

static void
sweep_node(const void *node, VISIT visit, void *closure)
{
	if (visit == postorder || visit == leaf)
		sweep_person(*(struct person *const *)node, closure);
}

size_t
registry_sweep(struct registry *registry,
    bool (*keep)(void *context, const char *user, const char *device),
    void *context)
{
	struct sweep sweep = {
		.registry = registry,
		.keep = keep,
		.context = context,
	};

	twalk_r(registry->people, sweep_node, &sweep);
	return sweep.forgotten;
}

size_t
registry_device_count(const struct registry *registry)
{
	return registry->device_count;
}

const struct preferences *
registry_wishes(const struct person *person, const struct place *place)
{
	return place->device.preferences != NULL ? place->device.preferences
	                                         : &person->preferences;
}

bool
registry_is_present(const struct person *person, const struct place *place,
    enum presence_scope scope, int64_t now_ms)
{
	if (scope == SCOPE_DEVICE)
		return place->present_until_ms > now_ms;
	for (place = person->places; place != NULL; place = place->next) {
		if (place->present_until_ms > now_ms)
			return true;
	}
	return false;
}
