/* Preferences from outside. */
#include "core/preferences.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool
is_same(const struct preferences *a, const struct preferences *b)
{
	return a->enabled == b->enabled && a->presence == b->presence &&
	    a->presence_scope == b->presence_scope &&
	    memcmp(a->kinds, b->kinds, sizeof(a->kinds)) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct preferences once = preferences_default;
	struct preferences twice;
	struct fault fault = { "" };
	enum status status =
	    preferences_parse((const char *)bytes, len, &once, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status != STATUS_OK) {
		assert(is_same(&once, &preferences_default));
		return 0;
	}
	assert(once.kinds[KIND_TEST]);
	assert(once.presence <= PRESENCE_IGNORE);
	assert(once.presence_scope <= SCOPE_DEVICE);
	twice = once;
	assert(preferences_parse((const char *)bytes, len, &twice, &fault) ==
	    STATUS_OK);
	assert(is_same(&once, &twice));
	return 0;
}
