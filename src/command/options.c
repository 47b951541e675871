#include "command/options.h"

#include <getopt.h>
#include <stdio.h>

#define FIRST_VALUE 256 /* of options without a letter */
#define TITLE_MAX 64    /* bytes */

/* What getopt_long() says of an option. */
static int
value_of(const struct options_one *options, int number)
{
	return options[number].letter != '\0' ? options[number].letter
	                                      : FIRST_VALUE + number;
}

/* In the form of getopt_long().
 * In/Out:  known    zeroed
 *          letters  likewise */
static void
describe(const struct options_one *options, struct option *known, char *letters)
{
	int i = 0;

	for (; i < OPTIONS_MAX && options[i].name != NULL; i++) {
		known[i].name = options[i].name;
		known[i].has_arg =
		    options[i].text != NULL ? required_argument : no_argument;
		known[i].val = value_of(options, i);
		if (options[i].letter == '\0')
			continue;
		*letters++ = options[i].letter;
		if (options[i].text != NULL)
			*letters++ = ':';
	}
	known[i] = (struct option){ "help", no_argument, NULL, 'h' };
	*letters = 'h';
}

/* Returns: whether there is such an option. */
static bool
take(const struct options_one *options, int value)
{
	for (int i = 0; options[i].name != NULL; i++) {
		if (value_of(options, i) != value)
			continue;
		if (options[i].text != NULL)
			*options[i].text = optarg;
		else
			*options[i].flag = true;
		return true;
	}
	return false;
}

int
options_read(const struct command *command, const struct options_one *options,
    int argc, char **argv)
{
	struct option known[OPTIONS_MAX + 2] = { { NULL, 0, NULL, 0 } };
	char letters[2 * OPTIONS_MAX + 2] = "";
	char title[TITLE_MAX];
	char *name = argv[0];
	int result = OPTIONS_GO_ON;
	int value;

	describe(options, known, letters);
	/* getopt_long() says who complains. */
	(void)snprintf(title, sizeof(title), "nudge %s", command->name);
	argv[0] = title;
	while (result == OPTIONS_GO_ON &&
	    (value = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		if (value == 'h') {
			command_help(command);
			result = EXIT_DONE;
		} else if (!take(options, value)) {
			result = command_usage(command);
		}
	}
	argv[0] = name;
	return result;
}

int
options_end(const struct command *command, int argc, char **argv)
{
	return optind == argc
	    ? OPTIONS_GO_ON
	    : command_refuse(command, "unexpected argument '%s'", argv[optind]);
}

int
options_read_file(const struct command *command, int argc, char **argv,
    const char **file)
{
	const struct options_one known[] = {
		{ "config", 'c', .text = file },
		{ .name = NULL },
	};
	int result;

	*file = NULL;
	result = options_read(command, known, argc, argv);
	return result == OPTIONS_GO_ON ? options_end(command, argc, argv)
	                               : result;
}
