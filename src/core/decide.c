#include "core/decide.h"

const char *
reason_str(enum reason reason)
{
	switch (reason) {
	case REASON_NONE:
		return "none";
	case REASON_INVALID:
		return "invalid";
	case REASON_DUPLICATE:
		return "duplicate";
	case REASON_EXPIRED:
		return "expired";
	case REASON_NO_DEVICE:
		return "no-device";
	case REASON_DISABLED:
		return "disabled";
	case REASON_KIND:
		return "kind";
	case REASON_FOREGROUND:
		return "foreground";
	case REASON_RESOLUTION:
		return "resolution";
	}
	return "unknown";
}

/* Everything here is a wish that a test ignores: it shows that a push works. */
static enum reason
decide_by_wishes(const struct event *event, const struct person *person,
    const struct place *place, int64_t now_ms)
{
	const struct preferences *wishes = registry_wishes(person, place);

	if (!wishes->kinds[event->kind])
		return REASON_KIND;
	if (wishes->presence != PRESENCE_IGNORE &&
	    registry_is_present(person, place, wishes->presence_scope, now_ms))
		return REASON_FOREGROUND;
	return REASON_NONE;
}

enum reason
decide(const struct event *event, const struct person *person,
    const struct place *place, int64_t now_ms)
{
	if (kind_class(event->kind) == CLASS_RESOLUTION)
		return REASON_RESOLUTION;
	if (event->expires_ms <= now_ms)
		return REASON_EXPIRED;
	if (!registry_wishes(person, place)->enabled)
		return REASON_DISABLED;
	if (event->kind == KIND_TEST)
		return REASON_NONE;
	return decide_by_wishes(event, person, place, now_ms);
}
