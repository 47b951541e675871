/* What Apple, or somebody in its place, answers: two bytes of status, then the
 * body. */
#include "base/text.h"
#include "push/provider.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct response response = { 0 };
	struct verdict verdict;

	if (len < 2)
		return 0;
	response.status = (bytes[0] << 8 | bytes[1]) % 600;
	response.body = strndup((const char *)bytes + 2, len - 2);
	assert(response.body != NULL);
	verdict = apns_provider.judge(&response);
	assert(verdict.outcome <= OUTCOME_GONE);
	/* And what is no form of Apple's is none of its answers. */
	assert(response.status == 200 || verdict.outcome != OUTCOME_DELIVERED);
	assert(verdict.gone_ms >= 0);
	assert(strnlen(verdict.reason, PUSH_REASON_MAX) < PUSH_REASON_MAX);
	assert(text_is_utf8(verdict.reason, strlen(verdict.reason)));
	assert(text_is_line(verdict.reason));
	free(response.body);
	return 0;
}
