#include "io/zones.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo"

/* At most as many as there are files: a name that is none is not kept. */
struct entry {
	struct entry *next;
	struct zone *zone;
	char name[ZONE_NAME_MAX + 1];
};

struct zones {
	struct entry *first;
};

enum status
zones_create(struct zones **zones)
{
	*zones = calloc(1, sizeof(**zones));
	return *zones != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
zones_destroy(struct zones *zones)
{
	if (zones == NULL)
		return;
	while (zones->first != NULL) {
		struct entry *entry = zones->first;

		zones->first = entry->next;
		zone_destroy(entry->zone);
		free(entry);
	}
	free(zones);
}

/* The file's bytes; 0 = it cannot be read, or is too large. */
static size_t
read_file(const char *name, uint8_t bytes[ZONE_FILE_MAX])
{
	char path[sizeof(DIRECTORY) + ZONE_NAME_MAX + 1];
	size_t len = 0;
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", DIRECTORY, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	do {
		got = read(fd, bytes + len, ZONE_FILE_MAX - len);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 && len < ZONE_FILE_MAX);
	(void)close(fd);
	return got == 0 ? len : 0;
}

static struct zone *
read_zone(const char *name)
{
	uint8_t *bytes = malloc(ZONE_FILE_MAX);
	struct zone *zone = NULL;
	size_t len;

	if (bytes == NULL)
		return NULL;
	len = read_file(name, bytes);
	if (zone_parse(bytes, len, &zone) != STATUS_OK)
		zone = NULL;
	free(bytes);
	return zone;
}

const struct zone *
zones_find(void *zones, const char *name)
{
	struct zones *known = zones;
	struct entry *entry = known->first;

	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	if (entry != NULL)
		return entry->zone;
	if (!zone_is_name(name))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->zone = read_zone(name);
	if (entry->zone == NULL) {
		free(entry);
		return NULL;
	}
	entry->next = known->first;
	known->first = entry;
	return entry->zone;
}
