/* configuration.h - the settings file and the environment, read and checked.
 *
 */
#ifndef COMMAND_CONFIGURATION_H
#define COMMAND_CONFIGURATION_H

#include "base/status.h"
#include "core/settings.h"

#define CONFIGURATION_FILE "/etc/nudge/nudge.conf"

struct configuration {
	struct settings settings;
	struct settings_source source;       /* points into the two below */
	char *text;                          /* owned */
	struct settings_override *overrides; /* owned */
};

/* Read the file, lay the environment over it.
 * In:      file  NULL = the usual one, which may be missing
 * Returns: STATUS_BAD_INPUT after one line "file:line: message" on stderr.
 */
enum status configuration_read(const char *file,
    struct configuration *configuration);
/* The same, but the line is the caller's to print: where, and what. */
enum status configuration_try(const char *file,
    struct configuration *configuration, struct settings_fault *fault);
void configuration_finish(struct configuration *configuration);

/* Whether the files of keys and passwords can be used; the same line if not. A
 * line too for each variable of the environment that may be meant for us. */
enum status configuration_check_files(
    const struct configuration *configuration);

#endif
