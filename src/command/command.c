#include "command/command.h"

#include <stdio.h>

void
command_usage(const struct command *command)
{
	(void)fprintf(stderr, "usage: nudge %s %s\n", command->name,
	    command->synopsis);
}

void
command_help(const struct command *command)
{
	(void)printf("usage: nudge %s %s\n\n%s\n\n%s", command->name,
	    command->synopsis, command->summary, command->help);
}
