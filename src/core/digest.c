#include "core/digest.h"

void
digest_add(enum kind kind, int32_t count, struct buf *text)
{
	/* Of one, and of several; what has none of its own is a note. */
	static const char *const words[KIND_COUNT][2] = {
		[KIND_PERMISSION_ASKED] = { "needs permission",
		    "need permission" },
		[KIND_QUESTION_ASKED] = { "question", "questions" },
		[KIND_SESSION_ERROR] = { "failed", "failed" },
		[KIND_SESSION_IDLE] = { "finished", "finished" },
		[KIND_NOTE] = { "note", "notes" },
	};
	const char *word = words[kind][count != 1];

	buf_addf(text, "%s%d %s", text->len > 0 ? ", " : "", (int)count,
	    word != NULL ? word : words[KIND_NOTE][count != 1]);
}
