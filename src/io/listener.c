#include "io/listener.h"

#include "core/visit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 32

static socklen_t
address_of(const struct visit_place *place, bool is_ipv6,
    struct sockaddr_storage *address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	struct sockaddr_in *four = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	if (is_ipv6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(place->port);
		if (*place->address != '\0')
			(void)inet_pton(AF_INET6, place->address,
			    &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(place->port);
	if (*place->address != '\0')
		(void)inet_pton(AF_INET, place->address, &four->sin_addr);
	return sizeof(*four);
}

/* An address that this machine gets later may be listened on already.
 * Returns: < 0 with errno. */
static int
listen_at(const struct visit_place *place, bool is_ipv6)
{
	int fd = socket(is_ipv6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t size = address_of(place, is_ipv6, &address);
	int on = 1;
	int off = 0;
	int saved_errno;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (is_ipv6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof(off));
	if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved_errno = errno;
	(void)close(fd);
	errno = saved_errno;
	return -1;
}

enum status
listener_open(const char *text, int *listener, struct fault *fault)
{
	struct visit_place place;
	bool is_any;

	if (!visit_read_place(text, &place)) {
		fault_set(fault, "[http] listen: '%s' is no address and port",
		    text);
		return STATUS_BAD_INPUT;
	}
	/* All of them; a machine may have no IPv6. */
	is_any = *place.address == '\0';
	*listener = listen_at(&place, place.is_ipv6 || is_any);
	if (*listener < 0 && is_any && errno != EADDRINUSE)
		*listener = listen_at(&place, false);
	if (*listener >= 0)
		return STATUS_OK;
	if (errno == EADDRINUSE)
		fault_set(fault,
		    "[http] listen: port %d is taken by another program: stop "
		    "that, or choose another port",
		    place.port);
	else
		fault_set(fault, "[http] listen: cannot listen on %s: %s", text,
		    strerror(errno));
	return STATUS_IO;
}
