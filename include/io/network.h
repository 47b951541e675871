/* network.h - what an address leads to.
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

#endif
