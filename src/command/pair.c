/* pair.c - what an app needs to connect, as a QR code and as text. */
#include "command/pair.h"

#include "base/text.h"
#include "command/command.h"
#include "command/configuration.h"
#include "command/options.h"
#include "core/pairing.h"
#include "io/certificate.h"
#include "io/replykey.h"
#include "io/secret.h"

#include <getopt.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_ZONE 2 /* modules of white around the code */

struct asked {
	const char *file;
	const char *password_file; /* NULL = the app asks for it */
	bool is_new_key;
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

int
pair_show(const char *text)
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
		(void)printf("\nWhoever has this may answer in your name.\n\n");
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

static void
complain_of(const struct fault *fault)
{
	(void)fprintf(stderr, "nudge pair: %s\n", fault->text);
}

/* The rest from the settings: those of the bridge hold for its apps too. */
static void
complete(const struct settings *settings, struct pairing *pairing)
{
	if (pairing->broker == NULL && pairing->ws == NULL) {
		warn_of_loopback(settings->mqtt.url);
		if (strncmp(settings->mqtt.url, "ws", 2) == 0)
			pairing->ws = settings->mqtt.url;
		else
			pairing->broker = settings->mqtt.url;
	}
	/* A broker that asks the bridge for a login asks everybody. */
	if (*settings->mqtt.username != '\0' || pairing->password != NULL)
		pairing->username = pairing->user;
	if (strcmp(settings->mqtt.root, "nudge") != 0)
		pairing->root = settings->mqtt.root;
}

/* In:  pairing  whole */
static int
write_whole(const struct pairing *pairing, struct buf *text)
{
	pairing_write(pairing, text);
	if (buf_status(text) == STATUS_OK)
		return EXIT_DONE;
	(void)fprintf(stderr, "nudge pair: longer than %zu bytes\n", text->max);
	return EXIT_FAILED;
}

int
pair_write(const struct settings *settings, const struct pairing *given,
    bool is_new_key, struct buf *text)
{
	struct pairing pairing = *given;
	char print[CERTIFICATE_PRINT_LEN + 1];
	char key[REPLY_KEY_TEXT_LEN + 1];
	struct fault fault = { "" };
	int result;

	if (*settings->mqtt.ca_file != '\0') {
		if (certificate_fingerprint(settings->mqtt.ca_file, print,
		        &fault) != STATUS_OK) {
			(void)fprintf(stderr,
			    "nudge pair: [mqtt] ca_file: %s\n", fault.text);
			return EXIT_SETTINGS;
		}
		pairing.ca = print;
	}
	if (replykey_keep(settings->state.directory, pairing.user, is_new_key,
	        key, &fault) != STATUS_OK) {
		complain_of(&fault);
		return EXIT_FAILED;
	}
	pairing.key = key;
	result = write_whole(&pairing, text);
	explicit_bzero(key, sizeof(key));
	return result;
}

static int
pair(const struct settings *settings, const struct asked *asked,
    const struct pairing *pairing)
{
	struct buf text;
	int result;

	buf_init(&text, PAIRING_MAX);
	result = pair_write(settings, pairing, asked->is_new_key, &text);
	if (result == EXIT_DONE)
		result = pair_show(buf_text(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_finish(&text);
	if (asked->is_new_key && result == EXIT_DONE)
		(void)fprintf(stderr,
		    "nudge pair: the key is new: pair every phone, page and "
		    "agent of %s again\n",
		    pairing->user);
	return result;
}

/* In:  password  zeroed */
static int
read_password(const struct asked *asked, struct secret *password,
    struct pairing *pairing)
{
	struct fault fault = { "" };

	if (asked->password_file == NULL)
		return EXIT_DONE;
	if (secret_read(asked->password_file, password, &fault) == STATUS_OK) {
		secret_cut_line(password);
		pairing->password = password->text;
		if (*password->text == '\0' ||
		    !text_is_utf8(password->text, strlen(password->text)))
			fault_set(&fault, "%s holds no password",
			    asked->password_file);
	}
	if (!fault_is_set(&fault))
		return EXIT_DONE;
	complain_of(&fault);
	return EXIT_SETTINGS;
}

static int
pair_by(const struct asked *asked)
{
	struct pairing pairing = asked->pairing;
	struct secret password = { .text = NULL };
	struct configuration configuration;
	struct fault fault = { "" };
	int result;

	if (configuration_find(&(struct configuration_wish){ "pair",
	                           asked->file, false },
	        &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	result = read_password(asked, &password, &pairing);
	if (result == EXIT_DONE) {
		complete(&configuration.settings, &pairing);
		if (pairing_is_good(&pairing, &fault)) {
			result = pair(&configuration.settings, asked, &pairing);
		} else {
			complain_of(&fault);
			result = EXIT_SETTINGS;
		}
	}
	secret_finish(&password);
	configuration_finish(&configuration);
	return result;
}

static int
run(int argc, char **argv)
{
	struct asked asked = { .file = NULL };
	const struct options_one known[] = {
		{ "config", 'c', .text = &asked.file },
		{ "broker", .text = &asked.pairing.broker },
		{ "ws", .text = &asked.pairing.ws },
		{ "page", .text = &asked.pairing.page },
		{ "password-file", .text = &asked.password_file },
		{ "new-key", .flag = &asked.is_new_key },
		{ .name = NULL },
	};
	struct fault fault = { "" };
	int result = options_read(&pair_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	if (optind == argc)
		return command_refuse(&pair_command, "say the USER");
	asked.pairing.user = argv[optind++];
	result = options_end(&pair_command, argc, argv);
	if (result != OPTIONS_GO_ON)
		return result;
	if (command_is_user(asked.pairing.user, &fault) &&
	    pairing_is_good(&asked.pairing, &fault))
		return pair_by(&asked);
	complain_of(&fault);
	return EXIT_USAGE;
}

const struct command pair_command = {
	.name = "pair",
	.synopsis = "[-c FILE] [--broker URL] [--ws URL] [--page URL] "
	            "[--password-file FILE] [--new-key] USER",
	.summary = "What an app needs to connect, as a QR code and as text.",
	.help =
	    "  -c FILE        the settings file (that of the bridge which runs\n"
	    "                 here, else /etc/nudge/nudge.conf)\n"
	    "  --broker URL   the broker as the app reaches it, mqtt:// or\n"
	    "                 mqtts:// ([mqtt] url)\n"
	    "  --ws URL       its WebSocket listener, for pages: ws:// or\n"
	    "                 wss:// (the same host, port 9001)\n"
	    "  --page URL     the page: a phone's camera then opens it\n"
	    "  --password-file FILE\n"
	    "                 put USER's password for the broker in, too;\n"
	    "                 without it the app asks for it\n"
	    "  --new-key      make USER another reply key: what was paired\n"
	    "                 before can answer no more\n"
	    "\n"
	    "The text is a secret: whoever has it answers permissions as USER. "
	    "It holds USER's\nreply key, which is made when it is missing and "
	    "kept below [state] directory; run\nthis as root or as the user "
	    "that the bridge runs as.\n"
	    "\n"
	    "Exit status: 0 done, 1 the key cannot be read or made, 64 usage, "
	    "78 settings.\n",
	.run = run,
};
