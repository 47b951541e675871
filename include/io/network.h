/* network.h - what an address leads to, and what a proxy is in front of.
 *
 * Layer:   io. Any thread.
 * Source:  RFC 6890 and the IANA registries of special-purpose addresses.
 */
#ifndef IO_NETWORK_H
#define IO_NETWORK_H

#include <stdbool.h>

struct sockaddr;

/* Whether an address is of this machine, this network, or of none. */
bool network_is_private(const struct sockaddr *address);

/* Whether a URL is asked for through a proxy, by the variables that libcurl reads:
 * https_proxy, http_proxy, all_proxy, no_proxy. */
bool network_has_proxy(const char *url);

#endif
