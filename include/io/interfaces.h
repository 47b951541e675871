/* interfaces.h - the addresses of this machine, and who listens on them.
 *
 * Layer:   io.
 */
#ifndef IO_INTERFACES_H
#define IO_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

#define INTERFACES_MAX 64         /* further addresses are passed over */
#define INTERFACES_ADDRESS_LEN 64 /* bytes of the longest, with the NUL */

struct interfaces_address {
	char text[INTERFACES_ADDRESS_LEN]; /* as in RFC 5952, no brackets;
	                                    * of a link with its zone, as in
	                                    * RFC 4007: "fe80::1%eth0" */
	bool is_loopback;
	bool is_ipv6;
};

/* The addresses of the interfaces that are up, but for link-local ones.
 * Returns: how many there are in list, at most INTERFACES_MAX. */
size_t interfaces_list(struct interfaces_address list[INTERFACES_MAX]);

/* The link-local ones of IPv6 alone. */
size_t interfaces_list_near(struct interfaces_address list[INTERFACES_MAX]);

/* Whether somebody accepts a TCP connection there within a second; not at a
 * link-local address. */
bool interfaces_listens(const struct interfaces_address *address, int port);

/* Whether a host name or address means this machine alone: localhost, 127.…, ::1
 * In:      host  len bytes, an IPv6 address without brackets */
bool interfaces_is_loopback(const char *host, size_t len);

#endif
