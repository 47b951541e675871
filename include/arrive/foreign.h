/* foreign.h - what our session still gets, and we do not serve.
 *
 * Main thread.
 * A session at the broker outlives the settings: after users or root changed it
 * still has the subscriptions of before. Whatever they bring is not ours; they
 * are given up as it comes.
 */
#ifndef ARRIVE_FOREIGN_H
#define ARRIVE_FOREIGN_H

#include "core/settings.h"
#include "io/mqtt.h"

#include <stdbool.h>

#define FOREIGN_OWNER_MAX 512 /* bytes with the NUL */

struct foreign {
	char owner[FOREIGN_OWNER_MAX]; /* root and user, given up last */
};

/* Whether a topic is of another root, or of a user whom another bridge serves. */
bool foreign_is(const struct settings *settings, const char *topic);

/* Give up the subscriptions that may have brought it. */
void foreign_drop(struct foreign *foreign, const struct settings *settings,
    struct mqtt *mqtt, const char *topic);

#endif
