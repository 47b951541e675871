/* user_files.c - logins in the password_file and acl_file of a mosquitto. */
#include "base/attr.h"
#include "base/buf.h"
#include "command/command.h"
#include "command/user.h"
#include "core/acl.h"
#include "core/passwords.h"
#include "io/brokerfiles.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ACCOUNT "mosquitto" /* that mosquitto becomes */
#define LINE_MAX_LEN 1024           /* bytes of a line with a hash */

/* Both files: as they are, and as they shall be. */
struct files {
	const struct user_job *job;
	struct buf passwords;
	struct buf acl;
	bool has_passwords; /* the file is there */
	bool has_acl;
	bool changes_passwords;
	bool changes_acl;
	struct fault fault;
};

static void
files_init(struct files *files, const struct user_job *job)
{
	*files = (struct files){ .job = job };
	buf_init(&files->passwords, PASSWORDS_MAX);
	buf_init(&files->acl, ACL_MAX);
}

static void
files_finish(struct files *files)
{
	buf_finish(&files->passwords);
	buf_finish(&files->acl);
}

static enum status
files_read(struct files *files)
{
	const struct brokerconf *broker = &files->job->broker;
	bool no_passwords = false;
	bool no_acl = false;
	enum status status = brokerfiles_read(broker->password_file,
	    &files->passwords, &no_passwords, &files->fault);

	if (status == STATUS_OK)
		status = brokerfiles_read(broker->acl_file, &files->acl,
		    &no_acl, &files->fault);
	files->has_passwords = !no_passwords;
	files->has_acl = !no_acl;
	return status;
}

/* The rights come before the password, and stay until it is gone: no login is
 * ever without bounds. */
static enum status
files_write(struct files *files, bool acl_first)
{
	const struct brokerconf *broker = &files->job->broker;
	const char *account =
	    *broker->user != '\0' ? broker->user : DEFAULT_ACCOUNT;
	enum status status = STATUS_OK;

	for (int i = 0; i < 2 && status == STATUS_OK; i++) {
		bool is_acl = acl_first == (i == 0);

		if (is_acl && files->changes_acl)
			status = brokerfiles_replace(broker->acl_file,
			    &files->acl, account, &files->fault);
		else if (!is_acl && files->changes_passwords)
			status = brokerfiles_replace(broker->password_file,
			    &files->passwords, account, &files->fault);
	}
	return status;
}

/* Take a new text in place of the old one.
 * Returns: whether it is another */
static bool
take(struct buf *old, struct buf *fresh)
{
	bool is_other = strcmp(buf_text(old), buf_text(fresh)) != 0;
	struct buf swap = *old;

	*old = *fresh;
	*fresh = swap;
	buf_finish(fresh);
	return is_other;
}

static enum status
put_rights(struct files *files, const char *login)
{
	struct accesses accesses;
	struct buf lines;
	struct buf fresh;
	enum status status;

	buf_init(&lines, ACCESS_TEXT_MAX);
	buf_init(&fresh, ACL_MAX);
	user_accesses(files->job, login, &accesses);
	access_write_lines(&accesses, login, &lines);
	status = acl_put(buf_text(&files->acl), login, buf_text(&lines), &fresh,
	    &files->fault);
	if (status == STATUS_OK && take(&files->acl, &fresh))
		files->changes_acl = true;
	buf_finish(&fresh);
	buf_finish(&lines);
	return status;
}

static enum status
put_password(struct files *files, const char *login, const char *password)
{
	struct buf line;
	struct buf fresh;
	enum status status;

	buf_init(&line, LINE_MAX_LEN);
	buf_init(&fresh, PASSWORDS_MAX);
	status = brokerfiles_hash(login, password, &line, &files->fault);
	if (status == STATUS_OK)
		status = passwords_put(buf_text(&files->passwords), login,
		    buf_text(&line), &fresh);
	if (status == STATUS_OK && take(&files->passwords, &fresh))
		files->changes_passwords = true;
	buf_finish(&fresh);
	buf_finish(&line);
	return status;
}

static int
failed(const struct files *files, enum status status)
{
	return user_complain(EXIT_FAILED, "%s",
	    fault_is_set(&files->fault) ? files->fault.text
	                                : status_str(status));
}

