/* doctor.c - what is wrong, and what to do about it. */
#include "base/buf.h"
#include "command/command.h"
#include "command/configuration.h"
#include "command/examine.h"
#include "command/options.h"
#include "command/show.h"
#include "io/brokerfiles.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_LEN 1024  /* bytes */
#define JSON_LINE_MAX 8192 /* bytes of the same in JSON */

struct asked {
	const char *file;
	const char *broker_conf;
	struct examination examination; /* as the options want it */
};

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

static void
examine_all(struct examination *examination)
{
	examine_clock(examination);
	examine_keys(examination);
	examine_broker(examination);
	examine_network(examination);
	examine_other(examination);
	examine_hosts(examination);
	examine_services(examination);
}

static void
say_settings(struct examination *examination,
    const struct configuration *configuration)
{
	const char *file = configuration->source.file;

	if (configuration->has_file)
		examine_say(examination, GRADE_OK, "settings", "%s is good",
		    file);
	else
		examine_say(examination, GRADE_OK, "settings",
		    "there is no %s, and no running bridge is found: the "
		    "built-in settings count",
		    file);
}

/* Settings that are refused are a finding, too, and the last one. */
static int
examine(const struct asked *asked)
{
	struct examination examination = asked->examination;
	struct configuration configuration;
	struct settings_fault wrong;
	struct brokerconf broker;
	struct fault ignored = { "" };
	const struct configuration_wish wish = {
		.command = "doctor",
		.file = asked->file,
		.is_silent = examination.as_json,
	};
	bool is_good =
	    configuration_try_find(&wish, &configuration, &wrong) == STATUS_OK;

	if (is_good) {
		say_settings(&examination, &configuration);
		examination.settings = &configuration.settings;
		if (brokerfiles_read_conf(asked->broker_conf, &broker,
		        &ignored) == STATUS_OK)
			examination.broker = &broker;
		examine_all(&examination);
		configuration_finish(&configuration);
	} else {
		examine_say(&examination, GRADE_FAIL, "settings", "%s: %s",
		    wrong.where, wrong.what.text);
	}
	if (examination.as_json)
		(void)printf("]\n");
	for (size_t i = 0; i < examination.patient_count; i++)
		device_finish(&examination.patients[i].device);
	free(examination.patients);
	if (!is_good)
		return EXIT_SETTINGS;
	return examination.worst == GRADE_FAIL ? EXIT_FAILED : EXIT_DONE;
}

static int
run(int argc, char **argv)
{
	struct asked asked = { .broker_conf = BROKERFILES_CONF };
	struct examination *examination = &asked.examination;
	const struct options_one known[] = {
		{ "config", 'c', .text = &asked.file },
		{ "broker-conf", .text = &asked.broker_conf },
		{ "as", .text = &examination->other },
		{ "password-file", .text = &examination->other_password_file },
		{ "json", 'j', .flag = &examination->as_json },
		{ .name = NULL },
	};
	struct fault fault = { "" };
	int result = options_read(&doctor_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	result = options_end(&doctor_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	if ((examination->other == NULL) !=
	    (examination->other_password_file == NULL))
		return command_refuse(&doctor_command,
		    "--as and --password-file belong together");
	if (examination->other != NULL &&
	    !command_is_user(examination->other, &fault)) {
		(void)fprintf(stderr, "nudge doctor: --as: %s\n", fault.text);
		return EXIT_USAGE;
	}
	return examine(&asked);
}

const struct command doctor_command = {
	.name = "doctor",
	.synopsis = "[-c FILE] [--broker-conf FILE] [--as NAME --password-file "
	            "FILE] [--json]",
	.summary = "Find out what is wrong, and what to do about it.",
	.help =
	    "  -c FILE   the settings file (that of the bridge which runs\n"
	    "            here, else /etc/nudge/nudge.conf)\n"
	    "  --broker-conf FILE\n"
	    "            the broker's, if it is here "
	    "(/etc/mosquitto/mosquitto.conf)\n"
	    "  --as NAME --password-file FILE\n"
	    "            a person's login: does it reach other people's "
	    "topics?\n"
	    "  --json    print for machines\n"
	    "\n"
	    "Looks at the clock, the keys, the broker and what it lets us do, "
	    "whom it lets in\nat each address of this machine, what allow_hosts "
	    "opens, each push service, and\neach device; one line for each, ok, "
	    "warn or fail. Nothing is pushed and nothing\nis changed. Run it as "
	    "the user that the bridge runs as.\n"
	    "\n"
	    "Exit status: 0 nothing fails, 1 something does, 64 usage, 78 "
	    "settings.\n",
	.run = run,
};
