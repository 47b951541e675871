/* digest.h - how one notification tells of several events.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/buf.h"
#include "core/event.h"
#include "core/notice.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_MAX 512      /* bytes of its title, before it is cut */
#define DIGEST_NAMES 3      /* that it says */
#define DIGEST_TEXT_MAX 512 /* bytes of its names */

/* How many it stands for, one kind after the other. */
struct digest_tally {
	enum kind kinds[KIND_COUNT];
	int32_t counts[KIND_COUNT];
	size_t count;
	int32_t total;
	bool is_one_thread; /* all are of one session */
};

/* Whether all of it is asked in one session. */
bool digest_is_one_matter(const struct digest_tally *tally);

/* "3 finished, 1 failed", or "30 permissions wait in Fix login".
 * In:      session  its title, NULL = it has none
 * Out:     text     appended */
void digest_write_title(const struct digest_tally *tally, const char *session,
    struct buf *text);

/* The names of the newest; the same name is said once. */
struct digest_names {
	char names[DIGEST_NAMES][NOTICE_TITLE_MAX + 1];
	int32_t counts[DIGEST_NAMES];
	int count;
	int32_t named; /* how many they stand for */
};

/* Returns: whether there was room for it. */
bool digest_name(struct digest_names *names, const char *name);

/* One a line, and how many more there are.
 * Out:     text  appended */
void digest_write_names(const struct digest_names *names, int32_t total,
    struct buf *text);

#endif
