/* contact.h - where whoever runs the bridge is reached, as push services take it.
 *
 * Layer:   core. Pure.
 * Source:  RFC 8292 2.1: a mailto: or https: URI. Apple answers BadJwtToken to
 *          what leads to nobody, such as mailto:@ or https://localhost.
 */
#ifndef CORE_CONTACT_H
#define CORE_CONTACT_H

#include <stdbool.h>

/* Whether text is mailto: and an address, or https:// and a host, of a domain
 * that has a dot. */
bool contact_is_good(const char *text);

#endif
