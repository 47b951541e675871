/* options.h - the options that more than one command has.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "command/command.h"

/* What an option loop does when it is done: go on, or exit at once. */
#define OPTIONS_GO_ON (-1)

/* Read "-c FILE" and "--help" of a command that has no other option and takes
 * no operand.
 * Out:     file  NULL unless given
 * Returns: OPTIONS_GO_ON, or the exit status.
 */
int options_read_file(const struct command *command, int argc, char **argv,
    const char **file);

#endif
