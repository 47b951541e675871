#include "command/options.h"

#include <getopt.h>
#include <stdio.h>

int
options_read_file(const struct command *command, int argc, char **argv,
    const char **file)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*file = NULL;
	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			*file = optarg;
			break;
		case 'h':
			command_help(command);
			return EXIT_DONE;
		default:
			command_usage(command);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return OPTIONS_GO_ON;
	(void)fprintf(stderr, "nudge %s: unexpected argument '%s'\n",
	    command->name, argv[optind]);
	command_usage(command);
	return EXIT_USAGE;
}
