/* setup_settings.c - what nudge.conf is to say, and the bridge's password. */
#include "command/setup.h"
#include "core/inifile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Values that are made. */
struct values {
	char url[SETUP_URL_MAX];
	char listen[SETUP_URL_MAX];
	char ws[SETUP_URL_MAX];
};

/* The values that are ours to set; one without a value is left as it is. */
#define CHANGES 9

static void
make_values(const struct setup *setup, struct values *values)
{
	const struct setup_wishes *wishes = &setup->wishes;

	setup_local_url(setup, values->url);
	(void)snprintf(values->listen, SETUP_URL_MAX, "*:%d",
	    wishes->page_port);
	setup_url("wss", wishes->host, wishes->ws_port, values->ws);
}

static void
find_changes(const struct setup *setup, const struct values *values,
    struct inifile_change changes[CHANGES])
{
	const struct setup_wishes *wishes = &setup->wishes;
	const struct setup_places *places = &setup->places;
	bool is_here = setup->is_here;
	const char *ca = wishes->ca_file;
	const char *subject = *wishes->subject != '\0' ? wishes->subject : NULL;

	if (ca == NULL && is_here && wishes->cert_file == NULL)
		ca = places->ca;
	changes[0] = (struct inifile_change){ "mqtt", "url",
		is_here ? values->url : wishes->broker };
	changes[1] =
	    (struct inifile_change){ "mqtt", "username", wishes->login };
	changes[2] = (struct inifile_change){ "mqtt", "password_file",
		places->password };
	changes[3] = (struct inifile_change){ "mqtt", "ca_file", ca };
	changes[4] = (struct inifile_change){ "webpush", "subject", subject };
	changes[5] = (struct inifile_change){ "http", "listen",
		is_here ? values->listen : NULL };
	changes[6] = (struct inifile_change){ "http", "cert_file",
		is_here ? places->page_cert : NULL };
	changes[7] = (struct inifile_change){ "http", "key_file",
		is_here ? places->page_key : NULL };
	changes[8] = (struct inifile_change){ "http", "broker",
		is_here ? values->ws : NULL };
}

static void
change(const struct inifile_change *wish, struct buf *text)
{
	struct buf fresh;

	buf_init(&fresh, INIFILE_MAX);
	inifile_change(buf_text(text), wish, &fresh);
	buf_finish(text);
	*text = fresh;
}

/* In:  text  the file as it is; becomes as it is to be */
static void
apply(const struct setup *setup, struct buf *text)
{
	struct inifile_change changes[CHANGES];
	struct values values = { .url = "" };

	make_values(setup, &values);
	find_changes(setup, &values, changes);
	for (size_t i = 0; i < CHANGES; i++) {
		if (changes[i].value != NULL)
			change(&changes[i], text);
	}
}

/* Both texts; they are different if there is something to do. */
static enum status
read_both(const struct setup *setup, struct buf *old, struct buf *fresh,
    struct fault *fault)
{
	enum status status = setup_read(setup->places.conf, old, fault);

	buf_addf(fresh, "%s", buf_text(old));
	apply(setup, fresh);
	return status;
}

/* What the bridge would refuse is not written. */
static enum status
check(const struct setup *setup, const struct buf *text, struct fault *fault)
{
	const struct settings_source source = {
		.file = setup->places.conf,
		.text = buf_text(text),
	};
	struct settings settings;
	struct settings_fault wrong;

	if (settings_read(&source, &settings, &wrong) == STATUS_OK)
		return STATUS_OK;
	fault_set(fault, "%s: %s", wrong.where, wrong.what.text);
	return STATUS_BAD_INPUT;
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	struct buf old;
	struct buf fresh;
	enum status status;

	if (!setup->is_here && setup->wishes.password_file == NULL &&
	    !secret_exists(setup->places.password)) {
		fault_set(fault,
		    "the bridge's password at %s is missing: --password-file; "
		    "'nudge user show %s' says what that broker needs",
		    setup->wishes.broker, setup->wishes.user);
		return STATUS_BAD_INPUT;
	}
	buf_init(&old, INIFILE_MAX);
	buf_init(&fresh, INIFILE_MAX);
	status = read_both(setup, &old, &fresh, fault);
	if (status == STATUS_OK)
		status = check(setup, &fresh, fault);
	if (status == STATUS_OK &&
	    strcmp(buf_text(&old), buf_text(&fresh)) != 0)
		setup_intend(setup,
		    "write the broker%s%s into %s; what it is now stays in %s",
		    setup->is_here ? ", the page" : "",
		    *setup->wishes.subject != '\0' ? " and your mail address"
		                                   : "",
		    setup->places.conf, setup->places.before);
	buf_finish(&old);
	buf_finish(&fresh);
	return status;
}

