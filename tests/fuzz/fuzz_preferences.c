/* Preferences from outside: what is taken is in range, and its one form is
 * taken again and says the same. */
#include "core/canonical.h"
#include "core/preferences.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_range(const struct preferences *taken)
{
	assert(taken->kinds[KIND_TEST]);
	assert(taken->presence <= PRESENCE_IGNORE);
	assert(taken->presence_scope <= SCOPE_DEVICE);
	assert(taken->privacy <= PRIVACY_NONE);
	assert(taken->hold_s >= 0 && taken->hold_s <= PREFERENCES_WAIT_MAX_S);
	assert(taken->rate.burst >= 1 && taken->rate.per_minute >= 1);
	assert(taken->quiet.count <= QUIET_RULES_MAX);
	assert(strlen(taken->sound) <= PREFERENCES_SOUND_LEN);
	for (int i = 0; i < KIND_COUNT; i++)
		assert(taken->level[i] <= LEVEL_TIME_SENSITIVE);
	for (size_t i = 0; i < taken->quiet.count; i++) {
		const struct quiet_rule *rule = &taken->quiet.rules[i];

		assert(rule->from >= 0 && rule->from < 1440);
		assert(rule->to >= 0 && rule->to <= 1440);
		assert(zone_is_name(rule->tz));
	}
}

static void
write_form(const char *bytes, size_t len, struct buf *form)
{
	struct fault fault = { "" };

	buf_init(form, 4 * JSON_MAX);
	assert(canonical_write(bytes, len, 7, form, &fault) == STATUS_OK);
}

static void
check_form(const char *bytes, size_t len)
{
	struct preferences again = preferences_default;
	struct fault fault = { "" };
	struct buf once;
	struct buf twice;

	write_form(bytes, len, &once);
	if (once.len <= JSON_MAX) {
		assert(preferences_parse(once.data, once.len,
		           &(struct preferences_origin){ LAYER_USER, NULL },
		           &again, &fault) == STATUS_OK);
		assert(again.rev == 7);
		write_form(once.data, once.len, &twice);
		assert(once.len == twice.len &&
		    memcmp(once.data, twice.data, once.len) == 0);
		buf_finish(&twice);
	}
	preferences_finish(&again);
	buf_finish(&once);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct preferences taken = preferences_default;
	struct fault fault = { "" };
	enum status status = preferences_parse((const char *)bytes, len,
	    &(struct preferences_origin){ LAYER_USER, NULL }, &taken, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status != STATUS_OK) {
		assert(
		    memcmp(&taken, &preferences_default, sizeof(taken)) == 0);
		return 0;
	}
	check_range(&taken);
	check_form((const char *)bytes, len);
	preferences_finish(&taken);
	return 0;
}
