/* command.h - what a subcommand is.
 *
 * To add one: write src/command/<name>.c, declare its <name>_command here, list
 * it in main.c.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/fault.h"

#include <stdbool.h>

/* Exit statuses (sysexits.h). */
#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE 64
#define EXIT_UNAVAILABLE 69
#define EXIT_SETTINGS 78

struct command {
	const char *name;
	const char *synopsis; /* the arguments, for the usage line */
	const char *summary;  /* one line, for the list of commands */
	const char *help;     /* what --help says beneath the usage line */
	int (*run)(int argc, char **argv); /* argv[0] is the name */
};

extern const struct command check_command;
extern const struct command digest_command;
extern const struct command doctor_command;
extern const struct command explain_command;
extern const struct command keys_command;
extern const struct command pair_command;
extern const struct command reply_command;
extern const struct command run_command;
extern const struct command send_command;
extern const struct command user_command;
extern const struct command watch_command;

/* Print the usage line (and the help) of a command. */
void command_usage(const struct command *command);
void command_help(const struct command *command);

/* $NUDGE_USER, else "me". */
const char *command_default_user(void);
/* Whether there may be a user of that name; the fault says what one looks
 * like. */
bool command_is_user(const char *name, struct fault *fault);

#endif
