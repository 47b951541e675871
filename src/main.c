/* main.c - finds the command; nothing else. */
#include "base/buf.h"
#include "command/command.h"
#include "core/settings.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS_TEXT_MAX 8192

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
	for (size_t i = 0; command_all[i] != NULL; i++)
		(void)printf("  nudge %-10s %s\n", command_all[i]->name,
		    command_all[i]->summary);
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
	for (size_t i = 0; command_all[i] != NULL; i++) {
		if (strcmp(command_all[i]->name, name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--version") == 0) {
			(void)printf("nudge %s\n", VERSION);
			return EXIT_DONE;
		}
		return command_all[i]->run(argc - 1, argv + 1);
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
