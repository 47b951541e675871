/* decide.c - what deciding costs when many people are known: each event looks
 * its person up, and is judged for each of her devices.
 *
 * Usage: decide USERS DEVICES EVENTS. Prints nanoseconds of CPU for an event.
 */
#include "core/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW_MS INT64_C(1764000000000)

static int64_t
cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void
must(enum status status)
{
	if (status != STATUS_OK)
		abort();
}

/* A tenth of the people have wishes of their own. */
static void
add_person(struct registry *registry, const char *user, long devices, bool has)
{
	static const char wishes[] =
	    "{\"mute\":{\"projects\":[\"a\",\"b\",\"c\"]},\"hold_s\":5}";
	static const char phone[] = "{\"platform\":\"log\"}";
	struct preferences preferences = preferences_default;
	struct fault fault = { "" };
	struct device device;
	char name[32];

	for (long i = 0; i < devices; i++) {
		(void)snprintf(name, sizeof(name), "phone%ld", i);
		must(device_parse(phone, strlen(phone), &device, &fault));
		must(registry_put_device(registry, user, name, &device));
	}
	if (!has)
		return;
	must(preferences_parse(wishes, strlen(wishes),
	    &(struct preferences_origin){ LAYER_USER, NULL }, &preferences,
	    &fault));
	must(registry_put_preferences(registry, user, &preferences));
	preferences_finish(&preferences);
}

static long
judge(struct registry *registry, const struct event *event, long number)
{
	const struct instant at = { NOW_MS + number, number };
	struct person *person;
	char user[32];
	long pushed = 0;

	(void)snprintf(user, sizeof(user), "u%ld", number);
	person = registry_find_person(registry, user);
	for (struct place *place = person->places; place != NULL;
	     place = place->next) {
		struct ruling ruling = rules_apply(event, person, place, &at);

		place->full_us = ruling.full_us;
		pushed += ruling.action == ACTION_PUSH;
	}
	return pushed;
}

int
main(int argc, char **argv)
{
	static const char text[] = "{\"kind\":\"session.idle\",\"session\":"
	                           "{\"id\":\"ses_1\",\"title\":\"Fix\"}}";
	const struct arrival arrival = { text, strlen(text), NOW_MS, 0, "e" };
	long users = argc == 4 ? atol(argv[1]) : 0;
	long devices = argc == 4 ? atol(argv[2]) : 0;
	long events = argc == 4 ? atol(argv[3]) : 0;
	struct registry *registry;
	struct fault fault = { "" };
	struct event event;
	long pushed = 0;
	int64_t begun_ns;

	if (users < 1 || devices < users || events < 1)
		return 64;
	must(registry_create(&registry));
	for (long i = 0; i < users; i++) {
		char user[32];

		(void)snprintf(user, sizeof(user), "u%ld", i);
		add_person(registry, user, devices / users, i % 10 == 0);
	}
	must(event_parse(&arrival, &event, &fault));
	begun_ns = cpu_ns();
	for (long i = 0; i < events; i++)
		pushed += judge(registry, &event, i * 7919 % users);
	(void)printf("%lld %ld\n", (long long)((cpu_ns() - begun_ns) / events),
	    pushed);
	event_finish(&event);
	registry_destroy(registry);
	return 0;
}