/* The first one alone: it is what --undo brings back. */
static enum status
keep_old(const struct setup *setup, const struct buf *old, struct fault *fault)
{
	if (access(setup->places.before, F_OK) == 0)
		return STATUS_OK;
	if (setup_write(setup->places.before, old, "root", fault) != STATUS_OK)
		return STATUS_IO;
	/* Who may not read the one may not read the other. */
	if (access(setup->places.conf, F_OK) == 0 &&
	    !setup_dress(setup->places.before, setup->places.conf)) {
		fault_set(fault, "cannot change %s: %s", setup->places.before,
		    strerror(errno));
		return STATUS_IO;
	}
	return STATUS_OK;
}

static bool
is_set(const struct buf *text, struct inifile_change wish)
{
	struct buf without;
	bool is_other;

	wish.value = NULL;
	buf_init(&without, INIFILE_MAX);
	inifile_change(buf_text(text), &wish, &without);
	is_other = strcmp(buf_text(text), buf_text(&without)) != 0;
	buf_finish(&without);
	return is_other;
}

bool
setup_is_edited(const char *before, const char *now)
{
	const struct setup nothing = { .is_here = true };
	const struct values values = { .url = "" };
	struct inifile_change changes[CHANGES];
	struct buf texts[2];
	bool is_edited;

	find_changes(&nothing, &values, changes);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		buf_init(&texts[i], INIFILE_MAX);
		buf_addf(&texts[i], "%s", i == 0 ? before : now);
	}
	for (size_t i = 0; i < CHANGES; i++) {
		changes[i].value = "x";
		if (!is_set(&texts[1], changes[i]))
			continue;
		change(&changes[i], &texts[0]);
		change(&changes[i], &texts[1]);
	}
	is_edited = strcmp(buf_text(&texts[0]), buf_text(&texts[1])) != 0;
	buf_finish(&texts[0]);
	buf_finish(&texts[1]);
	return is_edited;
}

static enum status
take_password(struct setup *setup, struct fault *fault)
{
	struct secret secret = { .text = NULL };
	enum status status;

	if (setup->is_here || setup->wishes.password_file == NULL)
		return STATUS_OK;
	status = secret_read(setup->wishes.password_file, &secret, fault);
	if (status == STATUS_OK) {
		secret_cut_line(&secret);
		status = secret_replace(setup->places.password, secret.text,
		    strlen(secret.text), fault);
		setup->is_bridge_new = true;
	}
	secret_finish(&secret);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	struct buf old;
	struct buf fresh;
	enum status status;

	buf_init(&old, INIFILE_MAX);
	buf_init(&fresh, INIFILE_MAX);
	status = read_both(setup, &old, &fresh, fault);
	if (status == STATUS_OK &&
	    strcmp(buf_text(&old), buf_text(&fresh)) != 0) {
		status = keep_old(setup, &old, fault);
		if (status == STATUS_OK)
			status = setup_write(setup->places.conf, &fresh,
			    SETUP_FOR_ALL, fault);
		setup->is_bridge_new = true;
	}
	if (status == STATUS_OK)
		status = take_password(setup, fault);
	buf_finish(&old);
	buf_finish(&fresh);
	return status;
}

const struct setup_step setup_settings = { plan, carry_out };
