/* folder.h - files that are there to be given away, and compressed copies of them.
 *
 * Layer:   io. Any thread.
 * Source:  RFC 1952 2.3.1 (ISIZE).
 */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

/* Open a regular file; a pipe of that name would keep the caller waiting.
 * Out:     info  of it
 * Returns: close() it; < 0 = there is none. */
int folder_open(const char *path, struct stat *info);

/* The compressed copy beside a file, path.gz, in its place where there is one that
 * is of that file.
 * In/Out:  fd, info  of the file; then of the copy
 * Returns: whether there is one; if not, both stay. */
bool folder_take_packed(const char *path, int *fd, struct stat *info);

#endif
