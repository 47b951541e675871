/* An acl_file of others: our lines go in and out, and all else stays. */
#include "core/acl.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LINES "user alice\ntopic read a\n"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_put(const char *text, const struct buf *once)
{
	struct fault fault = { "" };
	struct buf out;
	size_t before = strlen(text);
	bool had = acl_has(text, "alice");

	assert(acl_has(buf_text(once), "alice"));
	buf_init(&out, ACL_MAX);
	assert(
	    acl_put(buf_text(once), "alice", LINES, &out, &fault) == STATUS_OK);
	assert(strcmp(buf_text(&out), buf_text(once)) == 0);
	buf_clear(&out);
	if (!had) {
		assert(acl_drop(buf_text(once), "alice", &out, &fault) ==
		    STATUS_OK);
		assert(memcmp(buf_text(&out), text, before) == 0);
		assert(out.len - before <= 1);
	}
	buf_finish(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	char login[TEXT_ID_MAX + 1];
	struct fault fault = { "" };
	const char *at = text;
	struct buf out;

	assert(text != NULL);
	while (acl_next(&at, login))
		assert(text_is_id(login));
	(void)acl_foreign(text, "alice");
	buf_init(&out, ACL_MAX);
	if (acl_put(text, "alice", LINES, &out, &fault) == STATUS_OK)
		check_put(text, &out);
	else
		assert(fault_is_set(&fault) && out.len == 0);
	buf_clear(&out);
	fault.text[0] = '\0';
	if (acl_drop(text, "alice", &out, &fault) == STATUS_OK)
		assert(out.len <= strlen(text));
	else
		assert(fault_is_set(&fault) && out.len == 0);
	buf_finish(&out);
	free(text);
	return 0;
}
