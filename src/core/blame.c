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

bool
blame_note_failure(struct blame *blame, const char *user, int64_t now_ms)
{
	if (*blame->failing == '\0')
		copy(blame->failing, user);
	blame->is_shared |= strcmp(blame->failing, user) != 0;
	return blame->is_shared || !blame_works_for_others(blame, user, now_ms);
}
