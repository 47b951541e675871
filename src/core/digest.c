#include "core/digest.h"

#include <string.h>

static void
add_count(enum kind kind, int32_t count, struct buf *text)
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

bool
digest_is_one_matter(const struct digest_tally *tally)
{
	return tally->is_one_thread && tally->count == 1 &&
	    kind_class(tally->kinds[0]) == CLASS_ANSWER;
}

void
digest_write_title(const struct digest_tally *tally, const char *session,
    struct buf *text)
{
	if (digest_is_one_matter(tally) && session != NULL) {
		buf_addf(text, "%d %s wait in %s", (int)tally->total,
		    tally->kinds[0] == KIND_PERMISSION_ASKED ? "permissions"
		                                             : "questions",
		    session);
		return;
	}
	for (size_t i = 0; i < tally->count; i++)
		add_count(tally->kinds[i], tally->counts[i], text);
}

bool
digest_name(struct digest_names *names, const char *name)
{
	char line[NOTICE_TITLE_MAX + 1];
	size_t len = strcspn(name, "\n");
	int i = 0;

	/* A cut adds an ellipsis; a line that goes on has none. */
	if (len > NOTICE_TITLE_MAX) {
		notice_cut(line, NOTICE_TITLE_MAX, name);
	} else {
		memcpy(line, name, len);
		line[len] = '\0';
	}
	while (i < names->count && strcmp(names->names[i], line) != 0)
		i++;
	if (i == DIGEST_NAMES)
		return false;
	if (i == names->count) {
		memcpy(names->names[i], line, sizeof(line));
		names->counts[i] = 0;
		names->count++;
	}
	names->counts[i]++;
	names->named++;
	return true;
}

void
digest_write_names(const struct digest_names *names, int32_t total,
    struct buf *text)
{
	for (int i = 0; i < names->count; i++) {
		buf_addf(text, "%s%s", i > 0 ? "\n" : "", names->names[i]);
		if (names->counts[i] > 1)
			buf_addf(text, " (%d)", (int)names->counts[i]);
	}
	if (total > names->named)
		buf_addf(text, "\nand %d more", (int)(total - names->named));
}
