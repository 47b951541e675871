/* lines.h - lines for the log about what persons' clients send, and about what
 * becomes of their pushes.
 *
 * Main thread.
 * Whoever may write to the broker, or has a host of her own that refuses pushes, can
 * make the bridge write such a line each time, and so fill a disk. Of each person
 * the first are written, and a few more each minute; at its end stands how many were
 * left out.
 */
#ifndef TELL_LINES_H
#define TELL_LINES_H

#include "base/text.h"
#include "core/instant.h"
#include "core/settings.h"
#include "core/timer.h"

#include <stdbool.h>
#include <stdint.h>

#define LINES_FIRST 500   /* of a person, at once */
#define LINES_LATER 5     /* and so many more each minute */
#define LINES_PERSONS 128 /* further ones are counted as one */

struct lines_of {
	char user[TEXT_ID_MAX + 1]; /* "" = of nobody that can be named */
	int64_t written;            /* less what later minutes gave back */
	int64_t left_out;
};

struct lines {
	struct lines_of of[LINES_PERSONS];
	size_t count;
	struct timer minute; /* its end */
};

/* Everything is borrowed; it may not move. */
void lines_init(struct lines *lines, const struct instant *at,
    struct timers *timers);

/* Whether one more may be written; counts it, unless the log leaves out all of its
 * level.
 * In:  lines  NULL = always */
bool lines_allow(struct lines *lines, const char *user, enum log_level level);
/* "refused <topic>: <why>", if it may be written. */
void lines_refused(struct lines *lines, const char *user, const char *topic,
    const char *why);

#endif
