/* notice.h - the words a person reads on the lock screen.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "core/event.h"
#include "core/look.h"

#include <stdbool.h>

#define NOTICE_TITLE_MAX 128    /* bytes */
#define NOTICE_SUBTITLE_MAX 128 /* bytes */
#define NOTICE_BODY_MAX 1024    /* bytes; a lock screen shows far fewer */

/* UTF-8. What does not show itself is marked (core/marks.h), and then a text
 * that has to be cut ends with an ellipsis. */
struct notice {
	char title[NOTICE_TITLE_MAX + 1];       /* one line, never empty */
	char subtitle[NOTICE_SUBTITLE_MAX + 1]; /* one line; may be empty */
	char body[NOTICE_BODY_MAX + 1];         /* never empty; may have line
	                                         * breaks and tabs */
	bool is_cut; /* the body is not all that is said, or asked */
};

void notice_write(const struct event *event, const struct look *look,
    struct notice *notice);

/* What a service may show in the open when nothing may be told. */
extern const struct notice notice_neutral;

/* Copy at most max bytes of a text. One that is longer ends with an ellipsis,
 * never inside of what a reader sees as one character (UAX #29).
 * In:   max  at most NOTICE_BODY_MAX
 * Out:  to   max + 1 bytes; it may be the text itself */
void notice_cut(char *to, size_t max, const char *text);

#endif
