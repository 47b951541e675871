/* configuration.h - the settings file and the environment, read and checked. */
#ifndef COMMAND_CONFIGURATION_H
#define COMMAND_CONFIGURATION_H

#include "base/status.h"
#include "core/settings.h"
#include "io/beacon.h"

#include <stdbool.h>

#define CONFIGURATION_FILE "/etc/nudge/nudge.conf"

struct configuration {
	struct settings settings;
	struct settings_source source;       /* points into those below */
	bool has_file;                       /* else source.file is not there */
	struct beacon_word *found;           /* owned; NULL = not by a bridge */
	char *text;                          /* owned */
	struct settings_override *overrides; /* owned */
};

/* What a command was told of its settings. */
struct configuration_wish {
	const char *command;
	const char *file; /* NULL = it was not told which */
	bool is_silent;   /* what it prints is for machines */
};

/* Read the file, lay the environment over it.
 * In:      file  NULL = the usual one, which may be missing
 * Returns: STATUS_BAD_INPUT after one line "file:line: message" on stderr. */
enum status configuration_read(const char *file,
    struct configuration *configuration);
/* The same, but the line is the caller's to print: where, and what. */
enum status configuration_try(const char *file,
    struct configuration *configuration, struct settings_fault *fault);

/* The same for a command that works with a bridge: not told which file, it reads
 * that of the bridge that runs here, before the usual one, and says on stderr
 * which. Several bridges are refused. */
enum status configuration_find(const struct configuration_wish *wish,
    struct configuration *configuration);
enum status configuration_try_find(const struct configuration_wish *wish,
    struct configuration *configuration, struct settings_fault *fault);
void configuration_finish(struct configuration *configuration);

/* Whether the files of keys and passwords can be used; the same line if not. A
 * line too for each variable of the environment that may be meant for us. */
enum status configuration_check_files(
    const struct configuration *configuration);

#endif
