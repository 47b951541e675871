#include "io/network.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
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

/* The first of the variables that says anything; "" if none does. */
static const char *
first_of(const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *value = getenv(*names);

		if (value != NULL && *value != '\0')
			return value;
	}
	return "";
}

/* One entry of no_proxy: the host itself, or what it ends with. */
static bool
is_entry_of(const char *entry, size_t len, const char *host, size_t host_len)
{
	if (len == 1 && *entry == '*')
		return true;
	if (len > 0 && *entry == '.') {
		entry++;
		len--;
	}
	if (len == 0 || len > host_len ||
	    strncasecmp(entry, host + host_len - len, len) != 0)
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

static bool
is_excepted(const char *host, size_t host_len)
{
	static const char *const names[] = { "no_proxy", "NO_PROXY", NULL };
	const char *list = first_of(names);

	while (*list != '\0') {
		size_t len;

		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (is_entry_of(list, len, host, host_len))
			return true;
		list += len;
	}
	return false;
}

bool
network_has_proxy(const char *url)
{
	static const char *const for_https[] = { "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY", NULL };
	static const char *const for_http[] = { "http_proxy", "all_proxy",
		"ALL_PROXY", NULL };
	bool is_https = strncmp(url, "https:", 6) == 0;
	const char *host = strstr(url, "://");

	if (host == NULL || *first_of(is_https ? for_https : for_http) == '\0')
		return false;
	host += 3;
	return !is_excepted(host, strcspn(host, ":/"));
}
