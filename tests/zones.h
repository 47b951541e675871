/* zones.h - the zones of this machine, for tests of what is pure. */
#ifndef TESTS_ZONES_H
#define TESTS_ZONES_H

#include "core/zone.h"
#include "unit.h"

#include <stdio.h>

static inline struct zone *
read_zone(const char *name)
{
	static uint8_t bytes[ZONE_FILE_MAX];
	struct zone *zone = NULL;
	char path[128];
	size_t len;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	assert_int_equal(zone_parse(bytes, len, &zone), STATUS_OK);
	return zone;
}

#endif
