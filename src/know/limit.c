#include "know/limit.h"

#include <stdio.h>
#include <string.h>

#define KIB 1024
#define PREFIX_MAX (SETTING_MAX + 80)

static bool
has_room_for_device(const struct limit *limit, const char *user,
    const char *device, struct fault *fault)
{
	const struct person *person = registry_person(limit->registry, user);
	int64_t count = 0;

	if (*device == '\0' || person == NULL ||
	    registry_device(limit->registry, user, device) != NULL)
		return true;
	for (const struct place *place = person->places; place != NULL;
	     place = place->next)
		count += place->registered;
	if (count < limit->settings->limits.devices)
		return true;
	fault_set(fault, "more than %d devices of one user: remove one",
	    (int)limit->settings->limits.devices);
	return false;
}

/* Copies of presence have a limit of their own: devices.c. */
static int64_t
weigh(const struct limit *limit, const char *user)
{
	const char *root = limit->settings->mqtt.root;
	struct document preferences;
	char topic[PREFIX_MAX];
	int64_t weight;

	(void)snprintf(topic, sizeof(topic), "%s/%s/device/", root, user);
	weight = documents_weigh(limit->documents, topic);
	(void)snprintf(topic, sizeof(topic), "%s/%s/prefs", root, user);
	if (documents_find(limit->documents, topic, &preferences))
		weight += (int64_t)preferences.len;
	return weight;
}

static bool
has_room_for_bytes(const struct limit *limit,
    const struct mqtt_message *message, const char *user, struct fault *fault)
{
	int64_t most = limit->settings->limits.retained_kib * KIB;
	int64_t weight = weigh(limit, user) + (int64_t)message->len;
	struct document known;

	if (documents_find(limit->documents, message->topic, &known))
		weight -= (int64_t)known.len;
	if (weight <= most)
		return true;
	fault_set(fault,
	    "more than %d KiB of preferences and registrations of one user",
	    (int)limit->settings->limits.retained_kib);
	return false;
}

bool
limit_allows_document(const struct limit *limit,
    const struct mqtt_message *message, const char *user, const char *device,
    struct fault *fault)
{
	return message->len == 0 ||
	    (has_room_for_device(limit, user, device, fault) &&
	        has_room_for_bytes(limit, message, user, fault));
}

int
limit_names(const struct settings *settings)
{
	return 2 * (int)settings->limits.devices;
}

bool
limit_allows_name(const struct limit *limit, const char *user, const char *name,
    struct fault *fault)
{
	const struct person *person = registry_person(limit->registry, user);
	int most = limit_names(limit->settings);
	int count = 0;

	if (person == NULL)
		return true;
	for (const struct place *place = person->places; place != NULL;
	     place = place->next) {
		if (strcmp(place->name, name) == 0)
			return true;
		count++;
	}
	for (const struct host *host = person->hosts; host != NULL;
	     host = host->next) {
		if (strcmp(host->name, name) == 0)
			return true;
		count++;
	}
	if (count < most)
		return true;
	fault_set(fault, "more than %d names of devices and hosts of one user",
	    most);
	return false;
}
