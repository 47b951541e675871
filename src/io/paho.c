#include "io/paho.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHORT_US 2000

static _Atomic bool is_connected_now;

int __real_usleep(useconds_t duration_us);
int __wrap_usleep(useconds_t duration_us);
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

void
paho_set_connected(bool is_connected)
{
	atomic_store(&is_connected_now, is_connected);
}

int
__wrap_usleep(useconds_t duration_us)
{
	if (atomic_load(&is_connected_now) && duration_us > SHORT_US)
		duration_us = SHORT_US;
	return __real_usleep(duration_us);
}

int
__wrap_socket(int domain, int type, int protocol)
{
	int fd = __real_socket(domain, type, protocol);
	int on = 1;

	/* On anything but TCP this fails, and nothing is lost. */
	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}
