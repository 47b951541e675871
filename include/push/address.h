/* address.h - where an app asks to be pushed to: a URL from outside.
 *
 * Layer:   push. Pure.
 * Source:  RFC 3986, of which only what a push service needs is taken: a scheme,
 *          a host, perhaps a port, a path, perhaps a query. No login, no
 *          fragment, nothing that two readers could read in two ways.
 */
#ifndef PUSH_ADDRESS_H
#define PUSH_ADDRESS_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_HOST_MAX 254 /* bytes with the NUL */

/* Which addresses are taken. */
struct address_rules {
	/* Host patterns, NULL-terminated: https and port 443 alone. */
	const char *const *known;
	const char *allowed; /* entries as core/host.h has them */
	bool allows_http;    /* for the allowed ones */
};

struct address {
	const char *path;  /* within the URL, from its slash on */
	size_t origin_len; /* of the URL's start: scheme, host and port */
	uint16_t port;
	bool is_http;
	bool is_allowed; /* by the person who runs the bridge, by name */
	char host[ADDRESS_HOST_MAX];
};

/* Take a URL apart and hold it to the rules.
 * In:      name  of the member that holds it, for the fault
 * Returns: STATUS_BAD_INPUT with the fault set. */
enum status address_read(const char *name, const char *url,
    const struct address_rules *rules, struct address *address,
    struct fault *fault);

/* The origin of a URL that was read, as RFC 6454 4 and 6.1 have it: without a port
 * that its scheme has anyway.
 * In:  size  of origin; what is longer is cut */
void address_write_origin(const struct address *address, const char *url,
    char *origin, size_t size);

#endif
