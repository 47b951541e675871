/* doctor.c - what is wrong, and what to do about it. */
#include "base/buf.h"
#include "command/command.h"
#include "command/configuration.h"
#include "command/examine.h"
#include "command/show.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_LEN 1024  /* bytes */
#define JSON_LINE_MAX 8192 /* bytes of the same in JSON */

static const char *const grades[] = {
	[GRADE_OK] = "ok",
	[GRADE_WARN] = "warn",
	[GRADE_FAIL] = "fail",
};

static void
print_json(const struct examination *examination, enum grade grade,
    const char *what, const char *text)
{
	struct buf json;

	buf_init(&json, JSON_LINE_MAX);
	buf_addf(&json, "%s{\"check\":", examination->said > 0 ? "," : "[");
	buf_add_json(&json, what);
	buf_addf(&json, ",\"status\":\"%s\",\"detail\":", grades[grade]);
	buf_add_json(&json, text);
	buf_addf(&json, "}");
	(void)printf("%s\n", buf_text(&json));
	buf_finish(&json);
}

static void
print_line(enum grade grade, const char *what, const char *text)
{
	(void)printf("%-4s  %-11s ", grades[grade], what);
	show_text(text);
	(void)printf("\n");
}

void
examine_say(struct examination *examination, enum grade grade, const char *what,
    const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (examination->as_json)
		print_json(examination, grade, what, text);
	else
		print_line(grade, what, text);
	(void)fflush(stdout);
	examination->said++;
	if (grade > examination->worst)
		examination->worst = grade;
}

static int
examine(const struct configuration *configuration, bool as_json)
{
	struct examination examination = {
		.settings = &configuration->settings,
		.as_json = as_json,
	};

	examine_say(&examination, GRADE_OK, "settings", "%s is good",
	    configuration->source.file);
	examine_clock(&examination);
	examine_keys(&examination);
	examine_broker(&examination);
	examine_services(&examination);
	if (as_json)
		(void)printf("]\n");
	for (size_t i = 0; i < examination.patient_count; i++)
		device_finish(&examination.patients[i].device);
	free(examination.patients);
	return examination.worst == GRADE_FAIL ? EXIT_FAILED : EXIT_DONE;
}

static int
run(int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct configuration configuration;
	const char *file = NULL;
	bool as_json = false;
	int option;
	int result;

	while ((option = getopt_long(argc, argv, "c:jh", known, NULL)) != -1) {
		if (option == 'h') {
			command_help(&doctor_command);
			return EXIT_DONE;
		}
		if (option == 'j')
			as_json = true;
		else if (option == 'c')
			file = optarg;
		else
			optind = argc + 1;
	}
	if (optind != argc) {
		command_usage(&doctor_command);
		return EXIT_USAGE;
	}
	if (configuration_read(file, &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	result = examine(&configuration, as_json);
	configuration_finish(&configuration);
	return result;
}

const struct command doctor_command = {
	.name = "doctor",
	.synopsis = "[-c FILE] [--json]",
	.summary = "Find out what is wrong, and what to do about it.",
	.help =
	    "  -c FILE   the settings file (/etc/nudge/nudge.conf)\n"
	    "  --json    print for machines\n"
	    "\n"
	    "Looks at the clock, the keys, the broker and what it lets us do, "
	    "each push\nservice, and each device; one line for each, ok, warn "
	    "or fail. Nothing is\npushed and nothing is changed. Run it as the "
	    "user that the bridge runs as.\n"
	    "\n"
	    "Exit status: 0 nothing fails, 1 something does, 64 usage, 78 "
	    "settings.\n",
	.run = run,
};