static void
tell_broker(const struct files *files)
{
	const char *how = NULL;

	if (!files->changes_acl && !files->changes_passwords)
		return;
	how = brokerfiles_reload(files->job->broker.pid_file);
	if (how != NULL)
		(void)printf("%s\n", how);
	else
		(void)printf("now let mosquitto read its files again: "
		             "pkill -HUP -x mosquitto\n");
}

/* With a new acl_file nobody has rights who has no lines in it. */
static void
warn_of_others(const struct files *files)
{
	const char *at = buf_text(&files->passwords);
	const char *login;
	size_t len;

	while (!files->has_acl && passwords_next(&at, &login, &len)) {
		char name[256];

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, login);
		if (acl_has(buf_text(&files->acl), name) ||
		    acl_foreign(buf_text(&files->acl), name) > 0)
			continue;
		(void)user_complain(0,
		    "%s is new: '%s' may do nothing any more, before it has "
		    "lines of its own there: user %s, topic readwrite …",
		    files->job->broker.acl_file, name, name);
	}
}

static void
warn_of_foreign(const struct files *files, const char *login)
{
	int line = acl_foreign(buf_text(&files->acl), login);

	if (line > 0)
		(void)user_complain(0,
		    "%s:%d gives '%s' more; it stays as it is",
		    files->job->broker.acl_file, line, login);
}

/* The login of the bridge, if it is missing. */
static int
add_bridge(struct files *files, struct user_password *password)
{
	const char *login = files->job->bridge;
	enum status status = put_rights(files, login);
	int result;

	if (status != STATUS_OK)
		return failed(files, status);
	if (passwords_has(buf_text(&files->passwords), login) &&
	    !user_lacks_bridge_password(files->job))
		return EXIT_DONE;
	result = user_bridge_password(files->job, password);
	if (result != EXIT_DONE)
		return result;
	status = put_password(files, login, password->secret.text);
	return status == STATUS_OK ? EXIT_DONE : failed(files, status);
}

static int
add_person(struct files *files, struct user_password *password)
{
	const struct user_job *job = files->job;
	enum status status = put_rights(files, job->name);
	int result;

	if (status != STATUS_OK)
		return failed(files, status);
	if (job->password_file == NULL &&
	    passwords_has(buf_text(&files->passwords), job->name))
		return EXIT_DONE;
	result = user_read_password(job, password);
	if (result != EXIT_DONE)
		return result;
	status = put_password(files, job->name, password->secret.text);
	return status == STATUS_OK ? EXIT_DONE : failed(files, status);
}

static int
add(struct files *files)
{
	const struct user_job *job = files->job;
	struct user_password person = { .is_made = false };
	struct user_password bridge = { .is_made = false };
	enum status status;
	int result = add_person(files, &person);

	if (result == EXIT_DONE)
		result = add_bridge(files, &bridge);
	if (result == EXIT_DONE &&
	    (status = files_write(files, true)) != STATUS_OK)
		result = failed(files, status);
	if (result == EXIT_DONE) {
		user_say_added(job);
		if (person.secret.text == NULL)
			(void)printf("its password stays: 'nudge user passwd "
			             "%s' makes another\n",
			    job->name);
		user_tell_password(job, job->name, &person);
		user_tell_password(job, job->bridge, &bridge);
		tell_broker(files);
		warn_of_foreign(files, job->name);
		warn_of_others(files);
	}
	secret_finish(&person.secret);
	secret_finish(&bridge.secret);
	return result;
}

static int
change_password(struct files *files)
{
	const struct user_job *job = files->job;
	struct user_password password = { .is_made = false };
	enum status status;
	int result;

	if (!passwords_has(buf_text(&files->passwords), job->name))
		return user_complain(EXIT_FAILED,
		    "%s has no '%s': nudge user add %s",
		    job->broker.password_file, job->name, job->name);
	result = user_read_password(job, &password);
	if (result == EXIT_DONE) {
		status = put_password(files, job->name, password.secret.text);
		if (status == STATUS_OK)
			status = files_write(files, true);
		if (status != STATUS_OK)
			result = failed(files, status);
	}
	if (result == EXIT_DONE) {
		(void)printf("%s has another password\n", job->name);
		user_tell_password(job, job->name, &password);
		tell_broker(files);
	}
	secret_finish(&password.secret);
	return result;
}

