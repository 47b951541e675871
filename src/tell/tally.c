#include "tell/tally.h"

#include <stdio.h>
#include <string.h>

/* The place of a reason; suppressed_count if it has none yet. */
static size_t
find(const struct tally *tally, const char *reason)
{
	size_t at = 0;

	while (at < tally->suppressed_count &&
	    strcmp(tally->suppressed[at].reason, reason) != 0)
		at++;
	return at;
}

void
tally_count(struct tally *tally, const char *state, const char *reason)
{
	size_t at;

	if (strcmp(state, "accepted") == 0) {
		tally->accepted++;
		return;
	}
	if (reason == NULL || strcmp(state, "suppressed") != 0)
		return;
	at = find(tally, reason);
	if (at == TALLY_MAX)
		return;
	if (at == tally->suppressed_count) {
		tally->suppressed_count++;
		(void)snprintf(tally->suppressed[at].reason, TALLY_REASON_MAX,
		    "%s", reason);
	}
	tally->suppressed[at].count++;
}

int64_t
tally_suppressed(const struct tally *tally, const char *reason)
{
	size_t at = find(tally, reason);

	return at < tally->suppressed_count ? tally->suppressed[at].count : 0;
}
