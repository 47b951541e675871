/* A change to somebody's preferences from outside: a document and a patch, with a
 * NUL between them. What is merged can be merged with nothing, and is the same. */
#include "core/json.h"
#include "core/patch.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_again(const struct buf *merged)
{
	const struct patch nothing = { "{}", 2 };
	struct fault fault = { "" };
	struct buf again;

	if (merged->len > JSON_MAX)
		return;
	buf_init(&again, 4 * JSON_MAX);
	assert(
	    patch_merge(merged->data, &nothing, &again, &fault) == STATUS_OK);
	assert(again.len == merged->len &&
	    memcmp(again.data, merged->data, again.len) == 0);
	buf_finish(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *document = calloc(1, len + 1);
	const char *end;
	struct fault fault = { "" };
	struct patch patch = { .len = 0 };
	struct buf merged;
	enum status status;

	if (document == NULL)
		return 0;
	memcpy(document, bytes, len);
	end = document + strlen(document);
	if (end < document + len) {
		patch.bytes = end + 1;
		patch.len = (size_t)(document + len - end) - 1;
		buf_init(&merged, 4 * JSON_MAX);
		status = patch_merge(document, &patch, &merged, &fault);
		assert((status == STATUS_BAD_INPUT) == fault_is_set(&fault));
		if (status == STATUS_OK)
			check_again(&merged);
		buf_finish(&merged);
	}
	free(document);
	return 0;
}
