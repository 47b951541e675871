/* blame.h - whether a service fails, or only what one person pushes there.
 *
 * Layer:   core. Pure.
 * Who registers a device decides where it is, and may make its pushes fail: that is no
 * reason to keep the others from theirs, as long as these get through.
 */
#ifndef CORE_BLAME_H
#define CORE_BLAME_H

#include <stdbool.h>
#include <stdint.h>

#define BLAME_SERVED_MS 3600000 /* so long a success says that it works */

struct blame {
	char failing[65];     /* whose pushes fail, since the last success */
	bool is_shared;       /* another's failed, too */
	char served[2][65];   /* whose got through last, and whose before */
	int64_t served_ms[2]; /* monotonic */
};

void blame_note_success(struct blame *blame, const char *user, int64_t now_ms);
/* Whether others were served not long ago. */
bool blame_works_for_others(const struct blame *blame, const char *user,
    int64_t now_ms);
/* Returns: whether it is the service that fails, as far as can be told. */
bool blame_note_failure(struct blame *blame, const char *user, int64_t now_ms);

#endif
