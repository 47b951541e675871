/* user.c - logins at the broker: what to do, and where it keeps them. */
#include "command/user.h"

#include "command/command.h"
#include "command/configuration.h"
#include "command/options.h"
#include "io/brokerfiles.h"
#include "io/replykey.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BRIDGE_LOGIN "nudge"
#define HOMEASSISTANT_LOGIN "homeassistant"

struct asked {
	const char *file;
	struct user_job job;
};

static const struct {
	const char *name;
	enum user_verb verb;
} verbs[] = {
	{ "add", USER_ADD },
	{ "passwd", USER_PASSWD },
	{ "remove", USER_REMOVE },
	{ "list", USER_LIST },
	{ "show", USER_SHOW },
};

void
user_say_added(const struct user_job *job)
{
	const char *root = job->settings->mqtt.root;

	if (job->is_homeassistant)
		(void)printf("%s may log in, and sees and drives everybody "
		             "below %s/\n",
		    job->name, root);
	else
		(void)printf("%s may log in, and reaches %s/%s/# alone\n",
		    job->name, root, job->name);
}

int
user_complain(int result, const char *format, ...)
{
	va_list arguments;

	(void)fprintf(stderr, "nudge user: ");
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "\n");
	return result;
}

void
user_accesses(const struct user_job *job, const char *login,
    struct accesses *accesses)
{
	if (strcmp(login, job->bridge) == 0)
		access_of_bridge(job->settings, accesses);
	else if (job->is_homeassistant)
		access_of_homeassistant(job->settings, accesses);
	else
		access_of_person(job->settings->mqtt.root, login, accesses);
}

void
user_role(const struct user_job *job, const char *login,
    char role[USER_ROLE_MAX])
{
	bool is_bridge = strcmp(login, job->bridge) == 0;

	/* No person has the name "bridge". */
	(void)snprintf(role, USER_ROLE_MAX, "nudge-%s%.64s",
	    is_bridge ? "bridge-" : "",
	    is_bridge ? job->settings->mqtt.client_id : login);
}

int
user_remove_key(const struct user_job *job)
{
	char path[REPLYKEY_PATH_MAX];

	replykey_path(job->settings->state.directory, job->name, path);
	if (job->removes_key && unlink(path) == 0)
		(void)printf("the reply key is gone, too\n");
	else if (job->removes_key && errno != ENOENT)
		return user_complain(EXIT_FAILED, "cannot remove %s: %s", path,
		    strerror(errno));
	else if (!job->removes_key && access(path, F_OK) == 0)
		(void)printf("the reply key stays in %s: --key removes it\n",
		    path);
	return EXIT_DONE;
}

/* Where the broker keeps its logins. */
static int
go(struct user_job *job)
{
	struct fault fault = { "" };

	if (job->verb == USER_SHOW)
		return user_show(job);
	if (job->verb == USER_ADD && job->name != NULL &&
	    strcmp(job->name, job->bridge) == 0)
		return user_complain(EXIT_USAGE,
		    "'%s' is the login of the bridge: add a person, and it "
		    "will be made, too",
		    job->name);
	if (brokerfiles_read_conf(job->broker_conf, &job->broker, &fault) !=
	    STATUS_OK)
		return user_complain(EXIT_FAILED,
		    "%s; for a broker elsewhere: nudge user show NAME",
		    fault.text);
	return job->broker.is_dynamic ? user_in_plugin(job)
	                              : user_in_files(job);
}

