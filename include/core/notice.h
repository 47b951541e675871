/* notice.h - the words a person reads on the lock screen.
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "core/event.h"

#define NOTICE_TITLE_MAX 128    /* bytes */
#define NOTICE_SUBTITLE_MAX 128 /* bytes */
#define NOTICE_BODY_MAX 1024    /* bytes; a lock screen shows far fewer */

/* UTF-8; a text that had to be cut ends with an ellipsis. */
struct notice {
	char title[NOTICE_TITLE_MAX + 1];       /* one line, never empty */
	char subtitle[NOTICE_SUBTITLE_MAX + 1]; /* one line; may be empty */
	char body[NOTICE_BODY_MAX + 1];         /* never empty; may have line
	                                         * breaks and tabs */
};

void notice_write(const struct event *event, struct notice *notice);

#endif
