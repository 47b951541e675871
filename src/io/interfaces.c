#include "io/interfaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_WITHIN_MS 1000

static bool
read_ipv4(const struct sockaddr *socket, struct interfaces_address *address)
{
	struct sockaddr_in ipv4;

	memcpy(&ipv4, socket, sizeof(ipv4));
	address->is_ipv6 = false;
	address->is_loopback = (ntohl(ipv4.sin_addr.s_addr) >> 24) == 127;
	return inet_ntop(AF_INET, &ipv4.sin_addr, address->text,
	           sizeof(address->text)) != NULL;
}

static bool
read_ipv6(const struct sockaddr *socket, struct interfaces_address *address)
{
	struct sockaddr_in6 ipv6;

	memcpy(&ipv6, socket, sizeof(ipv6));
	address->is_ipv6 = true;
	address->is_loopback = IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr);
	return !IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr) &&
	    inet_ntop(AF_INET6, &ipv6.sin6_addr, address->text,
	        sizeof(address->text)) != NULL;
}

static bool
read_any(const struct sockaddr *socket, struct interfaces_address *address)
{
	if (socket->sa_family == AF_INET)
		return read_ipv4(socket, address);
	return socket->sa_family == AF_INET6 && read_ipv6(socket, address);
}

static bool
read_near(const struct sockaddr *socket, struct interfaces_address *address)
{
	struct sockaddr_in6 ipv6;

	if (socket->sa_family != AF_INET6)
		return false;
	memcpy(&ipv6, socket, sizeof(ipv6));
	address->is_ipv6 = true;
	address->is_loopback = false;
	return IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr) &&
	    getnameinfo(socket, sizeof(ipv6), address->text,
	        sizeof(address->text), NULL, 0, NI_NUMERICHOST) == 0;
}

static size_t
list_by(bool (*read_one)(const struct sockaddr *, struct interfaces_address *),
    struct interfaces_address list[INTERFACES_MAX])
{
	struct ifaddrs *first = NULL;
	size_t count = 0;

	if (getifaddrs(&first) != 0)
		return 0;
	for (const struct ifaddrs *each = first;
	     each != NULL && count < INTERFACES_MAX; each = each->ifa_next) {
		if (each->ifa_addr != NULL && (each->ifa_flags & IFF_UP) != 0 &&
		    read_one(each->ifa_addr, &list[count]))
			count++;
	}
	freeifaddrs(first);
	return count;
}

size_t
interfaces_list(struct interfaces_address list[INTERFACES_MAX])
{
	return list_by(read_any, list);
}

size_t
interfaces_list_near(struct interfaces_address list[INTERFACES_MAX])
{
	return list_by(read_near, list);
}

static socklen_t
write_socket(const struct interfaces_address *address, int port,
    struct sockaddr_storage *socket)
{
	struct sockaddr_in ipv4 = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};
	struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
	};

	memset(socket, 0, sizeof(*socket));
	if (address->is_ipv6) {
		(void)inet_pton(AF_INET6, address->text, &ipv6.sin6_addr);
		memcpy(socket, &ipv6, sizeof(ipv6));
		return sizeof(ipv6);
	}
	(void)inet_pton(AF_INET, address->text, &ipv4.sin_addr);
	memcpy(socket, &ipv4, sizeof(ipv4));
	return sizeof(ipv4);
}

static bool
is_accepted(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);

	return poll(&poll_fd, 1, ACCEPT_WITHIN_MS) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
	    error == 0;
}

bool
interfaces_listens(const struct interfaces_address *address, int port)
{
	struct sockaddr_storage target;
	socklen_t len = write_socket(address, port, &target);
	int fd = socket(address->is_ipv6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is_there;

	if (fd < 0)
		return false;
	is_there = connect(fd, (const struct sockaddr *)&target, len) == 0 ||
	    (errno == EINPROGRESS && is_accepted(fd));
	(void)close(fd);
	return is_there;
}

bool
interfaces_is_loopback(const char *host, size_t len)
{
	return (len == 9 && strncasecmp(host, "localhost", len) == 0) ||
	    (len > 4 && strncmp(host, "127.", 4) == 0 &&
	        strspn(host, "0123456789.") >= len) ||
	    (len == 3 && strncmp(host, "::1", len) == 0);
}
