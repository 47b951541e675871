/* user_plugin.c - logins of a mosquitto with its dynamic security plugin. */
#include "base/text.h"
#include "command/command.h"
#include "command/control.h"
#include "command/user.h"
#include "core/json.h"

#include <stdio.h>
#include <string.h>

#define LOGINS 2     /* the person, the bridge */
#define WORD_MAX 128 /* bytes */

struct plugin {
	const struct user_job *job;
	struct control control;
};

/* What is known of a login. */
struct known {
	const char *login;
	bool has_role;   /* there is one of its name */
	bool has_client; /* it may log in */
	bool is_bound;   /* the client has the role */
};

static bool
has_name(struct json_object *object, const char *list, const char *name,
    const char *value)
{
	struct json_list entries = json_list(object, list);
	struct json_object entry;

	while (json_next(&entries, &entry)) {
		const char *text = json_line(&entry, name, WORD_MAX);

		if (text != NULL && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/* One answer to getRole or getClient. */
static void
learn(const struct user_job *job, const struct json_object *response,
    struct known *known)
{
	const char *command = json_line(response, "command", WORD_MAX);
	struct json_object data = json_member(response, "data");
	struct json_object client = json_member(&data, "client");
	char role[USER_ROLE_MAX];

	if (command == NULL || json_has(response, "error"))
		return;
	user_role(job, known->login, role);
	if (strcmp(command, "getRole") == 0) {
		known->has_role = true;
	} else if (strcmp(command, "getClient") == 0) {
		known->has_client = true;
		known->is_bound = has_name(&client, "roles", "rolename", role);
	}
}

/* A right that every login has, whatever we give. */
static void
warn_of_default(const struct json_object *response)
{
	struct json_object data = json_member(response, "data");
	struct json_list rights = json_list(&data, "acls");
	struct json_object right;

	while (json_next(&rights, &right)) {
		const char *kind = json_line(&right, "acltype", WORD_MAX);

		if (kind != NULL && json_bool(&right, "allow", false) &&
		    (strcmp(kind, "publishClientSend") == 0 ||
		        strcmp(kind, "subscribe") == 0))
			(void)user_complain(0,
			    "every login has %s on all topics: mosquitto_ctrl "
			    "dynsec setDefaultACLAccess %s deny",
			    kind, kind);
	}
}

/* Ask what there is of these logins. */
static int
look(struct plugin *plugin, struct known *known, size_t count)
{
	struct fault fault = { "" };
	struct json_object answer;
	struct json_object response;
	struct json_list responses;
	struct cJSON *root;
	char role[USER_ROLE_MAX];
	int result;

	for (size_t i = 0; i < count; i++) {
		user_role(plugin->job, known[i].login, role);
		control_begin(&plugin->control, "getRole");
		control_member(&plugin->control, "rolename", role);
		control_end(&plugin->control);
		control_begin(&plugin->control, "getClient");
		control_member(&plugin->control, "username", known[i].login);
		control_end(&plugin->control);
	}
	control_begin(&plugin->control, "getDefaultACLAccess");
	control_end(&plugin->control);
	result = control_send(&plugin->control);
	if (result != CLIENT_GO_ON)
		return result;
	if (json_parse(buf_text(&plugin->control.answer),
	        plugin->control.answer.len, &fault, &root,
	        &answer) != STATUS_OK)
		return user_complain(EXIT_FAILED, "the broker's answer: %s",
		    fault.text);
	responses = json_list(&answer, "responses");
	for (size_t i = 0; json_next(&responses, &response); i++) {
		if (i / 2 < count)
			learn(plugin->job, &response, &known[i / 2]);
		else
			warn_of_default(&response);
	}
	json_free(root);
	return EXIT_DONE;
}

/* In:  password  NULL = it stays */
static void
put(struct plugin *plugin, const struct known *known, const char *password)
{
	struct accesses accesses;
	char role[USER_ROLE_MAX];

	user_role(plugin->job, known->login, role);
	user_accesses(plugin->job, known->login, &accesses);
	control_begin(&plugin->control,
	    known->has_role ? "modifyRole" : "createRole");
	control_member(&plugin->control, "rolename", role);
	buf_addf(&plugin->control.commands, ",\"acls\":");
	access_write_role(&accesses, &plugin->control.commands);
	control_end(&plugin->control);
	if (password != NULL) {
		control_begin(&plugin->control,
		    known->has_client ? "setClientPassword" : "createClient");
		control_member(&plugin->control, "username", known->login);
		control_member(&plugin->control, "password", password);
		control_end(&plugin->control);
	}
	if (!known->is_bound) {
		control_begin(&plugin->control, "addClientRole");
		control_member(&plugin->control, "username", known->login);
		control_member(&plugin->control, "rolename", role);
		control_end(&plugin->control);
	}
}

static int
add_known(struct plugin *plugin, const struct known known[LOGINS],
    struct user_password passwords[LOGINS])
{
	const struct user_job *job = plugin->job;
	int result = EXIT_DONE;

	if (!known[0].has_client || job->password_file != NULL)
		result = user_read_password(job, &passwords[0]);
	if (result == EXIT_DONE &&
	    (!known[1].has_client || user_lacks_bridge_password(job)))
		result = user_bridge_password(job, &passwords[1]);
	if (result != EXIT_DONE)
		return result;
	for (size_t i = 0; i < LOGINS; i++)
		put(plugin, &known[i], passwords[i].secret.text);
	return control_carry_out(&plugin->control);
}

static int
add(struct plugin *plugin)
{
	const struct user_job *job = plugin->job;
	struct user_password passwords[LOGINS] = { { .is_made = false } };
	struct known known[LOGINS] = { { .login = job->name },
		{ .login = job->bridge } };
	int result = look(plugin, known, LOGINS);

	if (result == EXIT_DONE)
		result = add_known(plugin, known, passwords);
	if (result == EXIT_DONE) {
		user_say_added(job);
		if (passwords[0].secret.text == NULL)
			(void)printf("its password stays: 'nudge user passwd "
			             "%s' makes another\n",
			    job->name);
		for (size_t i = 0; i < LOGINS; i++)
			user_tell_password(job, known[i].login, &passwords[i]);
	}
	for (size_t i = 0; i < LOGINS; i++)
		secret_finish(&passwords[i].secret);
	return result;
}

static int
change_password(struct plugin *plugin)
{
	const struct user_job *job = plugin->job;
	struct user_password password = { .is_made = false };
	int result = user_read_password(job, &password);

	if (result == EXIT_DONE) {
		control_begin(&plugin->control, "setClientPassword");
		control_member(&plugin->control, "username", job->name);
		control_member(&plugin->control, "password",
		    password.secret.text);
		control_end(&plugin->control);
		result = control_carry_out(&plugin->control);
	}
	if (result == EXIT_DONE) {
		(void)printf("%s has another password\n", job->name);
		user_tell_password(job, job->name, &password);
	}
	secret_finish(&password.secret);
	return result;
}

static int
remove_login(struct plugin *plugin)
{
	const struct user_job *job = plugin->job;
	struct known known = { .login = job->name };
	char role[USER_ROLE_MAX];
	int result = look(plugin, &known, 1);

	if (result != EXIT_DONE)
		return result;
	user_role(job, job->name, role);
	/* A login of something else is not ours to take away. */
	if (!known.has_role)
		return user_complain(EXIT_FAILED,
		    "'%s' was not made here: the broker has no role %s",
		    job->name, role);
	if (known.has_client) {
		control_begin(&plugin->control, "deleteClient");
		control_member(&plugin->control, "username", job->name);
		control_end(&plugin->control);
	}
	control_begin(&plugin->control, "deleteRole");
	control_member(&plugin->control, "rolename", role);
	control_end(&plugin->control);
	result = control_carry_out(&plugin->control);
	if (result != EXIT_DONE)
		return result;
	(void)printf("%s may log in no more\n", job->name);
	return user_remove_key(job);
}

/* A role of ours, with whether somebody may log in for it. */
static void
show_role(const struct user_job *job, struct json_object *clients,
    const char *role)
{
	struct json_list names = json_list(clients, "clients");
	bool is_bridge = strncmp(role, "nudge-bridge-", 13) == 0;
	const char *login = is_bridge ? job->bridge : role + strlen("nudge-");
	bool has_client = false;
	const char *name;

	while ((name = json_next_line(&names, WORD_MAX)) != NULL) {
		if (strcmp(name, login) == 0)
			has_client = true;
	}
	(void)printf("%-16s %-12s rights%s\n", login,
	    has_client ? "password" : "no password",
	    is_bridge ? "  the bridge" : "");
}

static int
list(struct plugin *plugin)
{
	struct fault fault = { "" };
	struct json_object answer;
	struct json_object roles = { .fault = &fault };
	struct json_object clients = { .fault = &fault };
	struct json_list responses;
	struct json_list names;
	struct cJSON *root;
	const char *role;
	int result;

	control_begin(&plugin->control, "listRoles");
	control_end(&plugin->control);
	control_begin(&plugin->control, "listClients");
	control_end(&plugin->control);
	result = control_send(&plugin->control);
	if (result != CLIENT_GO_ON)
		return result;
	if (json_parse(buf_text(&plugin->control.answer),
	        plugin->control.answer.len, &fault, &root,
	        &answer) != STATUS_OK)
		return user_complain(EXIT_FAILED, "the broker's answer: %s",
		    fault.text);
	responses = json_list(&answer, "responses");
	if (json_next(&responses, &roles) && json_next(&responses, &clients)) {
		roles = json_member(&roles, "data");
		clients = json_member(&clients, "data");
		names = json_list(&roles, "roles");
		while ((role = json_next_line(&names, WORD_MAX)) != NULL) {
			if (strncmp(role, "nudge-", 6) == 0 &&
			    text_is_id(role + 6))
				show_role(plugin->job, &clients, role);
		}
	}
	json_free(root);
	return EXIT_DONE;
}

static int
go(struct plugin *plugin)
{
	switch (plugin->job->verb) {
	case USER_ADD:
		return add(plugin);
	case USER_PASSWD:
		return change_password(plugin);
	case USER_REMOVE:
		return remove_login(plugin);
	case USER_LIST:
		return list(plugin);
	case USER_SHOW:
		break;
	}
	return EXIT_USAGE;
}

int
user_in_plugin(const struct user_job *job)
{
	struct plugin plugin = { .job = job };
	int result;

	if (job->admin == NULL || job->admin_password_file == NULL)
		return user_complain(EXIT_USAGE,
		    "this broker has dynamic security: say who may change it, "
		    "--admin NAME --admin-password-file FILE");
	result = control_open(&plugin.control, job->settings, job->admin,
	    job->admin_password_file);
	if (result == CLIENT_GO_ON)
		result = go(&plugin);
	control_close(&plugin.control);
	return result;
}
