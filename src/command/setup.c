/* setup.c - from nothing to a running service: what is wanted, and in which order
 * it is done. */
#include "command/setup.h"

#include "base/text.h"
#include "command/command.h"
#include "command/configuration.h"
#include "command/options.h"
#include "io/brokerfiles.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT 1883
#define TLS_PORT 8883
#define WS_PORT 9001
#define PAGE_PORT 8090
#define PORT_MAX 65535

struct asked {
	struct setup setup;
	const char *conf;
	const char *broker_conf;
	bool is_undo;
};

/* What goes into a place of its own. */
struct said {
	const char *user;
	const char *host;
	const char *broker;
	const char *login;
	const char *mail;
	const char *ports;
};

static const struct setup_step *const steps[] = {
	&setup_made,
	&setup_package,
	&setup_trust,
	&setup_page,
	&setup_broker,
	&setup_settings,
	&setup_accounts,
	&setup_service,
};

void
setup_intend(struct setup *setup, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	buf_addf(&setup->plan, "  * %s\n", line);
}

static int
complain(int result, const struct fault *fault)
{
	(void)fprintf(stderr, "nudge setup: %s\n", fault->text);
	return result;
}

/* Beside a file: its folder, and what comes then. */
static void
beside(const char *file, const char *rest, char path[SETUP_PATH_MAX])
{
	const char *slash = strrchr(file, '/');

	(void)snprintf(path, SETUP_PATH_MAX, "%.*s%s",
	    slash != NULL ? (int)(slash + 1 - file) : 0, file, rest);
}

static void
find_places(struct asked *asked)
{
	struct setup_places *places = &asked->setup.places;

	(void)snprintf(places->conf, SETUP_PATH_MAX, "%s", asked->conf);
	(void)snprintf(places->before, SETUP_PATH_MAX, "%s.before-setup",
	    asked->conf);
	(void)snprintf(places->made, SETUP_PATH_MAX, "%s.made-by-setup",
	    asked->conf);
	beside(asked->conf, "ca.crt", places->ca);
	beside(asked->conf, "secrets/ca.key", places->ca_key);
	beside(asked->conf, "secrets/mqtt", places->password);
	beside(asked->conf, "page.crt", places->page_cert);
	beside(asked->conf, "secrets/page.key", places->page_key);
	(void)snprintf(places->broker_conf, SETUP_PATH_MAX, "%s",
	    asked->broker_conf);
	beside(asked->broker_conf, "conf.d/nudge.conf", places->own_conf);
	beside(asked->broker_conf, "certs/nudge.crt", places->cert);
	beside(asked->broker_conf, "certs/nudge.key", places->key);
	beside(asked->broker_conf, "nudge.passwords", places->passwords);
	beside(asked->broker_conf, "nudge.acl", places->acl);
}

/* What the broker says without us. */
static enum status
look_at_broker(struct setup *setup, struct fault *fault)
{
	struct setup_places *places = &setup->places;
	enum status status;

	setup->has_broker = access(places->broker_conf, F_OK) == 0;
	setup->has_own_passwords = true;
	setup->has_own_acl = true;
	if (!setup->has_broker)
		return STATUS_OK;
	status =
	    brokerfiles_read_conf(places->broker_conf, &setup->others, fault);
	if (status != STATUS_OK)
		return status;
	if (*setup->others.include_dir != '\0')
		(void)snprintf(places->own_conf, SETUP_PATH_MAX,
		    "%.400s/nudge.conf", setup->others.include_dir);
	status = brokerfiles_read_conf_but(places->broker_conf,
	    places->own_conf, &setup->others, fault);
	if (status != STATUS_OK)
		return status;
	if (*setup->others.password_file != '\0') {
		setup->has_own_passwords = false;
		(void)snprintf(places->passwords, SETUP_PATH_MAX, "%.511s",
		    setup->others.password_file);
	}
	if (*setup->others.acl_file != '\0') {
		setup->has_own_acl = false;
		(void)snprintf(places->acl, SETUP_PATH_MAX, "%.511s",
		    setup->others.acl_file);
	}
	return STATUS_OK;
}

