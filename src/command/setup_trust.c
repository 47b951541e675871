/* setup_trust.c - an authority of one's own, and a certificate for this machine,
 * where there is none. */
#include "command/setup.h"
#include "io/authority.h"
#include "io/clock.h"
#include "io/interfaces.h"
#include "io/secret.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is to be made. */
struct need {
	bool authority;
	bool certificate;
};

static int64_t
now_s(void)
{
	return clock_now_ms() / 1000;
}

static bool
has_one(const struct setup *setup)
{
	return !setup->is_here || setup->wishes.cert_file != NULL;
}

static enum status
find_need(const struct setup *setup, struct need *need, struct fault *fault)
{
	const struct setup_places *places = &setup->places;
	struct buf ca;
	struct buf certificate;
	enum status status;

	buf_init(&ca, AUTHORITY_PEM_MAX);
	buf_init(&certificate, AUTHORITY_PEM_MAX);
	status = setup_read(places->ca, &ca, fault);
	if (status == STATUS_OK)
		status = setup_read(places->cert, &certificate, fault);
	need->authority = ca.len == 0 || !secret_exists(places->ca_key);
	need->certificate = need->authority || !secret_exists(places->key) ||
	    !authority_serves(buf_text(&certificate), buf_text(&ca),
	        setup->wishes.host, now_s());
	buf_finish(&ca);
	buf_finish(&certificate);
	return status;
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	struct need need = { false, false };
	enum status status;

	if (has_one(setup))
		return STATUS_OK;
	status = find_need(setup, &need, fault);
	if (need.authority)
		setup_intend(setup,
		    "make an authority: %s, and its key %s; phones and "
		    "browsers are to trust it once",
		    setup->places.ca, setup->places.ca_key);
	if (need.certificate)
		setup_intend(setup,
		    "make a certificate for %s, for the broker: %s, good for "
		    "two years",
		    setup->wishes.host, setup->places.cert);
	return status;
}

static void
add_name(struct buf *names, const char *name)
{
	struct in6_addr ignored;
	bool is_address = inet_pton(AF_INET, name, &ignored) == 1 ||
	    inet_pton(AF_INET6, name, &ignored) == 1;

	buf_addf(names, "%s%s:%s", names->len > 0 ? "," : "",
	    is_address ? "IP" : "DNS", name);
}

/* Under whichever name and address it is reached. */
static void
add_names(const struct setup *setup, struct buf *names)
{
	struct interfaces_address list[INTERFACES_MAX];
	size_t count = interfaces_list(list);
	char name[HOST_NAME_MAX + 1] = "";
	char local[HOST_NAME_MAX + sizeof(".local")];

	add_name(names, setup->wishes.host);
	(void)gethostname(name, sizeof(name) - 1);
	if (*name != '\0' && strcmp(name, setup->wishes.host) != 0)
		add_name(names, name);
	(void)snprintf(local, sizeof(local), "%.*s.local",
	    (int)strcspn(name, "."), name);
	if (*name != '\0' && strcmp(local, setup->wishes.host) != 0)
		add_name(names, local);
	add_name(names, "localhost");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].text, setup->wishes.host) != 0)
			add_name(names, list[i].text);
	}
}

/* Both, or what is there. */
static enum status
get_authority(const struct setup *setup, bool is_new,
    struct authority *authority, struct fault *fault)
{
	const struct setup_places *places = &setup->places;
	char name[64];
	enum status status;

	if (!is_new) {
		status = setup_read(places->ca, &authority->certificate, fault);
		if (status == STATUS_OK)
			status =
			    setup_read(places->ca_key, &authority->key, fault);
		return status;
	}
	(void)snprintf(name, sizeof(name), "nudge on %.40s",
	    setup->wishes.host);
	status = authority_make(name, now_s(), authority, fault);
	if (status == STATUS_OK)
		status = secret_replace(places->ca_key,
		    buf_text(&authority->key), authority->key.len, fault);
	if (status == STATUS_OK)
		status = setup_write(places->ca, &authority->certificate,
		    SETUP_FOR_ALL, fault);
	return status;
}

static enum status
make_certificate(struct setup *setup, const struct authority *authority,
    struct fault *fault)
{
	const struct setup_places *places = &setup->places;
	struct authority server;
	struct buf names;
	enum status status;

	authority_init(&server);
	buf_init(&names, AUTHORITY_NAMES_MAX);
	add_names(setup, &names);
	status = authority_issue(authority,
	    &(struct authority_wish){ setup->wishes.host, buf_text(&names),
	        now_s() },
	    &server, fault);
	if (status == STATUS_OK)
		status = setup_write(places->key, &server.key,
		    setup_account(setup), fault);
	if (status == STATUS_OK)
		status = setup_write(places->cert, &server.certificate,
		    SETUP_FOR_ALL, fault);
	setup->is_broker_new = true;
	buf_finish(&names);
	authority_finish(&server);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	struct need need = { false, false };
	struct authority authority;
	enum status status;

	if (has_one(setup))
		return STATUS_OK;
	status = find_need(setup, &need, fault);
	if (status != STATUS_OK || !need.certificate)
		return status;
	authority_init(&authority);
	status = get_authority(setup, need.authority, &authority, fault);
	if (status == STATUS_OK)
		status = make_certificate(setup, &authority, fault);
	authority_finish(&authority);
	return status;
}

const struct setup_step setup_trust = { plan, carry_out };
