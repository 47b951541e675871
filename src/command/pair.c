/* pair.c - what an app needs to connect, as a QR code and as text. */
#include "command/command.h"
#include "command/configuration.h"
#include "core/pairing.h"
#include "io/certificate.h"

#include <getopt.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_ZONE 2 /* modules of white around the code */

struct asked {
	const char *file;
	struct pairing pairing;
};

/* Whether a module is black; outside of the code all is white. */
static bool
is_black(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return (code->data[y * code->width + x] & 1) != 0;
}

/* Two rows of modules in each line, black on white whatever the terminal's
 * colours. */
static void
draw(const QRcode *code)
{
	static const char *const halves[] = { " ", "\u2584", "\u2580",
		"\u2588" };
	int end = code->width + QUIET_ZONE;

	for (int y = -QUIET_ZONE; y < end; y += 2) {
		(void)printf("\033[38;5;16;48;5;231m");
		for (int x = -QUIET_ZONE; x < end; x++)
			(void)printf("%s",
			    halves[2 * is_black(code, x, y) +
			        is_black(code, x, y + 1)]);
		(void)printf("\033[0m\n");
	}
}

static int
show(const char *text)
{
	QRcode *code;

	if (isatty(STDOUT_FILENO)) {
		code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
		if (code == NULL) {
			(void)fprintf(stderr,
			    "nudge pair: too long for a QR code\n");
			return EXIT_FAILED;
		}
		draw(code);
		QRcode_free(code);
		(void)printf("\n");
	}
	(void)printf("%s\n", text);
	return EXIT_DONE;
}

/* mqtt://localhost means another machine on another machine. */
static void
warn_of_loopback(const char *broker)
{
	const char *host = strstr(broker, "://");

	if (host != NULL &&
	    (strncmp(host + 3, "localhost", 9) == 0 ||
	        strncmp(host + 3, "127.", 4) == 0))
		(void)fprintf(stderr,
		    "nudge pair: only this machine reaches %s; for others name "
		    "it with --broker\n",
		    broker);
}

static bool
begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The rest from the settings: those of the bridge hold for its apps too. */
static void
complete(const struct settings *settings, struct pairing *pairing)
{
	if (pairing->broker == NULL && pairing->ws == NULL) {
		warn_of_loopback(settings->mqtt.url);
		if (begins(settings->mqtt.url, "ws"))
			pairing->ws = settings->mqtt.url;
		else
			pairing->broker = settings->mqtt.url;
	}
	/* A broker that asks the bridge for a login asks everybody. */
	if (*settings->mqtt.username != '\0')
		pairing->username = pairing->user;
	if (strcmp(settings->mqtt.root, "nudge") != 0)
		pairing->root = settings->mqtt.root;
}

static int
pair(const struct settings *settings, const struct pairing *given)
{
	struct pairing pairing = *given;
	char print[CERTIFICATE_PRINT_LEN + 1];
	struct fault fault = { "" };
	struct buf text;
	int result;

	complete(settings, &pairing);
	if (*settings->mqtt.ca_file != '\0') {
		if (certificate_fingerprint(settings->mqtt.ca_file, print,
		        &fault) != STATUS_OK) {
			(void)fprintf(stderr,
			    "nudge pair: [mqtt] ca_file: %s\n", fault.text);
			return EXIT_SETTINGS;
		}
		pairing.ca = print;
	}
	buf_init(&text, PAIRING_MAX);
	pairing_write(&pairing, &text);
	if (buf_status(&text) == STATUS_OK) {
		result = show(buf_text(&text));
	} else {
		(void)fprintf(stderr, "nudge pair: longer than %d bytes\n",
		    PAIRING_MAX);
		result = EXIT_FAILED;
	}
	buf_finish(&text);
	return result;
}

static int
complain(const char *what)
{
	(void)fprintf(stderr, "nudge pair: %s\n", what);
	return EXIT_USAGE;
}

/* What is wrong with an address, or NULL. */
static const char *
objection(const struct pairing *pairing)
{
	if (pairing->broker != NULL && !begins(pairing->broker, "mqtt://") &&
	    !begins(pairing->broker, "mqtts://"))
		return "--broker must begin with mqtt:// or mqtts://";
	if (pairing->ws != NULL && !begins(pairing->ws, "ws://") &&
	    !begins(pairing->ws, "wss://"))
		return "--ws must begin with ws:// or wss://";
	if (pairing->page != NULL && !begins(pairing->page, "http://") &&
	    !begins(pairing->page, "https://"))
		return "--page must begin with http:// or https://";
	if (pairing->page != NULL && strchr(pairing->page, '#') != NULL)
		return "--page must have no '#'";
	return NULL;
}

static bool
read_option(int option, struct asked *asked)
{
	if (option == 'c')
		asked->file = optarg;
	else if (option == 'b')
		asked->pairing.broker = optarg;
	else if (option == 'w')
		asked->pairing.ws = optarg;
	else if (option == 'p')
		asked->pairing.page = optarg;
	else
		return false;
	return true;
}

static int
run(int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "broker", required_argument, NULL, 'b' },
		{ "ws", required_argument, NULL, 'w' },
		{ "page", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct configuration configuration;
	struct asked asked = { .file = NULL };
	struct fault fault = { "" };
	int option;
	int result;

	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		if (option == 'h') {
			command_help(&pair_command);
			return EXIT_DONE;
		}
		if (!read_option(option, &asked)) {
			command_usage(&pair_command);
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc) {
		command_usage(&pair_command);
		return EXIT_USAGE;
	}
	asked.pairing.user = argv[optind];
	if (!command_is_user(asked.pairing.user, &fault))
		return complain(fault.text);
	if (objection(&asked.pairing) != NULL)
		return complain(objection(&asked.pairing));
	if (configuration_read(asked.file, &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	result = pair(&configuration.settings, &asked.pairing);
	configuration_finish(&configuration);
	return result;
}

const struct command pair_command = {
	.name = "pair",
	.synopsis = "[-c FILE] [--broker URL] [--ws URL] [--page URL] USER",
	.summary = "What an app needs to connect, as a QR code and as text.",
	.help =
	    "  -c FILE        the settings file (/etc/nudge/nudge.conf)\n"
	    "  --broker URL   the broker as the app reaches it, mqtt:// or\n"
	    "                 mqtts:// ([mqtt] url)\n"
	    "  --ws URL       its WebSocket listener, for pages: ws:// or\n"
	    "                 wss:// (the same host, port 9001)\n"
	    "  --page URL     the page: a phone's camera then opens it\n"
	    "\n"
	    "There is no password in it: the app asks for it.\n"
	    "Exit status: 64 usage, 78 settings.\n",
	.run = run,
};
