#include "core/resolve.h"

static bool
is_of_session(const struct pending *resolution, const struct pending *pending)
{
	return resolution->thread != 0 && resolution->thread == pending->thread;
}

/* By the request where both name one, else by the session. */
static bool
is_answered(const struct pending *resolution, const struct pending *pending)
{
	if (resolution->request == 0 || pending->request == 0)
		return is_of_session(resolution, pending);
	return resolution->request == pending->request;
}

bool
resolve_ends(const struct pending *resolution, const struct pending *pending)
{
	switch (resolution->kind) {
	case KIND_PERMISSION_REPLIED:
		return pending->kind == KIND_PERMISSION_ASKED &&
		    is_answered(resolution, pending);
	case KIND_QUESTION_REPLIED:
	case KIND_QUESTION_REJECTED:
		return pending->kind == KIND_QUESTION_ASKED &&
		    is_answered(resolution, pending);
	case KIND_SESSION_BUSY:
		/* A new turn: what the last one said or asked is over. */
		return kind_has_wishes(pending->kind) &&
		    pending->kind != KIND_NOTE &&
		    is_of_session(resolution, pending);
	case KIND_SESSION_DELETED:
		return is_of_session(resolution, pending);
	case KIND_PERMISSION_ASKED:
	case KIND_QUESTION_ASKED:
	case KIND_SESSION_ERROR:
	case KIND_SESSION_IDLE:
	case KIND_NOTE:
	case KIND_TEST:
		break;
	}
	return false;
}
