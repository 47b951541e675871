#include "tell/lines.h"

#include "io/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000

/* Say what was left out, and give back a few lines to each. */
static void
end_minute(void *part)
{
	struct lines *lines = part;
	size_t kept = 0;

	for (size_t i = 0; i < lines->count; i++) {
		struct lines_of one = lines->of[i];

		if (one.left_out > 0)
			log_warn("%" PRId64 " more lines like these about %s "
			         "in this minute are left out",
			    one.left_out,
			    *one.user != '\0' ? one.user : "others");
		one.left_out = 0;
		one.written -= LINES_LATER;
		if (one.written > 0)
			lines->of[kept++] = one;
	}
	lines->count = kept;
	timer_set_in(&lines->minute, kept > 0 ? MINUTE_MS : INT64_MAX);
}

void
lines_init(struct lines *lines, const struct instant *at, struct timers *timers)
{
	*lines = (struct lines){
		.minute = { .now_ms = &at->monotonic_ms,
		    .run = end_minute,
		    .part = lines },
	};
	timer_add(timers, &lines->minute);
	timer_set(&lines->minute, TIMER_OFF);
}

/* The last place is everybody's for whom there is none. */
static struct lines_of *
find(struct lines *lines, const char *user)
{
	size_t at = 0;

	while (at < lines->count && strcmp(lines->of[at].user, user) != 0)
		at++;
	if (at < lines->count)
		return &lines->of[at];
	if (at == LINES_PERSONS)
		return &lines->of[LINES_PERSONS - 1];
	if (at == LINES_PERSONS - 1)
		user = "";
	lines->of[at] = (struct lines_of){ .written = 0 };
	(void)snprintf(lines->of[at].user, sizeof(lines->of[at].user), "%s",
	    user);
	lines->count++;
	return &lines->of[at];
}

bool
lines_allow(struct lines *lines, const char *user, enum log_level level)
{
	struct lines_of *one;

	if (lines == NULL || !log_writes(level))
		return true;
	if (lines->count == 0)
		timer_set_in(&lines->minute, MINUTE_MS);
	one = find(lines, user);
	if (one->written < LINES_FIRST) {
		one->written++;
		return true;
	}
	one->left_out++;
	return false;
}

void
lines_refused(struct lines *lines, const char *user, const char *topic,
    const char *why)
{
	if (lines_allow(lines, user, LOG_LEVEL_WARN))
		log_warn("refused %s: %s", topic, why);
}
