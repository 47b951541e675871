/* A password_file of others: one login goes in and out, and all else stays. */
#include "core/passwords.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	const char *at = text;
	const char *login;
	struct buf out;
	struct buf without;
	size_t login_len;

	assert(text != NULL);
	while (passwords_next(&at, &login, &login_len))
		assert(login_len > 0 && memchr(login, ':', login_len) == NULL);
	buf_init(&out, PASSWORDS_MAX);
	buf_init(&without, PASSWORDS_MAX);
	assert(passwords_put(text, "alice", "alice:x", &out) == STATUS_OK);
	assert(passwords_has(buf_text(&out), "alice"));
	assert(passwords_put(text, "alice", NULL, &without) == STATUS_OK);
	assert(!passwords_has(buf_text(&without), "alice"));
	assert(passwords_has(text, "alice") ||
	    strcmp(buf_text(&without), text) == 0);
	buf_finish(&without);
	buf_finish(&out);
	free(text);
	return 0;
}
