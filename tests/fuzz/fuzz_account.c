/* A service account file, and what Google's token endpoint answers to it. */
#include "push/provider.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char account[] =
	    "{\"project_id\":\"p\",\"client_email\":\"a@b\",\"private_key\":"
	    "\"k\",\"private_key_id\":\"1\",\"token_uri\":\"https://t/\"}";
	char *text = strndup((const char *)bytes, len);
	const struct response response = { .status = 200, .body = text };
	struct grant grant = { .lifetime_s = 0 };
	struct fault fault = { "" };
	enum status status;

	assert(text != NULL);
	status = fcm_provider.check_key(text, &fault);
	assert((status == STATUS_OK) == !fault_is_set(&fault));

	buf_init(&grant.authorization, PUSH_TOKEN_MAX);
	fcm_provider.take(&response, account, &grant);
	if (grant.verdict.outcome == OUTCOME_DELIVERED) {
		const char *words = buf_text(&grant.authorization);

		assert(strncmp(words, "p ", 2) == 0);
		assert(strpbrk(words + 2, " \r\n") == NULL);
		assert(grant.lifetime_s > 0);
	}
	buf_finish(&grant.authorization);
	free(text);
	return 0;
}