static enum status
for_each_step(struct setup *setup, bool is_plan, struct fault *fault)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < COUNT_OF(steps) && status == STATUS_OK; i++)
		status = is_plan ? steps[i]->plan(setup, fault)
		                 : steps[i]->carry_out(setup, fault);
	if (status != STATUS_OK && !fault_is_set(fault))
		fault_set(fault, "%s", status_str(status));
	return status;
}

/* Nothing is changed without a yes. */
static int
carry_out(struct setup *setup)
{
	struct fault fault = { "" };

	if (setup->plan.len == 0) {
		(void)printf("All is as it should be; nothing is changed.\n");
	} else {
		(void)printf("This is what I will do:\n\n%s\n",
		    buf_text(&setup->plan));
		if (!setup->wishes.is_sure && !setup_agree("Do it?")) {
			(void)printf("Nothing is changed.\n");
			return EXIT_FAILED;
		}
	}
	if (for_each_step(setup, false, &fault) != STATUS_OK) {
		(void)complain(EXIT_FAILED, &fault);
		(void)fprintf(stderr,
		    "nudge setup: mend this and run it again; 'nudge setup "
		    "--undo' takes away what was added\n");
		return EXIT_FAILED;
	}
	return setup_show(setup);
}

static int
set_up(struct setup *setup)
{
	struct setup_wishes recalled = { .port = 0 };
	struct fault fault = { "" };
	int result;

	setup_recall(setup, &recalled);
	if (!setup_ask(&setup->wishes, &recalled)) {
		fault_set(&fault, "nobody is there to say yes: --yes");
		return complain(EXIT_USAGE, &fault);
	}
	result = setup_check(&setup->wishes, &fault);
	if (result != EXIT_DONE)
		return complain(result, &fault);
	setup->is_here = strcmp(setup->wishes.broker, "here") == 0;
	if (for_each_step(setup, true, &fault) != STATUS_OK)
		return complain(EXIT_FAILED, &fault);
	return carry_out(setup);
}

static int
run_by(struct asked *asked)
{
	struct setup *setup = &asked->setup;
	struct fault fault = { "" };
	struct stat systemd;
	int result;

	if (geteuid() != 0 && strcmp(asked->conf, CONFIGURATION_FILE) == 0) {
		fault_set(&fault, "run this as root: sudo nudge setup");
		return complain(EXIT_FAILED, &fault);
	}
	if (*asked->conf != '/' || *asked->broker_conf != '/') {
		fault_set(&fault,
		    "-c and --broker-conf take a whole path, from '/' on");
		return complain(EXIT_USAGE, &fault);
	}
	find_places(asked);
	setup->has_systemd = !setup->wishes.stays_still &&
	    stat("/run/systemd/system", &systemd) == 0;
	if (look_at_broker(setup, &fault) != STATUS_OK)
		return complain(EXIT_FAILED, &fault);
	buf_init(&setup->plan, SETUP_TEXT_MAX);
	setup_made_read(setup);
	result = asked->is_undo ? setup_undo(setup) : set_up(setup);
	buf_finish(&setup->plan);
	buf_finish(&setup->made);
	secret_finish(&setup->password);
	return result;
}

/* "1883,8883,9001,8090" */
static bool
read_ports(const char *text, struct setup_wishes *wishes)
{
	int *const ports[] = { &wishes->port, &wishes->tls_port,
		&wishes->ws_port, &wishes->page_port };

	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		char *end;
		long port = strtol(text, &end, 10);

		if (end == text || port < 1 || port > PORT_MAX ||
		    *end != (i + 1 < COUNT_OF(ports) ? ',' : '\0'))
			return false;
		*ports[i] = (int)port;
		text = end + 1;
	}
	return true;
}

/* What was said of them takes the place of what holds else.
 * Returns: NULL, or what is wrong with one */
