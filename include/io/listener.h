/* listener.h - a socket that others connect to.
 *
 * Layer:   io.
 * Source:  ip(7) IP_FREEBIND, ipv6(7) IPV6_V6ONLY.
 */
#ifndef IO_LISTENER_H
#define IO_LISTENER_H

#include "base/fault.h"
#include "base/status.h"

/* In:      text      as core/visit.h's visit_read_place() takes it; an address
 *                    that this machine does not have yet is fine
 * Out:     listener  close() it; undefined unless STATUS_OK
 * Returns: STATUS_BAD_INPUT, STATUS_IO with the fault set: [http] listen is at
 *          fault. */
enum status listener_open(const char *text, int *listener, struct fault *fault);

#endif
