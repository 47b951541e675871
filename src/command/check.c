/* check.c - the settings alone: are they right? */
#include "command/configuration.h"
#include "command/options.h"

#include <stdio.h>

static int
run(int argc, char **argv)
{
	struct configuration configuration;
	const char *file;
	int done = options_read_file(&check_command, argc, argv, &file);
	enum status status;

	if (done != OPTIONS_GO_ON)
		return done;
	if (configuration_read(file, &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	status = configuration_check_files(&configuration);
	if (status == STATUS_OK && configuration.has_file)
		(void)printf("%s: the settings are good\n",
		    configuration.source.file);
	else if (status == STATUS_OK)
		(void)printf("there is no %s: the built-in settings count, and "
		             "are good\n",
		    configuration.source.file);
	configuration_finish(&configuration);
	return status == STATUS_OK ? EXIT_DONE : EXIT_SETTINGS;
}

const struct command check_command = {
	.name = "check",
	.synopsis = "[-c FILE]",
	.summary = "Check the settings; nothing is started.",
	.help = "  -c FILE   the settings file (/etc/nudge/nudge.conf)\n"
	        "\n"
	        "Exit status: 0 they are good, 78 they are not.\n",
	.run = run,
};
