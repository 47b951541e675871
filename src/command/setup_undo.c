/* setup_undo.c - what was added is taken away. */
#include "command/command.h"
#include "command/setup.h"
#include "core/acl.h"
#include "core/inifile.h"
#include "io/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
intend_removal(struct setup *setup, const char *path)
{
	if (exists(path))
		setup_intend(setup, "remove %s", path);
}

/* The next file that setup made; a file of logins that mosquitto.conf names by now
 * is somebody else's. */
static const char *
next_file(const struct setup *setup, const char **at, char path[SETUP_PATH_MAX])
{
	const struct setup_places *places = &setup->places;

	if (*at == NULL)
		*at = buf_text(&setup->made);
	while (setup_made_next(at, path) != NULL) {
		bool is_others =
		    (!setup->has_own_acl && strcmp(path, places->acl) == 0) ||
		    (!setup->has_own_passwords &&
		        strcmp(path, places->passwords) == 0);

		if (!is_others)
			return path;
	}
	return NULL;
}

/* The logins that 'nudge user' made in files of others, one after the other. */
static bool
next_login(const struct setup *setup, struct buf *acl, const char **at,
    char login[TEXT_ID_MAX + 1])
{
	struct fault ignored = { "" };

	if (setup->has_own_acl && setup->has_own_passwords)
		return false;
	if (*at == NULL) {
		if (setup_read(setup->places.acl, acl, &ignored) != STATUS_OK)
			return false;
		*at = buf_text(acl);
	}
	return acl_next(at, login);
}

/* Both texts of the settings. */
static enum status
read_settings(const struct setup *setup, struct buf *before, struct buf *now,
    struct fault *fault)
{
	enum status status;

	buf_init(before, INIFILE_MAX);
	buf_init(now, INIFILE_MAX);
	status = setup_read(setup->places.before, before, fault);
	return status == STATUS_OK ? setup_read(setup->places.conf, now, fault)
	                           : status;
}

static bool
is_edited(const struct setup *setup)
{
	struct fault ignored = { "" };
	struct buf before;
	struct buf now;
	bool is_so;

	is_so = read_settings(setup, &before, &now, &ignored) == STATUS_OK &&
	    setup_is_edited(buf_text(&before), buf_text(&now));
	buf_finish(&before);
	buf_finish(&now);
	return is_so;
}

static void
plan_settings(struct setup *setup)
{
	const struct setup_places *places = &setup->places;

	if (!exists(places->before))
		return;
	setup_intend(setup, "make %s what it was before", places->conf);
	if (is_edited(setup))
		setup_intend(setup,
		    "somebody changed it since: what it says now stays in "
		    "%s.undone",
		    places->conf);
}

static void
plan(struct setup *setup)
{
	char login[TEXT_ID_MAX + 1];
	char path[SETUP_PATH_MAX];
	const char *at = NULL;
	struct buf acl;

	buf_init(&acl, ACL_MAX);
	while (next_login(setup, &acl, &at, login))
		setup_intend(setup, "remove the login '%s' from the broker",
		    login);
	buf_finish(&acl);
	at = NULL;
	while (next_file(setup, &at, path) != NULL)
		intend_removal(setup, path);
	plan_settings(setup);
	if (setup->plan.len > 0 && setup->has_systemd)
		setup_intend(setup,
		    "stop nudge, and start it at no boot; start mosquitto "
		    "anew");
}

static bool
remove_logins(const struct setup *setup)
{
	char login[TEXT_ID_MAX + 1];
	const char *at = NULL;
	bool is_done = true;
	struct buf acl;

	buf_init(&acl, ACL_MAX);
	while (next_login(setup, &acl, &at, login)) {
		const char *argv[] = { "user", "-c", setup->places.conf,
			"--broker-conf", setup->places.broker_conf, "remove",
			login, NULL };

		is_done =
		    command_call(&user_command, argv) == EXIT_DONE && is_done;
	}
	buf_finish(&acl);
	return is_done;
}

static bool
complain(const char *what, const char *path)
{
	(void)fprintf(stderr, "nudge setup: cannot %s %s: %s\n", what, path,
	    strerror(errno));
	return false;
}

/* A link stays one, and leads to what it led to. */
static bool
restore_settings(const struct setup *setup)
{
	const struct setup_places *places = &setup->places;
	struct fault fault = { "" };
	char aside[SETUP_PATH_MAX + 8];
	enum status status;
	struct buf before;
	struct buf now;

	if (!exists(places->before))
		return true;
	(void)snprintf(aside, sizeof(aside), "%s.undone", places->conf);
	status = read_settings(setup, &before, &now, &fault);
	if (status == STATUS_OK &&
	    setup_is_edited(buf_text(&before), buf_text(&now))) {
		status = setup_write(aside, &now, "root", &fault);
		(void)setup_dress(aside, places->conf);
	}
	if (status == STATUS_OK)
		status =
		    setup_write(places->conf, &before, SETUP_FOR_ALL, &fault);
	buf_finish(&before);
	buf_finish(&now);
	if (status != STATUS_OK) {
		(void)fprintf(stderr, "nudge setup: %s\n", fault.text);
		return false;
	}
	return unlink(places->before) == 0 ||
	    complain("remove", places->before);
}

static bool
remove_files(const struct setup *setup)
{
	char path[SETUP_PATH_MAX];
	const char *at = NULL;
	bool is_done = true;

	while (next_file(setup, &at, path) != NULL) {
		if (unlink(path) != 0 && errno != ENOENT)
			is_done = complain("remove", path);
	}
	is_done = restore_settings(setup) && is_done;
	/* Last: what is left stays in it. */
	if (is_done && unlink(setup->places.made) != 0 && errno != ENOENT)
		is_done = complain("remove", setup->places.made);
	return is_done;
}

/* What fails here was not running, or is not there. */
static void
stop(const struct setup *setup)
{
	struct fault ignored = { "" };

	if (setup->has_systemd)
		(void)program_run((const char *const[]){ "systemctl", "disable",
		                      "--now", "--quiet", "nudge", NULL },
		    &ignored);
}

static bool
restart_broker(const struct setup *setup)
{
	struct fault fault = { "" };

	if (!setup->has_systemd || !setup->has_broker ||
	    program_run((const char *const[]){ "systemctl", "restart",
	                    "mosquitto", NULL },
	        &fault) == STATUS_OK)
		return true;
	(void)fprintf(stderr,
	    "nudge setup: mosquitto does not start: journalctl -n 20 -u "
	    "mosquitto tells why\n");
	return false;
}

int
setup_undo(struct setup *setup)
{
	bool is_done;

	plan(setup);
	if (setup->plan.len == 0) {
		(void)unlink(setup->places.made);
		(void)printf("There is nothing to take away.\n");
		return EXIT_DONE;
	}
	(void)printf("This is what I will do:\n\n%s\n"
	             "What the bridge knows, and the package mosquitto, "
	             "stay.\n\n",
	    buf_text(&setup->plan));
	if (!setup->wishes.is_sure &&
	    !(isatty(STDIN_FILENO) && setup_agree("Do it?"))) {
		(void)printf("Nothing is changed.\n");
		return EXIT_FAILED;
	}
	stop(setup);
	is_done = remove_logins(setup);
	is_done = remove_files(setup) && is_done;
	is_done = restart_broker(setup) && is_done;
	return is_done ? EXIT_DONE : EXIT_FAILED;
}
