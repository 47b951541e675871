/* setup_service.c - both are started, and how others get in. */
#include "command/command.h"
#include "command/configuration.h"
#include "command/pair.h"
#include "command/setup.h"
#include "io/authority.h"
#include "io/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARCHIVE "/usr/share/nudge/opencode-nudge.tgz"

static enum status
plan(struct setup *setup, struct fault *fault)
{
	struct fault ignored = { "" };
	bool runs = setup->has_systemd &&
	    program_run((const char *const[]){ "systemctl", "is-active",
	                    "nudge", NULL },
	        &ignored) == STATUS_OK;

	(void)fault;
	if (setup->has_systemd && (!runs || setup->plan.len > 0))
		setup_intend(setup, "start %snudge, now and at every boot",
		    setup->is_here ? "mosquitto and " : "");
	return STATUS_OK;
}

static enum status
start(const char *unit, bool is_new, struct fault *fault)
{
	enum status status = program_run((const char *const[]){ "systemctl",
	                                     "enable", "--quiet", unit, NULL },
	    fault);

	if (status == STATUS_OK)
		status =
		    program_run((const char *const[]){ "systemctl",
		                    is_new ? "restart" : "start", unit, NULL },
		        fault);
	if (status == STATUS_OK)
		return STATUS_OK;
	fault->text[0] = '\0';
	fault_set(fault, "%s does not start: journalctl -n 20 -u %s tells why",
	    unit, unit);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	enum status status = STATUS_OK;

	if (!setup->has_systemd) {
		(void)printf("Nothing is started here: start %snudge "
		             "yourself.\n",
		    setup->is_here ? "mosquitto and " : "");
		return STATUS_OK;
	}
	if (setup->is_here)
		status = start("mosquitto", setup->is_broker_new, fault);
	if (status == STATUS_OK)
		status = start("nudge",
		    setup->is_bridge_new || setup->is_broker_new, fault);
	return status;
}

const struct setup_step setup_service = { plan, carry_out };

static int
examine(const struct setup *setup)
{
	const char *argv[] = { "doctor", "-c", setup->places.conf,
		"--broker-conf", setup->places.broker_conf, NULL };

	(void)printf("\nnudge doctor:\n\n");
	(void)fflush(stdout);
	return command_call(&doctor_command, argv);
}

/* The addresses of the broker as others reach it. */
struct addresses {
	char broker[SETUP_URL_MAX];
	char ws[SETUP_URL_MAX];
	char page[SETUP_URL_MAX]; /* "" = not here */
};

static void
find_addresses(const struct setup *setup, struct addresses *addresses)
{
	const struct setup_wishes *wishes = &setup->wishes;
	char page[SETUP_URL_MAX];

	if (!setup->is_here) {
		(void)snprintf(addresses->broker, SETUP_URL_MAX, "%s",
		    wishes->broker);
		addresses->ws[0] = '\0';
		addresses->page[0] = '\0';
		return;
	}
	setup_url("mqtts", wishes->host, wishes->tls_port, addresses->broker);
	setup_url("wss", wishes->host, wishes->ws_port, addresses->ws);
	setup_url("https", wishes->host, wishes->page_port, page);
	(void)snprintf(addresses->page, SETUP_URL_MAX, "%.300s/", page);
}

static int
write_text(const struct setup *setup, const struct settings *settings,
    bool is_for_agent, struct buf *text)
{
	struct addresses addresses;
	struct pairing pairing = {
		.user = setup->wishes.user,
		.username = setup->wishes.user,
		.password = setup->password.text,
	};

	find_addresses(setup, &addresses);
	pairing.broker = addresses.broker;
	if (!is_for_agent && setup->is_here) {
		pairing.ws = addresses.ws;
		pairing.page = addresses.page;
	}
	if (strcmp(settings->mqtt.root, "nudge") != 0)
		pairing.root = settings->mqtt.root;
	return pair_write(settings, &pairing, false, text);
}

static int
show_phone(const struct setup *setup, const struct settings *settings)
{
	struct buf text;
	int result;

	buf_init(&text, PAIRING_MAX);
	result = write_text(setup, settings, false, &text);
	if (result == EXIT_DONE) {
		(void)printf("\nA phone of %s%s:\n\n", setup->wishes.user,
		    setup->is_here ? ", and the page" : "");
		result = pair_show(buf_text(&text));
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_finish(&text);
	return result;
}

/* npm is told whom to trust for this once, in a form that any shell reads. */
static enum status
add_authority(const struct setup *setup, struct buf *line)
{
	const char *path = setup->wishes.ca_file;
	struct fault ignored = { "" };
	enum status status = STATUS_OK;
	struct buf pem;

	if (path == NULL && setup->wishes.cert_file == NULL)
		path = setup->places.ca;
	if (path == NULL)
		return STATUS_OK;
	buf_init(&pem, AUTHORITY_PEM_MAX);
	status = setup_read(path, &pem, &ignored);
	buf_addf(line, "npm_config_ca=\"$(printf '%%b' '");
	for (const char *at = buf_text(&pem); *at != '\0'; at++) {
		if (*at == '\n')
			buf_addf(line, "\\n");
		else
			buf_add(line, at, 1);
	}
	buf_addf(line, "')\" ");
	buf_finish(&pem);
	return status;
}

/* How the plugin comes to the agent's machine. */
static void
add_source(const struct setup *setup, struct buf *line)
{
	struct addresses addresses;

	find_addresses(setup, &addresses);
	if (!setup->is_here) {
		buf_addf(line,
		    "npx --yes --package=./opencode-nudge.tgz opencode-nudge");
		return;
	}
	(void)add_authority(setup, line);
	buf_addf(line, "npx --yes %sopencode-nudge.tgz", addresses.page);
}

static int
show_agent(const struct setup *setup, const struct settings *settings)
{
	struct buf text;
	struct buf line;
	int result;

	buf_init(&text, PAIRING_MAX);
	buf_init(&line, SETUP_TEXT_MAX);
	result = write_text(setup, settings, true, &text);
	add_source(setup, &line);
	if (result == EXIT_DONE && !setup->is_here)
		(void)printf("\nOpenCode's machine, with a copy of %s:\n",
		    ARCHIVE);
	else if (result == EXIT_DONE)
		(void)printf("\nOpenCode's machine:\n");
	if (result == EXIT_DONE)
		(void)printf("\n  %s install --pair '%s'\n", buf_text(&line),
		    buf_text(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_finish(&text);
	buf_finish(&line);
	return result;
}

int
setup_show(struct setup *setup)
{
	struct configuration configuration;
	int health = setup->has_systemd ? examine(setup) : EXIT_DONE;
	int result;

	if (configuration_read(setup->places.conf, &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	result = show_phone(setup, &configuration.settings);
	if (result == EXIT_DONE)
		result = show_agent(setup, &configuration.settings);
	configuration_finish(&configuration);
	if (result == EXIT_DONE && setup->password.text == NULL &&
	    setup->is_here)
		(void)printf("\nThe password of %s is not in them: it was "
		             "shown when it was made. 'nudge user passwd %s' "
		             "makes another.\n",
		    setup->wishes.user, setup->wishes.user);
	if (result == EXIT_DONE)
		(void)printf("\nOne more person: nudge setup --user NAME\n");
	return result != EXIT_DONE ? result : health;
}