static enum status
take_away(struct files *files)
{
	const char *name = files->job->name;
	enum status status;
	struct buf fresh;

	buf_init(&fresh, PASSWORDS_MAX);
	status = passwords_put(buf_text(&files->passwords), name, NULL, &fresh);
	if (status == STATUS_OK)
		files->changes_passwords = take(&files->passwords, &fresh);
	buf_finish(&fresh);
	buf_init(&fresh, ACL_MAX);
	if (status == STATUS_OK)
		status = acl_drop(buf_text(&files->acl), name, &fresh,
		    &files->fault);
	if (status == STATUS_OK)
		files->changes_acl = take(&files->acl, &fresh);
	buf_finish(&fresh);
	return status == STATUS_OK ? files_write(files, false) : status;
}

static int
remove_login(struct files *files)
{
	const struct user_job *job = files->job;
	bool is_ours = acl_has(buf_text(&files->acl), job->name);
	enum status status;

	/* A login of something else is not ours to take away. */
	if (!is_ours)
		return user_complain(EXIT_FAILED,
		    "'%s' was not made here: %s has no '# nudge: %s'",
		    job->name, job->broker.acl_file, job->name);
	status = take_away(files);
	if (status != STATUS_OK)
		return failed(files, status);
	(void)printf("%s may log in no more\n", job->name);
	tell_broker(files);
	warn_of_foreign(files, job->name);
	return user_remove_key(job);
}

static int
list(const struct files *files)
{
	const char *at = buf_text(&files->acl);
	char login[TEXT_ID_MAX + 1];

	while (acl_next(&at, login)) {
		bool has_password =
		    passwords_has(buf_text(&files->passwords), login);

		(void)printf("%-16s %-12s rights%s\n", login,
		    has_password ? "password" : "no password",
		    strcmp(login, files->job->bridge) == 0 ? "  the bridge"
		                                           : "");
	}
	return EXIT_DONE;
}

/* What mosquitto.conf lacks, or NULL. */
static const char *
lack(const struct brokerconf *broker)
{
	if (*broker->password_file == '\0' && *broker->acl_file == '\0')
		return "names no password_file and no acl_file; add these "
		       "lines, then run this again: allow_anonymous false, "
		       "password_file /etc/mosquitto/passwords, acl_file "
		       "/etc/mosquitto/acl";
	if (*broker->password_file == '\0')
		return "names no password_file; add these lines, then run this "
		       "again: allow_anonymous false, password_file "
		       "/etc/mosquitto/passwords";
	if (*broker->acl_file == '\0')
		return "names no acl_file, so any login reads and answers for "
		       "everybody; add this line, then run this again: "
		       "acl_file /etc/mosquitto/acl";
	if (broker->has_several)
		return "names different files for its listeners: name the same "
		       "password_file and acl_file for each";
	if (*broker->password_file != '/' || *broker->acl_file != '/')
		return "names a file without its folder: let password_file and "
		       "acl_file begin with '/'";
	return NULL;
}

int
user_in_files(const struct user_job *job)
{
	const char *lacking = lack(&job->broker);
	struct files files;
	enum status status;
	int result = EXIT_FAILED;
	int lock;

	if (lacking != NULL)
		return user_complain(EXIT_FAILED,
		    "%s %s (for a broker elsewhere: nudge user show NAME)",
		    job->broker_conf, lacking);
	files_init(&files, job);
	lock = brokerfiles_lock(job->broker.password_file, &files.fault);
	status = lock < 0 ? STATUS_IO : files_read(&files);
	if (status != STATUS_OK)
		result = failed(&files, status);
	else if (job->verb == USER_ADD)
		result = add(&files);
	else if (job->verb == USER_PASSWD)
		result = change_password(&files);
	else if (job->verb == USER_REMOVE)
		result = remove_login(&files);
	else
		result = list(&files);
	if (lock >= 0)
		(void)close(lock);
	files_finish(&files);
	return result;
}
