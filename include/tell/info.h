/* info.h - what apps and 'nudge doctor' should know about this bridge.
 *
 * Main thread.
 * Source:  docs/schema/info.schema.json.
 */
#ifndef TELL_INFO_H
#define TELL_INFO_H

#include "core/settings.h"
#include "io/secret.h"
#include "tell/post.h"
#include "tell/trouble.h"

#include <stdbool.h>

struct info {
	struct post *post;
	struct trouble *trouble;
	const struct secret *vapid_key; /* its text is NULL = there is none */
	const struct settings *settings;
	bool is_told; /* on this connection */
};

/* Tell it if the broker does not have it as it is.
 * In:  is_complete  the connection is */
void info_run(struct info *info, bool is_complete);

#endif
