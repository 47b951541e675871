/* setup_made.c - which files are of setup: those alone are written over, and taken
 * away. A list beside the settings says it, before the first of them is made. */
#include "command/setup.h"
#include "io/secret.h"

#include <string.h>

#define FILES_MAX 10

void
setup_made_read(struct setup *setup)
{
	struct fault ignored = { "" };

	buf_init(&setup->made, SETUP_TEXT_MAX);
	(void)setup_read(setup->places.made, &setup->made, &ignored);
}

const char *
setup_made_next(const char **at, char path[SETUP_PATH_MAX])
{
	size_t len = strcspn(*at, "\n");

	if (len == 0 || len >= SETUP_PATH_MAX)
		return NULL;
	memcpy(path, *at, len);
	path[len] = '\0';
	*at += len + ((*at)[len] == '\n');
	return path;
}

static bool
is_made(const struct setup *setup, const char *path)
{
	const char *at = buf_text(&setup->made);
	char known[SETUP_PATH_MAX];

	while (setup_made_next(&at, known) != NULL) {
		if (strcmp(known, path) == 0)
			return true;
	}
	return false;
}

/* What this run may write, but for nudge.conf, of which a copy is kept, and for the
 * bridge's password, which may be brought. */
static size_t
list_files(const struct setup *setup, const char *files[FILES_MAX])
{
	const struct setup_places *places = &setup->places;
	size_t count = 0;

	if (!setup->is_here)
		return 0;
	files[count++] = places->own_conf;
	files[count++] = places->page_cert;
	files[count++] = places->page_key;
	if (setup->has_own_passwords)
		files[count++] = places->passwords;
	if (setup->has_own_acl)
		files[count++] = places->acl;
	if (setup->wishes.cert_file != NULL)
		return count;
	files[count++] = places->cert;
	files[count++] = places->key;
	files[count++] = places->ca;
	files[count++] = places->ca_key;
	return count;
}

/* Whether an earlier setup left its words with the broker, though the list went
 * with a package that was purged. */
static bool
is_left(const struct setup *setup)
{
	struct fault ignored = { "" };
	struct buf text;
	bool is_ours;

	buf_init(&text, SETUP_TEXT_MAX);
	(void)setup_read(setup->places.own_conf, &text, &ignored);
	is_ours = strncmp(buf_text(&text), SETUP_MARK, strlen(SETUP_MARK)) == 0;
	buf_finish(&text);
	return is_ours;
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	const char *files[FILES_MAX];
	size_t count = list_files(setup, files);
	bool are_ours = is_left(setup);

	if (!setup->is_here && setup->wishes.password_file != NULL)
		files[count++] = setup->places.password;
	for (size_t i = 0; i < count; i++) {
		if (secret_exists(files[i]) && !are_ours &&
		    !is_made(setup, files[i]))
			fault_set(fault,
			    "%s is there already, and not of 'nudge setup': "
			    "move it away, and run this again",
			    files[i]);
	}
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
note(struct setup *setup, const char *path)
{
	if (!is_made(setup, path))
		buf_addf(&setup->made, "%s\n", path);
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	const char *files[FILES_MAX];
	size_t count = list_files(setup, files);
	size_t before = setup->made.len;

	/* What is there already is ours, or plan() had refused it. */
	for (size_t i = 0; i < count; i++)
		note(setup, files[i]);
	if (!secret_exists(setup->places.password))
		note(setup, setup->places.password);
	return setup->made.len == before
	    ? STATUS_OK
	    : setup_write(setup->places.made, &setup->made, SETUP_FOR_ALL,
	          fault);
}

const struct setup_step setup_made = { plan, carry_out };
