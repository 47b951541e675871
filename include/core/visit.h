/* visit.h - what an HTTP client asks for, read out of its request.
 *
 * Layer:   core. Pure.
 * Source:  RFC 9110 8.8.3 and 13.1.2 (If-None-Match), 12.5.3 (Accept-Encoding),
 *          7.2 (Host); RFC 6762 3, RFC 8375, RFC 6761 6.3 (names that belong to
 *          nobody outside); CSP level 3.
 * The folder of the page is flat, so that no path leads out of it: a name is
 * never more than the last part of one.
 */
#ifndef CORE_VISIT_H
#define CORE_VISIT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define VISIT_NAME_MAX 65    /* bytes of a file's name with the NUL */
#define VISIT_ADDRESS_MAX 46 /* bytes of an IP address with the NUL */

enum visit_goal {
	VISIT_NOTHING, /* there is no such thing */
	VISIT_FILE,    /* of the page */
	VISIT_METRICS,
	VISIT_HEALTH,
	VISIT_PLUGIN, /* its archive */
	VISIT_CA,     /* who vouches for the broker */
};

struct visit {
	enum visit_goal goal;
	const char *type;          /* static: its media type */
	char name[VISIT_NAME_MAX]; /* VISIT_FILE: of the file; no slash */
};

/* In:      path  as it came, without a query; any bytes. What is escaped in it
 *                is not found: no name of ours is. */
void visit_read(const char *path, struct visit *visit);

/* Whether a client takes gzip.
 * In:      accepts  its Accept-Encoding; NULL = it said nothing */
bool visit_takes_gzip(const char *accepts);

/* Whether a client has it already.
 * In:      known  its If-None-Match; NULL = it said nothing
 *          etag   ours, with its quotes */
bool visit_has(const char *known, const char *etag);

/* Whether a client came by an address, or by a name that only means something in
 * this house. A page of a stranger can be given a name that leads here, and would
 * then be let read what it asks for; that name is the stranger's.
 * In:      host  its Host, with a port or without; NULL = it said nothing */
bool visit_is_near(const char *host);

/* Where to listen: ADDRESS:PORT, [ADDRESS]:PORT or *:PORT.
 * Out:     address  "" = all; untouched unless true
 * Returns: whether text is that. */
struct visit_place {
	char address[VISIT_ADDRESS_MAX];
	bool is_ipv6;
	uint16_t port;
};
bool visit_read_place(const char *text, struct visit_place *place);

/* The policy that browsers hold the page to.
 * In:      broker  the only one that it may connect to, ws:// or wss://; "" = any
 */
void visit_add_policy(const char *broker, struct buf *policy);

#endif
