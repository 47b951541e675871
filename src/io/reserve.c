#include "io/reserve.h"

#include "core/settings.h"
#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)

static void
name_file(const char *directory, char path[PATH_LONGEST])
{
	(void)snprintf(path, PATH_LONGEST, "%s/nudge.reserve", directory);
}

int64_t
reserve_left(const char *directory)
{
	struct statvfs disk;
	uint64_t left;

	if (statvfs(directory, &disk) < 0)
		return INT64_MAX;
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	return left < INT64_MAX ? (int64_t)left : INT64_MAX;
}

static bool
has_room(const char *directory, int64_t len)
{
	return reserve_left(directory) >= len;
}

bool
reserve_take(const char *directory)
{
	char path[PATH_LONGEST];

	if (has_room(directory, RESERVE_LEN))
		return false;
	name_file(directory, path);
	(void)unlink(path);
	return true;
}

void
reserve_keep(const char *directory)
{
	char path[PATH_LONGEST];
	struct stat kept;
	int file;
	int error;

	name_file(directory, path);
	if (stat(path, &kept) == 0 && kept.st_size == RESERVE_LEN)
		return;
	/* What was taken a moment ago is there to be used. */
	if (!has_room(directory, 2 * RESERVE_LEN))
		return;
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	error = file < 0 ? errno : posix_fallocate(file, 0, RESERVE_LEN);
	if (file >= 0)
		(void)close(file);
	if (error == 0)
		return;
	(void)unlink(path);
	log_info("%s: no room is kept for the case that the disk is full: %s",
	    path, strerror(error));
}
