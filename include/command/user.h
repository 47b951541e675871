/* user.h - logins at the broker, and what they may: 'nudge user'.
 *
 * One entry for each place where a broker keeps them.
 */
#ifndef COMMAND_USER_H
#define COMMAND_USER_H

#include "base/attr.h"
#include "core/access.h"
#include "core/brokerconf.h"
#include "core/settings.h"
#include "io/secret.h"

#include <stdbool.h>

#define USER_ROLE_MAX 128 /* bytes of a role's name with the NUL */

enum user_verb {
	USER_ADD,
	USER_PASSWD,
	USER_REMOVE,
	USER_LIST,
	USER_SHOW,
};

/* What is to be done. Everything is borrowed. */
struct user_job {
	enum user_verb verb;
	const char *name;          /* NULL for list */
	const char *broker_conf;   /* the path of mosquitto.conf */
	const char *password_file; /* NULL = make one; "-" = standard input */
	const char *admin;         /* NULL = not given */
	const char *admin_password_file;
	bool removes_key;
	bool is_homeassistant; /* NAME is its login, and no person */
	const struct settings *settings;
	const char *bridge; /* the login of the bridge */
	struct brokerconf broker;
};

/* A password on its way to the broker. */
struct user_password {
	struct secret secret;
	bool is_made; /* by us, and so to be shown */
};

/* Each says on stderr what went wrong, and returns the exit status. */
int user_in_files(const struct user_job *job);
int user_in_plugin(const struct user_job *job);
int user_show(const struct user_job *job);

/* The rights of a login: the bridge's, or a person's. */
void user_accesses(const struct user_job *job, const char *login,
    struct accesses *accesses);

/* The name of its role, where rights belong to roles. */
void user_role(const struct user_job *job, const char *login,
    char role[USER_ROLE_MAX]);

/* Remove the reply key of the person, if that is wanted; say what became of it.
 * Returns: the exit status. */
int user_remove_key(const struct user_job *job);

/* Read or make the password of the person.
 * In:      password  zeroed; secret_finish() its secret
 * Returns: EXIT_DONE, or the exit status. */
int user_read_password(const struct user_job *job,
    struct user_password *password);

/* Whether the file that [mqtt] password_file names is gone, so that nobody knows
 * the bridge's password any more. */
bool user_lacks_bridge_password(const struct user_job *job);

/* The same for the bridge: what [mqtt] password_file holds; made, and kept there,
 * if there is none. */
int user_bridge_password(const struct user_job *job,
    struct user_password *password);

/* Tell on stdout of a password that was made, and where the bridge's must go. */
void user_tell_password(const struct user_job *job, const char *login,
    const struct user_password *password);

/* Say that there is a login now, and what it reaches. */
void user_say_added(const struct user_job *job);

/* "nudge user: " and the rest on stderr.
 * Returns: result */
int user_complain(int result, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
