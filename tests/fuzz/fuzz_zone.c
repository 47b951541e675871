/* A time zone from a file: what is taken answers everything, and a local reading
 * is reached when the clocks show it, and not before. */
#include "core/zone.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define YEAR_S INT64_C(31556952)

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct zone *zone = NULL;

	if (zone_parse(bytes, len, &zone) != STATUS_OK) {
		assert(zone == NULL);
		return 0;
	}
	for (int64_t now_s = 0; now_s < 130 * YEAR_S; now_s += 3 * YEAR_S) {
		int64_t local_s = now_s + zone_offset_s(zone, now_s);
		int64_t reached_s = zone_reach_s(zone, local_s);

		assert(zone_next_change_s(zone, now_s) > now_s);
		assert(reached_s <= now_s);
		assert(reached_s + zone_offset_s(zone, reached_s) >= local_s);
	}
	zone_destroy(zone);
	return 0;
}
