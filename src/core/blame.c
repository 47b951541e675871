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

/* Whether the user, or another, was served not long ago. */
static bool
was_served(const struct blame *blame, const char *user, bool is_user,
    int64_t now_ms)
{
	bool was = false;

	for (int i = 0; i < 2; i++)
		was |= *blame->served[i] != '\0' &&
		    (strcmp(blame->served[i], user) == 0) == is_user &&
		    now_ms - blame->served_ms[i] < BLAME_SERVED_MS;
	return was;
}

bool
blame_works_for(const struct blame *blame, const char *user, int64_t now_ms)
{
	return was_served(blame, user, true, now_ms);
}

bool
blame_works_for_others(const struct blame *blame, const char *user,
    int64_t now_ms)
{
	return was_served(blame, user, false, now_ms);
}

const struct restraint *
blame_find(const struct blame *blame, const char *user)
{
	for (int i = 0; i < BLAME_PERSONS; i++) {
		if (strcmp(blame->of[i].user, user) == 0)
			return &blame->of[i].restraint;
	}
	return NULL;
}

/* The person's, a free one, or of whose pushes met nothing for longest. */
static struct blame_of *
find_place(struct blame *blame, const char *user)
{
	struct blame_of *best = &blame->of[0];

	for (int i = 0; i < BLAME_PERSONS; i++) {
		struct blame_of *one = &blame->of[i];

		if (strcmp(one->user, user) == 0)
			return one;
		if (*best->user != '\0' &&
		    (*one->user == '\0' || one->looked_ms < best->looked_ms))
			best = one;
	}
	return best;
}

struct restraint *
blame_hold(struct blame *blame, const char *user, int64_t now_ms)
{
	struct blame_of *one = find_place(blame, user);

	if (strcmp(one->user, user) != 0) {
		*one = (struct blame_of){ .looked_ms = 0 };
		copy(one->user, user);
	}
	one->looked_ms = now_ms;
	return &one->restraint;
}

void
blame_tidy(struct blame *blame)
{
	for (int i = 0; i < BLAME_PERSONS; i++) {
		if (restraint_is_off(&blame->of[i].restraint))
			*blame->of[i].user = '\0';
	}
}

void
blame_forgive(struct blame *blame)
{
	for (int i = 0; i < BLAME_PERSONS; i++)
		breaker_note_success(&blame->of[i].restraint.breaker);
	blame_tidy(blame);
}

bool
blame_finds_broken(const struct blame *blame, int64_t now_ms)
{
	bool is_broken = false;

	for (int i = 0; i < BLAME_PERSONS; i++) {
		const struct blame_of *one = &blame->of[i];

		is_broken |= *one->user != '\0' &&
		    breaker_is_open(&one->restraint.breaker) &&
		    !blame_works_for_others(blame, one->user, now_ms);
	}
	return is_broken;
}
