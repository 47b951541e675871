/* user_password.c - passwords on their way to the broker. */
#include "base/text.h"
#include "command/command.h"
#include "command/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STANDARD_INPUT "-"

static int
make_password(struct user_password *password)
{
	enum status status = secret_make(&password->secret);

	if (status != STATUS_OK)
		return user_complain(EXIT_FAILED, "%s", status_str(status));
	password->is_made = true;
	return EXIT_DONE;
}

/* What a pipe or a terminal has to say. */
static enum status
read_input(struct secret *secret, struct fault *fault)
{
	secret->text = calloc(1, SECRET_MAX + 1);
	if (secret->text == NULL)
		return STATUS_NO_MEMORY;
	if (isatty(STDIN_FILENO))
		(void)fprintf(stderr, "password: ");
	if (fgets(secret->text, SECRET_MAX, stdin) == NULL)
		fault_set(fault, "standard input has no password");
	secret->len = strlen(secret->text);
	return fault_is_set(fault) ? STATUS_IO : STATUS_OK;
}

/* mosquitto_passwd takes the spaces around a password away, and what follows a
 * ':'. */
static const char *
objection(const char *password, bool is_for_files)
{
	size_t len = strlen(password);

	if (len == 0)
		return "is empty";
	if (!text_is_utf8(password, len) || !text_is_line(password))
		return "has a character that no password may have";
	if (is_for_files && strchr(password, ':') != NULL)
		return "has a ':', which mosquitto's password_file cannot keep";
	if (*password == ' ' || password[len - 1] == ' ')
		return "begins or ends with a space";
	return NULL;
}

static int
read_password_file(const struct user_job *job, const char *path,
    struct user_password *password)
{
	bool is_input = strcmp(path, STANDARD_INPUT) == 0;
	const char *wrong = NULL;
	struct fault fault = { "" };
	enum status status = is_input
	    ? read_input(&password->secret, &fault)
	    : secret_read(path, &password->secret, &fault);

	if (status == STATUS_OK) {
		secret_cut_line(&password->secret);
		wrong =
		    objection(password->secret.text, !job->broker.is_dynamic);
	} else if (!fault_is_set(&fault)) {
		fault_set(&fault, "%s", status_str(status));
	}
	if (fault_is_set(&fault))
		return user_complain(EXIT_FAILED, "%s", fault.text);
	if (wrong != NULL)
		return user_complain(EXIT_FAILED, "the password of %s %s",
		    is_input ? "standard input" : path, wrong);
	return EXIT_DONE;
}

int
user_read_password(const struct user_job *job, struct user_password *password)
{
	if (job->password_file == NULL)
		return make_password(password);
	return read_password_file(job, job->password_file, password);
}

bool
user_lacks_bridge_password(const struct user_job *job)
{
	const char *path = job->settings->mqtt.password_file;

	return *path != '\0' && !secret_exists(path);
}

int
user_bridge_password(const struct user_job *job, struct user_password *password)
{
	const char *path = job->settings->mqtt.password_file;
	struct fault fault = { "" };
	int result;

	if (*path != '\0' && secret_exists(path))
		return read_password_file(job, path, password);
	result = make_password(password);
	if (result != EXIT_DONE || *path == '\0')
		return result;
	password->is_made = false;
	if (secret_write(path, password->secret.text, password->secret.len,
	        &fault) != STATUS_OK)
		return user_complain(EXIT_FAILED, "%s", fault.text);
	(void)printf("%s: made; the bridge must be able to read it\n", path);
	return EXIT_DONE;
}

void
user_tell_password(const struct user_job *job, const char *login,
    const struct user_password *password)
{
	bool is_bridge = strcmp(login, job->bridge) == 0;

	if (password->is_made)
		(void)printf("%s's password: %s\n", login,
		    password->secret.text);
	if (is_bridge && password->is_made)
		(void)printf(
		    "put it into a file for the bridge alone, and that into "
		    "the settings: [mqtt] username = %s, password_file\n",
		    login);
	else if (is_bridge && *job->settings->mqtt.username == '\0')
		(void)printf("say in the settings: [mqtt] username = %s\n",
		    login);
}
