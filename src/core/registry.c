#include "core/registry.h"

#include "core/json.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct registry {
	void *people; /* tree of struct person, by name */
	size_t device_count;
	size_t guest_count;
	uint32_t round;
	const struct zone_source *zones;
	struct person *touched;
	struct person *changed;
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

void
registry_use_zones(struct registry *registry, const struct zone_source *zones)
{
	registry->zones = zones;
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
	while (person->hosts != NULL) {
		struct host *host = person->hosts;

		person->hosts = host->next;
		agent_finish(&host->agent);
		free(host);
	}
	preferences_free(person->preferences);
	free(person->last);
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

struct person *
registry_find_person(const struct registry *registry, const char *user)
{
	const struct key key = { .name = user };
	struct person *const *node =
	    tfind(&key, &registry->people, compare_key);

	return node != NULL ? *node : NULL;
}

const struct person *
registry_person(const struct registry *registry, const char *user)
{
	return registry_find_person(registry, user);
}

void
registry_touch(struct registry *registry, struct person *person)
{
	if (!person->is_changed && !person->is_guest) {
		person->is_changed = true;
		person->next_changed = registry->changed;
		registry->changed = person;
	}
	if (person->is_touched)
		return;
	person->is_touched = true;
	person->next_touched = registry->touched;
	registry->touched = person;
}

struct person *
registry_first_touched(const struct registry *registry)
{
	return registry->touched;
}

struct person *
registry_take_touched(struct registry *registry)
{
	struct person *person = registry->touched;

	if (person == NULL)
		return NULL;
	registry->touched = person->next_touched;
	person->is_touched = false;
	return person;
}

struct person *
registry_take_changed(struct registry *registry)
{
	struct person *person = registry->changed;

	if (person == NULL)
		return NULL;
	registry->changed = person->next_changed;
	person->is_changed = false;
	return person;
}

static struct person *
add_person(struct registry *registry, const char *user, bool is_guest)
{
	size_t size = strlen(user) + 1;
	struct person *person = calloc(1, sizeof(*person) + size);

	if (person == NULL)
		return NULL;
	memcpy(person->name, user, size);
	person->is_guest = is_guest;
	if (tsearch(person, &registry->people, compare_people) == NULL) {
		free(person);
		return NULL;
	}
	registry_touch(registry, person);
	return person;
}

struct person *
registry_make_person(struct registry *registry, const char *user)
{
	struct person *person = registry_find_person(registry, user);

	if (person == NULL)
		return add_person(registry, user, false);
	if (person->is_guest) {
		person->is_guest = false;
		registry->guest_count--;
	}
	return person;
}

struct person *
registry_make_guest(struct registry *registry, const char *user)
{
	struct person *person = registry_find_person(registry, user);

	if (person != NULL)
		return person;
	if (registry->guest_count == REGISTRY_GUESTS_MAX)
		return NULL;
	person = add_person(registry, user, true);
	if (person != NULL)
		registry->guest_count++;
	return person;
}

void
registry_forget_guest(struct registry *registry, struct person *guest)
{
	assert(guest->is_guest && !guest->is_touched);
	(void)tdelete(guest, &registry->people, compare_people);
	registry->guest_count--;
	free_person(guest);
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
	const struct person *person = registry_find_person(registry, user);
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
combine(const struct registry *registry, const struct person *person,
    struct device *device)
{
	struct preferences *combined;
	struct fault fault = { "" };
	enum status status;

	if (device->prefs_json == NULL)
		return STATUS_OK;
	combined = calloc(1, sizeof(*combined));
	if (combined == NULL)
		return STATUS_NO_MEMORY;
	status = preferences_copy(registry_person_wishes(person), combined);
	if (status == STATUS_OK)
		status = preferences_parse(device->prefs_json,
		    strlen(device->prefs_json),
		    &(struct preferences_origin){ LAYER_DEVICE,
		        registry->zones },
		    combined, &fault);
	if (status != STATUS_OK) {
		preferences_free(combined);
		return status;
	}
	preferences_free(device->preferences);
	device->preferences = combined;
	return STATUS_OK;
}

enum status
registry_put_device(struct registry *registry, const char *user,
    const char *name, struct device *device)
{
	struct person *person = registry_make_person(registry, user);
	struct place *place = person != NULL ? make_place(person, name) : NULL;
	enum status status;

	if (place == NULL)
		return STATUS_NO_MEMORY;
	status = combine(registry, person, device);
	if (status != STATUS_OK)
		return status;
	if (!place->registered)
		registry->device_count++;
	registry_touch(registry, person);
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
	struct person *person = registry_find_person(registry, user);
	struct place *place = person != NULL ? find_place(person, name) : NULL;

	if (place == NULL)
		return;
	unregister(registry, place);
	registry_touch(registry, person);
}

enum status
registry_note_reached(struct registry *registry, const char *user,
    const char *name, const char *origin)
{
	struct person *person = registry_find_person(registry, user);
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
	struct person *person = registry_find_person(registry, user);
	struct place *place = person != NULL ? find_place(person, name) : NULL;

	if (place != NULL)
		place->device_round = registry->round;
	else if (person != NULL && *name == '\0')
		person->prefs_round = registry->round;
}

/* Out: copy  owned; NULL if there is nothing to copy */
static enum status
copy_preferences(const struct preferences *preferences,
    struct preferences **copy)
{
	enum status status;

	*copy = NULL;
	if (preferences == NULL)
		return STATUS_OK;
	*copy = calloc(1, sizeof(**copy));
	if (*copy == NULL)
		return STATUS_NO_MEMORY;
	status = preferences_copy(preferences, *copy);
	if (status != STATUS_OK) {
		free(*copy);
		*copy = NULL;
	}
	return status;
}

static enum status
set_preferences(struct registry *registry, struct person *person,
    const struct preferences *preferences)
{
	struct preferences *copy;
	enum status status = copy_preferences(preferences, &copy);

	if (status != STATUS_OK)
		return status;
	preferences_free(person->preferences);
	person->preferences = copy;
	registry_touch(registry, person);
	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (place->registered && status == STATUS_OK)
			status = combine(registry, person, &place->device);
	}
	return status;
}

enum status
registry_put_preferences(struct registry *registry, const char *user,
    const struct preferences *preferences)
{
	struct person *person = registry_make_person(registry, user);

	if (person == NULL)
		return STATUS_NO_MEMORY;
	person->prefs_round = registry->round;
	return set_preferences(registry, person, preferences);
}

enum status
registry_put_presence(struct registry *registry, const char *user,
    const char *name, int64_t until_ms, bool is_replay)
{
	struct person *person = registry_make_person(registry, user);
	struct place *place = person != NULL ? make_place(person, name) : NULL;

	if (place == NULL)
		return STATUS_NO_MEMORY;
	/* A presence of an earlier round is known, and runs out as it was. */
	if (!is_replay || until_ms == 0 || place->presence_round == 0)
		place->present_until_ms = until_ms;
	place->presence_round = registry->round;
	registry_touch(registry, person);
	return STATUS_OK;
}

static void
drop_host(struct host **link)
{
	struct host *host = *link;

	*link = host->next;
	agent_finish(&host->agent);
	free(host);
}

enum status
registry_put_host(struct registry *registry, const char *user, const char *name,
    struct agent *agent)
{
	struct person *person = registry_make_person(registry, user);
	size_t size = strlen(name) + 1;
	struct host **link;

	if (person == NULL)
		return STATUS_NO_MEMORY;
	link = &person->hosts;
	while (*link != NULL && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	registry_touch(registry, person);
	if (agent->running < 0) {
		if (*link != NULL)
			drop_host(link);
		agent_finish(agent);
		return STATUS_OK;
	}
	if (*link == NULL) {
		struct host *host = calloc(1, sizeof(*host) + size);

		if (host == NULL)
			return STATUS_NO_MEMORY;
		memcpy(host->name, name, size);
		person->has_several_hosts |= person->hosts != NULL;
		*link = host;
	}
	agent_finish(&(*link)->agent);
	(*link)->agent = *agent;
	(*link)->round = registry->round;
	return STATUS_OK;
}

struct place *
registry_find_place(const struct registry *registry, const char *user,
    const char *name)
{
	const struct person *person = registry_find_person(registry, user);

	return person != NULL ? find_place(person, name) : NULL;
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

/* In this round, or in the one before it. */
static bool
is_recent(const struct sweep *sweep, uint32_t round)
{
	return sweep->registry->round - round <= 1;
}

static bool
is_kept(const struct sweep *sweep, const char *user, const char *device)
{
	return sweep->keep != NULL && sweep->keep(sweep->context, user, device);
}

static void
sweep_preferences(struct person *person, const struct sweep *sweep)
{
	if (person->preferences == NULL ||
	    is_recent(sweep, person->prefs_round) ||
	    is_kept(sweep, person->name, NULL))
		return;
	(void)set_preferences(sweep->registry, person, NULL);
}

static void
sweep_device(const struct person *person, struct place *place,
    struct sweep *sweep)
{
	if (!place->registered || is_recent(sweep, place->device_round) ||
	    is_kept(sweep, person->name, place->name))
		return;
	unregister(sweep->registry, place);
	sweep->forgotten++;
}

static void
sweep_person(struct person *person, struct sweep *sweep)
{
	registry_touch(sweep->registry, person);
	sweep_preferences(person, sweep);
	for (struct place *place = person->places; place != NULL;
	     place = place->next)
		sweep_device(person, place, sweep);
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

static void
pass_places(struct person *person, uint32_t round)
{
	struct place **link = &person->places;

	while (*link != NULL) {
		struct place *place = *link;

		if (place->presence_round != round)
			place->present_until_ms = 0;
		if (place->registered || place->presence_round == round) {
			link = &place->next;
		} else {
			*link = place->next;
			free_place(place);
		}
	}
}

static void
pass_person(void *context, struct person *person)
{
	struct registry *registry = context;
	struct host **host = &person->hosts;

	registry_touch(registry, person);
	while (*host != NULL) {
		if ((*host)->round == registry->round)
			host = &(*host)->next;
		else
			drop_host(host);
	}
	pass_places(person, registry->round);
}

void
registry_pass(struct registry *registry)
{
	registry_visit(registry, pass_person, registry);
}

bool
registry_has_heard(const struct registry *registry, const char *user,
    const char *name)
{
	const struct place *place = registry_find_place(registry, user, name);

	return place != NULL && place->device_round == registry->round;
}

struct search {
	uint32_t round;
	bool is_lacking;
};

static void
look_for_lack(void *context, struct person *person)
{
	struct search *search = context;

	if (person->preferences != NULL && person->prefs_round != search->round)
		search->is_lacking = true;
	for (const struct place *place = person->places; place != NULL;
	     place = place->next)
		search->is_lacking |=
		    place->registered && place->device_round != search->round;
}

bool
registry_lacks(struct registry *registry)
{
	struct search search = { .round = registry->round };

	registry_visit(registry, look_for_lack, &search);
	return search.is_lacking;
}

size_t
registry_device_count(const struct registry *registry)
{
	return registry->device_count;
}

struct visit {
	void (*visit)(void *context, struct person *person);
	void *context;
};

static void
visit_node(const void *node, VISIT visit, void *closure)
{
	const struct visit *visitor = closure;

	if (visit == postorder || visit == leaf)
		visitor->visit(visitor->context, *(struct person *const *)node);
}

void
registry_visit(struct registry *registry,
    void (*visit)(void *context, struct person *person), void *context)
{
	struct visit visitor = { visit, context };

	twalk_r(registry->people, visit_node, &visitor);
}

const struct preferences *
registry_person_wishes(const struct person *person)
{
	return person->preferences != NULL ? person->preferences
	                                   : &preferences_default;
}

const struct preferences *
registry_wishes(const struct person *person, const struct place *place)
{
	return place->device.preferences != NULL
	    ? place->device.preferences
	    : registry_person_wishes(person);
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
