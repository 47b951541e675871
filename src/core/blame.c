#include "core/blame.h"

#include <stdio.h>
#include <string.h>

static void
copy(char to[65], const char *from)
{
	(void)snprintf(to, 65, "%s", from);
}

void
blame_note_success(struct blame *blame, const char *user, int64_t now_ms)
{
	*blame->failing = '\0';
	blame->is_shared = false;
	if (strcmp(blame->served[0], user) != 0) {
		copy(blame->served[1], blame->served[0]);
		blame->served_ms[1] = blame->served_ms[0];
		copy(blame->served[0], user);
	}
	blame->served_ms[0] = now_ms;
}

bool
blame_note_failure(struct blame *blame, const char *user)
{
	if (*blame->failing == '\0')
		copy(blame->failing, user);
	blame->is_shared |= strcmp(blame->failing, user) != 0;
	return blame->is_shared;
}

bool
blame_works(const struct blame *blame, int64_t now_ms)
{
	return *blame->served[0] != '\0' &&
	    now_ms - blame->served_ms[0] < BLAME_SERVED_MS;
}

bool
blame_works_for_others(const struct blame *blame, const char *user,
    int64_t now_ms)
{
	bool works = false;

	for (int i = 0; i < 2; i++)
		works |= *blame->served[i] != '\0' &&
		    strcmp(blame->served[i], user) != 0 &&
		    now_ms - blame->served_ms[i] < BLAME_SERVED_MS;
	return works;
}

const struct restraint *
blame_find(const struct blame *blame, const char *user)
{
	for (int i = 0; i < BLAME_PERSONS; i++) {
		const struct blame_of *one = &blame->of[i];

		if (strcmp(one->user, user) == 0 &&
		    !restraint_is_off(&one->restraint))
			return &one->restraint;
	}
	return NULL;
}

/* Whoever waits keeps the place: all that waits would begin at once. */
static bool
is_free(const struct blame_of *one, int64_t now_ms)
{
	return restraint_is_off(&one->restraint) ||
	    (now_ms >= restraint_until_ms(&one->restraint) &&
	        now_ms - one->met_ms >= BLAME_KEPT_MS);
}

/* The person's, or a free one. */
static struct blame_of *
find_place(struct blame *blame, const char *user, int64_t now_ms)
{
	struct blame_of *place = NULL;

	for (int i = 0; i < BLAME_PERSONS; i++) {
		struct blame_of *one = &blame->of[i];

		if (strcmp(one->user, user) == 0)
			return one;
		if (place == NULL && is_free(one, now_ms))
			place = one;
	}
	return place;
}

struct restraint *
blame_hold(struct blame *blame, const char *user, int64_t now_ms)
{
	struct blame_of *one = find_place(blame, user, now_ms);

	if (one == NULL) {
		blame->is_shared = true;
		return NULL;
	}
	if (strcmp(one->user, user) != 0) {
		*one = (struct blame_of){ .met_ms = 0 };
		copy(one->user, user);
	}
	one->met_ms = now_ms;
	return &one->restraint;
}

void
blame_forgive(struct blame *blame)
{
	for (int i = 0; i < BLAME_PERSONS; i++)
		breaker_note_success(&blame->of[i].restraint.breaker);
}

bool
blame_finds_broken(const struct blame *blame, int64_t now_ms)
{
	bool is_broken = false;

	for (int i = 0; i < BLAME_PERSONS; i++) {
		const struct blame_of *one = &blame->of[i];

		is_broken |= breaker_is_open(&one->restraint.breaker) &&
		    !blame_works_for_others(blame, one->user, now_ms);
	}
	return is_broken;
}
