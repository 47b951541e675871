/* command.h - what a subcommand is.
 *
 * To add one: write src/command/<name>.c, declare its <name>_command here, list
 * it in list.c. Its help is also the manual and what shells complete: helptext.h
 * says how it is written.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/attr.h"
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

/* Every command, in the order of the help; ends with NULL. */
extern const struct command *const command_all[];

extern const struct command check_command;
extern const struct command completion_command;
extern const struct command digest_command;
extern const struct command doctor_command;
extern const struct command explain_command;
extern const struct command keys_command;
extern const struct command manual_command;
extern const struct command pair_command;
extern const struct command reply_command;
extern const struct command run_command;
extern const struct command setup_command;
extern const struct command send_command;
extern const struct command user_command;
extern const struct command watch_command;

/* Say how a command is used.
 * Returns: EXIT_USAGE */
int command_usage(const struct command *command);
/* The same, and before it what is wrong, all on one line.
 * Returns: EXIT_USAGE */
int command_refuse(const struct command *command, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Print how it is used, and its help. */
void command_help(const struct command *command);

/* Run a command as if it stood on a command line.
 * In:      argv  its name first; ends with NULL
 * Returns: the exit status. */
int command_call(const struct command *command, const char *const *argv);

/* $NUDGE_USER, else "me". */
const char *command_default_user(void);
/* Whether there may be a user of that name; the fault says what one looks
 * like. */
bool command_is_user(const char *name, struct fault *fault);

#endif
