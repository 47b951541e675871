#include "command/command.h"

#include "base/text.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
command_usage(const struct command *command)
{
	(void)fprintf(stderr, "usage: nudge %s %s\n", command->name,
	    command->synopsis);
	return EXIT_USAGE;
}

int
command_refuse(const struct command *command, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "nudge %s: ", command->name);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "; ");
	return command_usage(command);
}

void
command_help(const struct command *command)
{
	(void)printf("usage: nudge %s %s\n\n%s\n\n%s", command->name,
	    command->synopsis, command->summary, command->help);
}

int
command_call(const struct command *command, const char *const *argv)
{
	char **arguments;
	int argc = 0;

	/* Commands sort their arguments, and change none. */
	memcpy(&arguments, &argv, sizeof(arguments));
	while (argv[argc] != NULL)
		argc++;
	optind = 0; /* glibc: begin again */
	return command->run(argc, arguments);
}

const char *
command_default_user(void)
{
	const char *user = getenv("NUDGE_USER");

	return user != NULL ? user : "me";
}

bool
command_is_user(const char *name, struct fault *fault)
{
	if (text_is_id(name) && strcmp(name, "bridge") != 0)
		return true;
	fault_set(fault,
	    "USER must be 1 to 64 of the characters A-Z a-z 0-9 _ "
	    "- and not 'bridge'");
	return false;
}
