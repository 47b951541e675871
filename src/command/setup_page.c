/* setup_page.c - the certificate of the broker, for the page too: the bridge may
 * not read what is the broker's. */
#include "command/setup.h"
#include "io/authority.h"
#include "io/secret.h"

#include <string.h>

/* Whose it is: the broker's, or a person's own. */
static const char *
cert_of(const struct setup *setup)
{
	return setup->wishes.cert_file != NULL ? setup->wishes.cert_file
	                                       : setup->places.cert;
}

static const char *
key_of(const struct setup *setup)
{
	return setup->wishes.key_file != NULL ? setup->wishes.key_file
	                                      : setup->places.key;
}

/* Whether a copy is another than what it was made of, or is not there. */
static enum status
differs(const char *from, const char *to, bool *is_other, struct fault *fault)
{
	struct buf original;
	struct buf copy;
	enum status status;

	buf_init(&original, AUTHORITY_PEM_MAX);
	buf_init(&copy, AUTHORITY_PEM_MAX);
	status = setup_read(from, &original, fault);
	if (status == STATUS_OK)
		status = setup_read(to, &copy, fault);
	*is_other = original.len == 0 ||
	    strcmp(buf_text(&original), buf_text(&copy)) != 0;
	if (original.data != NULL)
		explicit_bzero(original.data, original.len);
	if (copy.data != NULL)
		explicit_bzero(copy.data, copy.len);
	buf_finish(&original);
	buf_finish(&copy);
	return status;
}

static enum status
is_due(const struct setup *setup, bool *due, struct fault *fault)
{
	bool is_other_key = false;
	enum status status;

	*due = false;
	if (!setup->is_here)
		return STATUS_OK;
	status = differs(cert_of(setup), setup->places.page_cert, due, fault);
	if (status == STATUS_OK)
		status = differs(key_of(setup), setup->places.page_key,
		    &is_other_key, fault);
	*due = *due || is_other_key;
	return status;
}

static enum status
plan(struct setup *setup, struct fault *fault)
{
	bool due = false;
	enum status status = is_due(setup, &due, fault);

	if (due)
		setup_intend(setup,
		    "copy the certificate for the page: %s, and its key %s",
		    setup->places.page_cert, setup->places.page_key);
	return status;
}

static enum status
copy(const struct setup *setup, struct fault *fault)
{
	struct buf text;
	struct buf key;
	enum status status;

	buf_init(&text, AUTHORITY_PEM_MAX);
	buf_init(&key, AUTHORITY_PEM_MAX);
	status = setup_read(cert_of(setup), &text, fault);
	if (status == STATUS_OK)
		status = setup_read(key_of(setup), &key, fault);
	if (status == STATUS_OK && (text.len == 0 || key.len == 0)) {
		fault_set(fault, "%s or %s is missing", cert_of(setup),
		    key_of(setup));
		status = STATUS_BAD_INPUT;
	}
	if (status == STATUS_OK)
		status = secret_replace(setup->places.page_key, buf_text(&key),
		    key.len, fault);
	if (status == STATUS_OK)
		status = setup_write(setup->places.page_cert, &text,
		    SETUP_FOR_ALL, fault);
	if (key.data != NULL)
		explicit_bzero(key.data, key.len);
	buf_finish(&text);
	buf_finish(&key);
	return status;
}

static enum status
carry_out(struct setup *setup, struct fault *fault)
{
	bool due = false;
	enum status status = is_due(setup, &due, fault);

	if (status != STATUS_OK || !due)
		return status;
	setup->is_bridge_new = true;
	return copy(setup, fault);
}

const struct setup_step setup_page = { plan, carry_out };
