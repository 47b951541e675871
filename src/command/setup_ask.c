/* setup_ask.c - what only a person knows. */
#include "base/text.h"
#include "command/command.h"
#include "command/setup.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AVAHI "/usr/sbin/avahi-daemon"

/* Read a line; an empty one leaves the answer as it is.
 * Returns: false at the end of the input. */
static bool
read_line(char answer[SETTING_MAX])
{
	char line[SETTING_MAX];
	size_t len;

	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	len = strcspn(line, "\r\n");
	line[len] = '\0';
	if (len > 0)
		memcpy(answer, line, len + 1);
	return true;
}

static bool
ask(const char *question, char answer[SETTING_MAX])
{
	(void)printf("%s [%s]: ", question, *answer != '\0' ? answer : "none");
	return read_line(answer);
}

bool
setup_agree(const char *question)
{
	char answer[SETTING_MAX] = "";

	(void)printf("%s [y/N]: ", question);
	return read_line(answer) && (*answer == 'y' || *answer == 'Y');
}

static void
guess_user(char user[SETTING_MAX])
{
	const char *caller = getenv("SUDO_USER");
	bool is_person =
	    caller != NULL && text_is_id(caller) && strcmp(caller, "root") != 0;

	(void)snprintf(user, SETTING_MAX, "%s", is_person ? caller : "me");
}

/* A name without a dot is known to others through Avahi, if it runs here. */
static void
guess_host(char host[SETTING_MAX])
{
	char name[HOST_NAME_MAX + 1] = "localhost";

	(void)gethostname(name, sizeof(name));
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(host, SETTING_MAX, "%s%s", name,
	    strchr(name, '.') == NULL && access(AVAHI, X_OK) == 0 ? ".local"
	                                                          : "");
}

/* Whether a person has to say yes to what nobody said. */
static bool
ask_all(struct setup_wishes *wishes, const struct setup_wishes *said)
{
	bool goes_on = true;

	if (*said->broker == '\0')
		goes_on = ask("The broker: here, or the address of one that "
		              "runs elsewhere (mqtts://HOST)",
		    wishes->broker);
	if (goes_on && *said->user == '\0')
		goes_on =
		    ask("Who is told? A name for the topics", wishes->user);
	if (goes_on && *said->host == '\0' &&
	    strcmp(wishes->broker, "here") == 0)
		goes_on = ask("This machine, as phones reach it", wishes->host);
	if (goes_on && *said->subject == '\0')
		goes_on = ask("Your mail address, for push to browsers (push "
		              "services see it)",
		    wishes->subject);
	return goes_on;
}

/* In:  said  "" = nothing */
static void
take(char wish[SETTING_MAX], const char *said)
{
	if (*wish == '\0' && *said != '\0')
		memcpy(wish, said, strlen(said) + 1);
}

/* "me@example.org" */
static void
make_address(char subject[SETTING_MAX])
{
	char mail[SETTING_MAX];

	if (*subject == '\0' || strchr(subject, ':') != NULL)
		return;
	(void)snprintf(mail, sizeof(mail), "mailto:%.200s", subject);
	memcpy(subject, mail, sizeof(mail));
}

bool
setup_ask(struct setup_wishes *wishes, const struct setup_wishes *recalled)
{
	struct setup_wishes said = *wishes;

	take(wishes->broker, recalled->broker);
	take(wishes->user, recalled->user);
	take(wishes->host, recalled->host);
	take(wishes->login, recalled->login);
	take(wishes->broker, "here");
	take(wishes->login, "nudge");
	if (*wishes->user == '\0')
		guess_user(wishes->user);
	if (*wishes->host == '\0')
		guess_host(wishes->host);
	if (!wishes->is_sure &&
	    !(isatty(STDIN_FILENO) && ask_all(wishes, &said)))
		return false;
	make_address(wishes->subject);
	return true;
}

/* A name of DNS, or an address that means the same on every machine. */
static bool
is_host(const char *host)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	struct in6_addr address;

	return (*host != '\0' && host[strspn(host, letters)] == '\0') ||
	    inet_pton(AF_INET6, host, &address) == 1;
}

static bool
is_whole_path(const char *path)
{
	return path == NULL || (*path == '/' && text_is_line(path));
}

static bool
has_port_twice(const struct setup_wishes *wishes)
{
	const int ports[] = { wishes->port, wishes->tls_port, wishes->ws_port,
		wishes->page_port };

	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		for (size_t k = 0; k < i; k++) {
			if (ports[i] == ports[k])
				return true;
		}
	}
	return false;
}

static void
check_files(const struct setup_wishes *wishes, struct fault *fault)
{
	if ((wishes->cert_file == NULL) != (wishes->key_file == NULL))
		fault_set(fault, "--cert-file and --key-file belong together");
	if (!is_whole_path(wishes->cert_file) ||
	    !is_whole_path(wishes->key_file) || !is_whole_path(wishes->ca_file))
		fault_set(fault,
		    "--cert-file, --key-file and --ca-file take a whole path, "
		    "from '/' on");
}

int
setup_check(const struct setup_wishes *wishes, struct fault *fault)
{
	if (!command_is_user(wishes->user, fault))
		return EXIT_USAGE;
	if (!text_is_id(wishes->login))
		fault_set(fault,
		    "the login must be 1 to 64 of the characters A-Z a-z 0-9 _ "
		    "-");
	if (strcmp(wishes->user, wishes->login) == 0)
		fault_set(fault,
		    "'%s' is the login of the bridge: choose another name for "
		    "the person",
		    wishes->user);
	if (!is_host(wishes->host))
		fault_set(fault, "--host is a name or an address alone");
	if (!text_is_line(wishes->broker))
		fault_set(fault, "--broker is one line");
	if (!text_is_line(wishes->subject) ||
	    strpbrk(wishes->subject, " ;") != NULL)
		fault_set(fault, "--mail is an address alone");
	if (has_port_twice(wishes))
		fault_set(fault, "--ports names a port twice");
	check_files(wishes, fault);
	return fault_is_set(fault) ? EXIT_USAGE : EXIT_DONE;
}
