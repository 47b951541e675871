/* setup_ask.c - what only a person knows. */
#include "base/text.h"
#include "command/setup.h"

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
