/* setup_accounts.c - logins of the person and of the bridge, by 'nudge user'. */
#include "command/command.h"
#include "command/setup.h"
#include "core/acl.h"
#include "core/passwords.h"
#include "io/brokerfiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of the broker, as they are. */
struct files {
	struct buf passwords;
	struct buf acl;
};

static enum status
read_files(const struct setup *setup, struct files *files, struct fault *fault)
{
	enum status status;

	buf_init(&files->passwords, PASSWORDS_MAX);
	buf_init(&files->acl, ACL_MAX);
	status = setup_read(setup->places.passwords, &files->passwords, fault);
	if (status == STATUS_OK)
		status = setup_read(setup->places.acl, &files->acl, fault);
	return status;
}

static void
finish_files(struct files *files)
{
	buf_finish(&files->passwords);
	buf_finish(&files->acl);
}

static bool
is_known(const struct files *files, const char *login)
{
	return passwords_has(buf_text(&files->passwords), login) &&
	    acl_has(buf_text(&files->acl), login);
}

/* Logins of others, who may do everything today, and nothing any more once there
 * is an acl_file without lines for them. */
static void
keep_others(const struct setup *setup, const struct files *files,
    struct buf *lines, struct buf *names)
{
	const char *at = buf_text(&files->passwords);
	const char *login;
	size_t len;

	if (!setup->has_own_acl || files->acl.len > 0)
		return;
	while (passwords_next(&at, &login, &len)) {
		buf_addf(lines, "user %.*s\ntopic readwrite #\n", (int)len,
		    login);
		buf_addf(names, "%s%.*s", names->len > 0 ? ", " : "", (int)len,
		    login);
	}
}

/* A login in a file of others that is not of 'nudge user' is used by something. */
static void
object(const struct setup *setup, const struct files *files, const char *login,
    const char *option, struct fault *fault)
{
	if (setup->has_own_passwords ||
	    !passwords_has(buf_text(&files->passwords), login) ||
	    acl_has(buf_text(&files->acl), login))
		return;
	fault_set(fault,
	    "the broker here has a login '%s' for something else already, and "
	    "that would reach less from now on: choose another name with "
	    "%s",
	    login, option);
}

static void
plan_bridge(struct setup *setup, const struct files *files)
{
	const char *login = setup->wishes.login;

	if (!is_known(files, login))
		setup_intend(setup,
		    "make a login '%s' for the bridge, its password in %s",
		    login, setup->places.password);
	else if (!secret_exists(setup->places.password))
		setup_intend(setup,
		    "make another password for the bridge, in %s",
		    setup->places.password);
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	const struct setup_wishes *wishes = &setup->wishes;
	struct files files;
	struct buf lines;
	struct buf names;
	enum status status;

	if (!setup->is_here)
		return STATUS_OK;
	buf_init(&lines, SETUP_TEXT_MAX);
	buf_init(&names, SETUP_TEXT_MAX);
	status = read_files(setup, &files, fault);
	keep_others(setup, &files, &lines, &names);
	if (names.len > 0)
		setup_intend(setup,
		    "let the logins that are there reach what they reach now: "
		    "%s",
		    buf_text(&names));
	if (!is_known(&files, wishes->user))
		setup_intend(setup,
		    "make a login '%s', who reaches the own topics alone, in "
		    "%s and %s",
		    wishes->user, setup->places.passwords, setup->places.acl);
	plan_bridge(setup, &files);
	object(setup, &files, wishes->user, "--user", fault);
	object(setup, &files, wishes->login, "--login", fault);
	if (fault_is_set(fault))
		status = STATUS_BAD_INPUT;
	finish_files(&files);
	buf_finish(&lines);
	buf_finish(&names);
	return status;
}

/* 'nudge user add', with the password in a file if there is one. */
static enum status
add(const struct setup *setup, const char *password_file, struct fault *fault)
{
	const char *argv[] = { "user", "-c", setup->places.conf,
		"--broker-conf", setup->places.broker_conf, "add",
		setup->wishes.user, NULL, NULL, NULL };

	if (password_file != NULL) {
		argv[7] = "--password-file";
		argv[8] = password_file;
	}
	if (command_call(&user_command, argv) == EXIT_DONE)
		return STATUS_OK;
	fault_set(fault, "the login cannot be made");
	return STATUS_IO;
}

static enum status
add_with_password(struct setup *setup, struct fault *fault)
{
	char folder[] = "/tmp/nudge-XXXXXX";
	char file[sizeof(folder) + 16];
	enum status status = secret_make(&setup->password);

	if (status != STATUS_OK)
		return status;
	if (mkdtemp(folder) == NULL) {
		fault_set(fault, "cannot make %s: %s", folder, strerror(errno));
		return STATUS_IO;
	}
	(void)snprintf(file, sizeof(file), "%s/password", folder);
	status = secret_write(file, setup->password.text, setup->password.len,
	    fault);
	if (status == STATUS_OK)
		status = add(setup, file, fault);
	(void)unlink(file);
	(void)rmdir(folder);
	return status;
}

static enum status
write_others(const struct setup *setup, const struct files *files,
    struct fault *fault)
{
	enum status status = STATUS_OK;
	struct buf lines;
	struct buf names;

	buf_init(&lines, SETUP_TEXT_MAX);
	buf_init(&names, SETUP_TEXT_MAX);
	keep_others(setup, files, &lines, &names);
	if (lines.len > 0)
		status = setup_write(setup->places.acl, &lines,
		    setup_account(setup), fault);
	buf_finish(&lines);
	buf_finish(&names);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	struct files files;
	enum status status;
	bool has_user;
	bool has_bridge;

	if (!setup->is_here)
		return STATUS_OK;
	status = read_files(setup, &files, fault);
	has_user = is_known(&files, setup->wishes.user);
	has_bridge = is_known(&files, setup->wishes.login) &&
	    secret_exists(setup->places.password);
	if (status == STATUS_OK)
		status = write_others(setup, &files, fault);
	if (status == STATUS_OK && (!has_user || !has_bridge)) {
		setup->is_broker_new = true;
		status = has_user ? add(setup, NULL, fault)
		                  : add_with_password(setup, fault);
	}
	finish_files(&files);
	return status;
}

const struct setup_step setup_accounts = { plan, carry_out };
