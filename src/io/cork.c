#include "io/cork.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void
cork_add(struct cork *cork, int fd)
{
	if (cork->count < CORK_SOCKETS)
		cork->sockets[cork->count++] = fd;
}

void
cork_remove(struct cork *cork, int fd)
{
	for (int i = 0; i < cork->count; i++) {
		if (cork->sockets[i] == fd) {
			cork->sockets[i] = cork->sockets[--cork->count];
			return;
		}
	}
}

static void
set(const struct cork *cork, int is_in)
{
	for (int i = 0; i < cork->count; i++)
		(void)setsockopt(cork->sockets[i], IPPROTO_TCP, TCP_CORK,
		    &is_in, sizeof(is_in));
}

void
cork_put(struct cork *cork, int writes)
{
	cork->is_in = writes > 0 && writes >= cork->count;
	if (cork->is_in)
		set(cork, 1);
}

void
cork_pull(struct cork *cork)
{
	if (cork->is_in)
		set(cork, 0);
	cork->is_in = false;
}
