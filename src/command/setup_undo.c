/* setup_undo.c - what was added is taken away. */
#include "command/command.h"
#include "command/setup.h"
#include "core/acl.h"
#include "io/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 10

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

/* What setup made, and nobody else writes. */
static size_t
list_files(const struct setup *setup, const char *files[FILES_MAX])
{
	const struct setup_places *places = &setup->places;
	size_t count = 0;

	files[count++] = places->own_conf;
	files[count++] = places->cert;
	files[count++] = places->key;
	files[count++] = places->ca;
	files[count++] = places->ca_key;
	files[count++] = places->password;
	files[count++] = places->page_cert;
	files[count++] = places->page_key;
	if (setup->has_own_passwords)
		files[count++] = places->passwords;
	if (setup->has_own_acl)
		files[count++] = places->acl;
	return count;
}

/* The logins that 'nudge user' made in files of others, one after the other. */
static bool
next_login(const struct setup *setup, struct buf *acl, const char **at,
    char login[TEXT_ID_MAX + 1])
{
	struct fault ignored = { "" };

	if (setup->has_own_acl || setup->has_own_passwords)
		return false;
	if (*at == NULL) {
		if (setup_read(setup->places.acl, acl, &ignored) != STATUS_OK)
			return false;
		*at = buf_text(acl);
	}
	return acl_next(at, login);
}

static void
plan(struct setup *setup)
{
	const char *files[FILES_MAX];
	size_t count = list_files(setup, files);
	char login[TEXT_ID_MAX + 1];
	const char *at = NULL;
	struct buf acl;

	buf_init(&acl, ACL_MAX);
	while (next_login(setup, &acl, &at, login))
		setup_intend(setup, "remove the login '%s' from the broker",
		    login);
	buf_finish(&acl);
	for (size_t i = 0; i < count; i++)
		intend_removal(setup, files[i]);
	if (exists(setup->places.before))
		setup_intend(setup, "make %s what it was before",
		    setup->places.conf);
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
remove_files(const struct setup *setup)
{
	const struct setup_places *places = &setup->places;
	const char *files[FILES_MAX];
	size_t count = list_files(setup, files);
	bool is_done = true;

	for (size_t i = 0; i < count; i++) {
		if (unlink(files[i]) == 0 || errno == ENOENT)
			continue;
		(void)fprintf(stderr, "nudge setup: cannot remove %s: %s\n",
		    files[i], strerror(errno));
		is_done = false;
	}
	if (exists(places->before) &&
	    rename(places->before, places->conf) != 0) {
		(void)fprintf(stderr, "nudge setup: cannot write %s: %s\n",
		    places->conf, strerror(errno));
		is_done = false;
	}
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
