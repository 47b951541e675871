#include "io/folder.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_LONGEST 512
#define GZIP_TAIL 4 /* bytes: RFC 1952 2.3.1, ISIZE */

int
folder_open(const char *path, struct stat *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, info) == 0 && S_ISREG(info->st_mode))
		return fd;
	(void)close(fd);
	return -1;
}

/* A compressed copy beside a file is of that file: not older, and of its length.
 */
static bool
is_copy(int fd, const struct stat *copy, const struct stat *plain)
{
	unsigned char tail[GZIP_TAIL];
	uint32_t len = 0;

	if (copy->st_size < GZIP_TAIL || copy->st_mtime < plain->st_mtime ||
	    pread(fd, tail, sizeof(tail), copy->st_size - GZIP_TAIL) !=
	        GZIP_TAIL)
		return false;
	for (int i = GZIP_TAIL; i-- > 0;)
		len = len << 8 | tail[i];
	return len == (uint32_t)plain->st_size;
}

bool
folder_take_packed(const char *path, int *fd, struct stat *info)
{
	char copy[PATH_LONGEST + 4];
	struct stat copy_info;
	int copy_fd;

	(void)snprintf(copy, sizeof(copy), "%s.gz", path);
	copy_fd = folder_open(copy, &copy_info);
	if (copy_fd < 0)
		return false;
	if (!is_copy(copy_fd, &copy_info, info)) {
		(void)close(copy_fd);
		return false;
	}
	(void)close(*fd);
	*fd = copy_fd;
	*info = copy_info;
	return true;
}