/* "add NAME", "list"; operands begin at optind. */
static int
read_operands(int argc, char **argv, struct user_job *job)
{
	const char *verb = optind < argc ? argv[optind++] : NULL;
	size_t i = 0;

	if (verb == NULL)
		return command_refuse(&user_command,
		    "say what to do: add, passwd, remove, list or show");
	while (i < COUNT_OF(verbs) && strcmp(verbs[i].name, verb) != 0)
		i++;
	if (i == COUNT_OF(verbs))
		return command_refuse(&user_command,
		    "'%s' is none of add, passwd, remove, list and show", verb);
	job->verb = verbs[i].verb;
	if (job->verb == USER_LIST)
		return options_end(&user_command, argc, argv);
	if (optind < argc)
		job->name = argv[optind++];
	else if (job->is_homeassistant)
		job->name = HOMEASSISTANT_LOGIN;
	else
		return command_refuse(&user_command, "%s whom? Say a NAME",
		    verb);
	return options_end(&user_command, argc, argv);
}

static int
run_by(const struct asked *asked)
{
	struct user_job job = asked->job;
	struct configuration configuration;
	struct fault fault = { "" };
	int result;

	if (job.name != NULL && !command_is_user(job.name, &fault))
		return user_complain(EXIT_USAGE, "%s", fault.text);
	if (configuration_find(&(struct configuration_wish){ "user",
	                           asked->file, false },
	        &configuration) != STATUS_OK)
		return EXIT_SETTINGS;
	job.settings = &configuration.settings;
	job.bridge = configuration.settings.mqtt.username;
	if (*job.bridge == '\0')
		job.bridge = BRIDGE_LOGIN;
	result = go(&job);
	configuration_finish(&configuration);
	return result;
}

static int
run(int argc, char **argv)
{
	struct asked asked = { .job = { .broker_conf = BROKERFILES_CONF } };
	struct user_job *job = &asked.job;
	const struct options_one known[] = {
		{ "config", 'c', .text = &asked.file },
		{ "broker-conf", .text = &job->broker_conf },
		{ "password-file", .text = &job->password_file },
		{ "admin", .text = &job->admin },
		{ "admin-password-file", .text = &job->admin_password_file },
		{ "homeassistant", .flag = &job->is_homeassistant },
		{ "key", .flag = &job->removes_key },
		{ .name = NULL },
	};
	int result = options_read(&user_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	result = read_operands(argc, argv, job);
	return result == OPTIONS_GO_ON ? run_by(&asked) : result;
}

const struct command user_command = {
	.name = "user",
	.synopsis = "[OPTION…] add|passwd|remove|show NAME, or list",
	.summary = "Logins at the broker, and what each may read and write.",
	.help =
	    "  add NAME      a login for NAME, who reaches NAME's own topics "
	    "alone, and one\n"
	    "                for the bridge ([mqtt] username, else nudge)\n"
	    "  passwd NAME   another password\n"
	    "  remove NAME   take the login and its rights away\n"
	    "  list          the logins that were made here\n"
	    "  show NAME     what to write, for a broker elsewhere\n"
	    "\n"
	    "  -c FILE       the settings file (that of the bridge which runs\n"
	    "                here, else /etc/nudge/nudge.conf)\n"
	    "  --broker-conf FILE\n"
	    "                the broker's (/etc/mosquitto/mosquitto.conf)\n"
	    "  --password-file FILE\n"
	    "                NAME's password, '-' = standard input; without "
	    "it one is made\n"
	    "                and shown once\n"
	    "  --homeassistant\n"
	    "                with add and show: NAME (homeassistant) is Home "
	    "Assistant's login,\n"
	    "                which sees and drives everybody, and no "
	    "person's\n"
	    "  --key         with remove: the reply key, too\n"
	    "  --admin NAME --admin-password-file FILE\n"
	    "                who may change a broker with dynamic security\n"
	    "\n"
	    "For a mosquitto of this machine, as root. It writes NAME's line "
	    "of its\npassword_file and the lines between '# nudge: NAME' and "
	    "'# nudge: end NAME' of\nits acl_file, leaves all else as it is, "
	    "and lets mosquitto read both again.\n"
	    "\n"
	    "Exit status: 0 done, 1 failed, 64 usage, 69 the broker is "
	    "unavailable,\n78 settings.\n",
	.run = run,
};
