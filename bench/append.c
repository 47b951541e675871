/* append.c - the least that durability can cost: each record is appended and
 * brought to the disk before the next one.
 *
 * Usage:   append FILE COUNT BYTES
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BYTES_MAX 65536

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int
main(int argc, char **argv)
{
	static char record[BYTES_MAX];
	int64_t start_ns;
	size_t len;
	long count;
	int fd;

	if (argc != 4) {
		(void)fputs("usage: append FILE COUNT BYTES\n", stderr);
		return 64;
	}
	count = atol(argv[2]);
	len = (size_t)atol(argv[3]);
	if (len > BYTES_MAX)
		return 64;
	memset(record, 'x', len);
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	start_ns = now_ns();
	for (long i = 0; i < count; i++) {
		if (write(fd, record, len) != (ssize_t)len ||
		    fdatasync(fd) < 0) {
			perror(argv[1]);
			return 1;
		}
	}
	(void)printf("done count=%ld wall_ns=%" PRId64 "\n", count,
	    now_ns() - start_ns);
	(void)close(fd);
	(void)unlink(argv[1]);
	return 0;
}
