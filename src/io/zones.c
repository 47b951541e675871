#include "io/zones.h"

#include "io/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo" /* unless TZDIR says otherwise */
#define LINKS "tzdata.zi"
#define LOCAL "/etc/localtime"
#define PATH_LONGEST 512

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

static void
path_of(const char *name, char path[PATH_LONGEST])
{
	const char *directory = getenv("TZDIR");

	(void)snprintf(path, PATH_LONGEST, "%s/%s",
	    directory != NULL && *directory != '\0' ? directory : DIRECTORY,
	    name);
}

/* The file's bytes; 0 = it cannot be read, or is too large. */
static size_t
read_file(const char *path, uint8_t bytes[ZONE_FILE_MAX])
{
	size_t len = 0;
	ssize_t got;
	int fd;

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
read_zone(const char *path)
{
	uint8_t *bytes = malloc(ZONE_FILE_MAX);
	struct zone *zone = NULL;
	size_t len;

	if (bytes == NULL)
		return NULL;
	len = read_file(path, bytes);
	if (zone_parse(bytes, len, &zone) != STATUS_OK)
		zone = NULL;
	free(bytes);
	return zone;
}

/* What a name is another name of: "L target name" in tzdata's own text, which
 * has the old names even where their files are in a package of their own. */
static bool
find_link(const char *name, char target[ZONE_NAME_MAX + 1])
{
	char path[PATH_LONGEST];
	char *line = NULL;
	size_t size = 0;
	bool is_found = false;
	FILE *file;

	path_of(LINKS, path);
	file = fopen(path, "re");
	while (file != NULL && !is_found && getline(&line, &size, file) > 0) {
		char *rest = line;
		const char *word = strsep(&rest, " \n");
		const char *to = strsep(&rest, " \n");
		const char *from = strsep(&rest, " \n");

		is_found = from != NULL && strcmp(word, "L") == 0 &&
		    strcmp(from, name) == 0 && zone_is_name(to);
		if (is_found)
			(void)snprintf(target, ZONE_NAME_MAX + 1, "%s", to);
	}
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return is_found;
}

static struct zone *
look_up(const char *name)
{
	char target[ZONE_NAME_MAX + 1];
	char path[PATH_LONGEST];
	struct zone *zone;

	path_of(name, path);
	zone = read_zone(path);
	if (zone != NULL || !find_link(name, target))
		return zone;
	path_of(target, path);
	return read_zone(path);
}

/* The zone of this machine, else UTC. */
static struct zone *
read_local(void)
{
	/* RFC 9636: no changes, one type, all zeros. */
	static const uint8_t utc[44 + 6 + 1] = { 'T', 'Z', 'i',
		'f', [39] = 1, [43] = 1 };
	struct zone *zone = read_zone(LOCAL);

	if (zone == NULL && zone_parse(utc, sizeof(utc), &zone) != STATUS_OK)
		zone = NULL;
	return zone;
}

static const struct entry *
find_entry(const struct zones *zones, const char *name)
{
	const struct entry *entry = zones->first;

	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

/* Owned from now on; NULL if there is no zone, or no memory. */
static const struct zone *
add_entry(struct zones *zones, const char *name, struct zone *zone)
{
	struct entry *entry = zone != NULL ? calloc(1, sizeof(*entry)) : NULL;

	if (entry == NULL) {
		zone_destroy(zone);
		return NULL;
	}
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->zone = zone;
	entry->next = zones->first;
	zones->first = entry;
	return zone;
}

const struct zone *
zones_find(void *zones, const char *name)
{
	const struct entry *entry = find_entry(zones, name);

	if (entry != NULL)
		return entry->zone;
	return zone_is_name(name) ? add_entry(zones, name, look_up(name))
	                          : NULL;
}

const struct zone *
zones_keep(void *zones, const char *name)
{
	const struct zone *zone = zones_find(zones, name);

	if (zone != NULL || !zone_is_name(name))
		return zone;
	log_warn("%s is no zone of this machine any more: hours that name it "
	         "follow its own clock",
	    name);
	return add_entry(zones, name, read_local());
}
