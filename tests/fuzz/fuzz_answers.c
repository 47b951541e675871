/* What any push service, or somebody in its place, answers: a byte that picks the
 * service, two of status, then the body. */
#include "base/text.h"
#include "push/provider.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_verdict(const struct provider *provider, const struct response *response,
    const struct verdict *verdict)
{
	assert(verdict->outcome <= OUTCOME_GONE);
	assert(verdict->gone_ms >= 0 && verdict->wait_s >= 0);
	assert(strnlen(verdict->reason, PUSH_REASON_MAX) < PUSH_REASON_MAX);
	assert(text_is_utf8(verdict->reason, strlen(verdict->reason)));
	assert(text_is_line(verdict->reason));
	/* No answer at all removes no device. */
	if (response->status == 0 && provider != &log_provider)
		assert(verdict->outcome == OUTCOME_RETRY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct provider *provider;
	struct response response = { 0 };
	struct verdict verdict;

	if (len < 3)
		return 0;
	provider = provider_at(bytes[0] % provider_count());
	response.status = (bytes[1] << 8 | bytes[2]) % 600;
	response.body = strndup((const char *)bytes + 3, len - 3);
	assert(response.body != NULL);
	verdict = provider->judge(&response);
	check_verdict(provider, &response, &verdict);
	free(response.body);
	return 0;
}
