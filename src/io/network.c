#include "io/network.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static bool
is_private_ipv4(const uint8_t a[4])
{
	return a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 ||
	    (a[0] == 100 && (a[1] & 0xc0) == 64) ||
	    (a[0] == 169 && a[1] == 254) ||
	    (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	    (a[0] == 192 && a[1] == 168) ||
	    (a[0] == 192 && a[1] == 0 && a[2] == 0) ||
	    (a[0] == 198 && (a[1] & 0xfe) == 18);
}

/* Global unicast alone is public, and of it not what wraps an IPv4 address. */
static bool
is_private_ipv6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t translated[12] = { 0, 0x64, 0xff, 0x9b };

	if (memcmp(a, mapped, sizeof(mapped)) == 0 ||
	    memcmp(a, translated, sizeof(translated)) == 0)
		return is_private_ipv4(a + 12);
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return is_private_ipv4(a + 2);
	return (a[0] & 0xe0) != 0x20;
}

bool
network_is_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return is_private_ipv4((const uint8_t *)&in.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		return is_private_ipv6(in6.sin6_addr.s6_addr);
	}
	return true;
}
