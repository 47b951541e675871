/* options.h - the options of a command, said once.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "command/command.h"

#include <stdbool.h>

#define OPTIONS_MAX 24 /* of one command */

/* What an option loop does when it is done: go on, or exit at once. */
#define OPTIONS_GO_ON (-1)

/* One of them, and where it is noted: its argument, or that it is there. */
struct options_one {
	const char *name; /* "user"; NULL ends a list */
	char letter;      /* 'u'; 0 = it has none */
	const char **text;
	bool *flag;
};

/* Read the options, and --help; operands begin at optind.
 * Returns: OPTIONS_GO_ON, or the exit status. */
int options_read(const struct command *command,
    const struct options_one *options, int argc, char **argv);

/* That no operand is left.
 * Returns: OPTIONS_GO_ON, or the exit status. */
int options_end(const struct command *command, int argc, char **argv);

/* Both, of a command that has only "-c FILE".
 * Out:     file  NULL unless given */
int options_read_file(const struct command *command, int argc, char **argv,
    const char **file);

#endif
