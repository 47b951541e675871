/* main.c - finds the command; nothing else. */
#include "base/attr.h"
#include "base/buf.h"
#include "command/command.h"
#include "core/settings.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS_TEXT_MAX 8192

static const struct command *const commands[] = {
	&run_command,
	&check_command,
	&doctor_command,
	&send_command,
	&watch_command,
	&explain_command,
	&digest_command,
	&keys_command,
	&pair_command,
	&user_command,
	&reply_command,
};

static void
print_help(void)
{
	struct buf settings;

	(void)printf(
	    "usage: nudge COMMAND [OPTION…]\n"
	    "\n"
	    "Tells your phone when your coding agent finished, failed or "
	    "waits for you.\n"
	    "\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		(void)printf("  nudge %-7s %s\n", commands[i]->name,
		    commands[i]->summary);
	buf_init(&settings, SETTINGS_TEXT_MAX);
	settings_describe(&settings);
	(void)printf("\n'nudge COMMAND --help' tells more.\n"
	             "\nSettings (/etc/nudge/nudge.conf), each also as "
	             "NUDGE_<SECTION>_<KEY>:\n%s",
	    buf_text(&settings));
	buf_finish(&settings);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help();
		return EXIT_DONE;
	}
	if (strcmp(name, "--version") == 0) {
		(void)printf("nudge %s\n", VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strcmp(commands[i]->name, name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--version") == 0) {
			(void)printf("nudge %s\n", VERSION);
			return EXIT_DONE;
		}
		return commands[i]->run(argc - 1, argv + 1);
	}
	if (*name == '\0')
		(void)fprintf(stderr,
		    "nudge: say a command; 'nudge --help' "
		    "lists them\n");
	else
		(void)fprintf(stderr,
		    "nudge: unknown command '%s'; 'nudge "
		    "--help' lists them\n",
		    name);
	return EXIT_USAGE;
}
