/* user_show.c - what to write for a login, on a broker elsewhere. */
#include "base/buf.h"
#include "command/command.h"
#include "command/user.h"

#include <stdio.h>
#include <string.h>

static void
show_lines(const struct user_job *job, const char *login)
{
	struct accesses accesses;
	struct buf text;

	buf_init(&text, ACCESS_TEXT_MAX);
	user_accesses(job, login, &accesses);
	access_write_lines(&accesses, login, &text);
	(void)printf("# nudge: %s\n%s# nudge: end %s\n\n", login,
	    buf_text(&text), login);
	buf_finish(&text);
}

static void
show_commands(const struct user_job *job, const char *login)
{
	struct accesses accesses;
	char role[USER_ROLE_MAX];
	struct buf text;

	user_role(job, login, role);
	buf_init(&text, ACCESS_TEXT_MAX);
	user_accesses(job, login, &accesses);
	access_write_commands(&accesses, role, &text);
	(void)printf("%smosquitto_ctrl dynsec createClient %s\n"
	             "mosquitto_ctrl dynsec addClientRole %s %s\n\n",
	    buf_text(&text), login, login, role);
	buf_finish(&text);
}

static void
show_title(const char *title)
{
	(void)printf("## %s\n\n", title);
}

int
user_show(const struct user_job *job)
{
	bool is_bridge = strcmp(job->name, job->bridge) == 0;

	show_title("The broker's acl_file (mosquitto.conf: acl_file, and "
	           "allow_anonymous false)");
	show_lines(job, job->name);
	if (!is_bridge)
		show_lines(job, job->bridge);
	(void)printf("Once there is an acl_file, every other login needs lines "
	             "of its own in it.\n\n");

	show_title("The broker's password_file");
	(void)printf("mosquitto_passwd /etc/mosquitto/passwords %s\n",
	    job->name);
	if (!is_bridge)
		(void)printf("mosquitto_passwd /etc/mosquitto/passwords %s\n",
		    job->bridge);

	(void)printf("\n");
	show_title("The same with dynamic security (add -u ADMIN to each)");
	show_commands(job, job->name);
	if (!is_bridge)
		show_commands(job, job->bridge);

	show_title("Home Assistant's Mosquitto broker");
	(void)printf(
	    "1. In its configuration, under 'logins', add %s%s%s, each with a "
	    "password.\n"
	    "2. There too: customize: active: true, folder: mosquitto\n"
	    "3. Make /share/mosquitto/acl.conf of one line:\n"
	    "   acl_file /share/mosquitto/accesscontrollist\n"
	    "4. Put the lines of the acl_file above into "
	    "/share/mosquitto/accesscontrollist,\n"
	    "   below these, without which Home Assistant is shut out:\n"
	    "   user addons\n"
	    "   topic readwrite #\n"
	    "   user homeassistant\n"
	    "   topic readwrite #\n"
	    "   Each other login of yours (zigbee2mqtt, …) needs such two "
	    "lines as well.\n"
	    "5. Start it anew, then: nudge doctor\n",
	    job->name, is_bridge ? "" : " and ", is_bridge ? "" : job->bridge);
	return EXIT_DONE;
}
