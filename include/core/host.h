/* host.h - a host and its port, as URLs and allow_hosts write them.
 *
 * Layer:   core. Pure.
 * Source:  RFC 3986 3.2.2 and 3.2.3, of which only what is read in one way is
 *          taken: names in lower case, IPv4 addresses, IPv6 addresses in
 *          brackets; no login.
 * An entry of allow_hosts is a host, or "*." and what a host ends with, each with
 * a port or without. Without one it means port 443 alone, or 80 for http.
 */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_PORT_HTTPS 443
#define HOST_PORT_HTTP 80

/* Bytes of the host that text begins with; 0 if it begins with none. */
size_t host_len(const char *text);

/* Read ":port" at *text and go on behind it.
 * Out:     port  1 to 65535; untouched where no port is written
 * Returns: false if what follows the colon is no port. */
bool host_take_port(const char **text, uint16_t *port);

/* Whether host is the pattern: itself, or "*." and what it ends with.
 * In:      pattern  len bytes, without a port */
bool host_matches(const char *host, const char *pattern, size_t len);

/* Why what follows the scheme of a URL leads nowhere; NULL if it is a host, perhaps
 * a port, perhaps a path. Any name that a resolver may know is a host here.
 * In:      rest  behind "://"
 * Returns: static, to stand behind the name of a setting or an option */
const char *host_url_objection(const char *rest);

/* Whether one of the entries is this host and port.
 * In:      entries    between commas or spaces
 *          port_else  what an entry without a port means */
bool host_is_in(const char *host, uint16_t port, const char *entries,
    uint16_t port_else);

/* Why the first entry that no URL can ever match cannot; NULL if there is none.
 * The text is static and holds nothing of the entry, which may be a secret.
 * Out:     number  which one: 1, 2 and so on; untouched if NULL */
const char *host_objection(const char *entries, size_t *number);

#endif
