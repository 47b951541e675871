/* info.h - what apps and 'nudge doctor' should know about this bridge.
 *
 * Main thread.
 * Source:  docs/schema/info.schema.json.
 */
#ifndef INFO_H
#define INFO_H

#include "core/settings.h"
#include "post.h"
#include "roster.h"
#include "trouble.h"

#include <stdbool.h>

struct info {
	struct post *post;
	struct trouble *trouble;
	const struct roster *roster;
	const struct settings *settings;
	bool is_told; /* on this connection */
};

/* Tell it if the broker does not have it as it is.
 * In:  is_complete  the connection is */
void info_run(struct info *info, bool is_complete);

#endif