static const char *
take_wishes(const struct said *said, struct setup_wishes *wishes)
{
	const struct {
		const char *said;
		char *place;
	} texts[] = {
		{ said->user, wishes->user },
		{ said->host, wishes->host },
		{ said->broker, wishes->broker },
		{ said->login, wishes->login },
		{ said->mail, wishes->subject },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (texts[i].said == NULL)
			continue;
		if (strlen(texts[i].said) >= SETTING_MAX)
			return "an option is longer than a setting may be";
		(void)snprintf(texts[i].place, SETTING_MAX, "%s",
		    texts[i].said);
	}
	if (said->ports != NULL && !read_ports(said->ports, wishes))
		return "--ports must be four between commas, as in "
		       "1883,8883,9001,8090";
	return NULL;
}

static int
run(int argc, char **argv)
{
	struct asked asked = {
		.conf = CONFIGURATION_FILE,
		.broker_conf = BROKERFILES_CONF,
		.setup.wishes = { .port = PORT,
		    .tls_port = TLS_PORT,
		    .ws_port = WS_PORT,
		    .page_port = PAGE_PORT },
	};
	struct setup_wishes *wishes = &asked.setup.wishes;
	struct said said = { .user = NULL };
	const struct options_one known[] = {
		{ "config", 'c', .text = &asked.conf },
		{ "broker-conf", .text = &asked.broker_conf },
		{ "user", 'u', .text = &said.user },
		{ "host", .text = &said.host },
		{ "broker", .text = &said.broker },
		{ "login", .text = &said.login },
		{ "password-file", .text = &wishes->password_file },
		{ "mail", .text = &said.mail },
		{ "ca-file", .text = &wishes->ca_file },
		{ "cert-file", .text = &wishes->cert_file },
		{ "key-file", .text = &wishes->key_file },
		{ "ports", .text = &said.ports },
		{ "close", .flag = &wishes->may_close },
		{ "no-start", .flag = &wishes->stays_still },
		{ "yes", 'y', .flag = &wishes->is_sure },
		{ "undo", .flag = &asked.is_undo },
		{ .name = NULL },
	};
	const char *wrong;
	int result = options_read(&setup_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	result = options_end(&setup_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	wrong = take_wishes(&said, wishes);
	return wrong == NULL ? run_by(&asked)
	                     : command_refuse(&setup_command, "%s", wrong);
}

const struct command setup_command = {
	.name = "setup",
	.synopsis = "[OPTION…] [--undo]",
	.summary = "From nothing to a running service.",
	.help =
	    "  --user USER   who is told (who called sudo, else me)\n"
	    "  --host NAME   this machine, as phones reach it (its name)\n"
	    "  --mail ADDRESS\n"
	    "                where push services reach you; turns Web Push on\n"
	    "  --broker URL  a broker elsewhere, mqtt:// or mqtts://, or here\n"
	    "                (here: mosquitto on this machine)\n"
	    "  --login NAME  the bridge's at the broker (nudge)\n"
	    "  --password-file FILE\n"
	    "                its password at a broker elsewhere\n"
	    "  --cert-file FILE --key-file FILE\n"
	    "                a certificate of this machine that is there already\n"
	    "  --ca-file FILE\n"
	    "                who vouches for it, or for a broker elsewhere\n"
	    "  --ports MQTT,MQTTS,WSS,PAGE\n"
	    "                of the broker here, and of the page "
	    "(1883,8883,9001,8090)\n"
	    "  --close       a broker that lets anybody in from the network "
	    "asks for a\n"
	    "                login from now on\n"
	    "  --no-start    write the files, start nothing\n"
	    "  --yes         do it without a question\n"
	    "  --undo        take away what was added\n"
	    "  -c FILE       the settings file (/etc/nudge/nudge.conf)\n"
	    "  --broker-conf FILE\n"
	    "                the broker's (/etc/mosquitto/mosquitto.conf)\n"
	    "\n"
	    "Installs mosquitto if there is none, gives it certificates, "
	    "logins and rights,\nwrites the settings, starts both, runs "
	    "'nudge doctor' and shows how a phone and\nan agent get in. It "
	    "shows what it will do, and does nothing without a yes. Run it\n"
	    "again at any time: what is done stays.\n"
	    "\n"
	    "Exit status: 0 done, 1 failed, or nothing was done, 64 usage.\n",
	.run = run,
};
