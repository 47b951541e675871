/* descriptors.h - how many files and sockets may be open at a time.
 *
 * Layer:   io. Any thread.
 * Source:  getrlimit(2).
 * The soft limit is 1024 mostly, for programs that use select(2). We do not, nor
 * does a library of ours: Paho since 1.3.9, libcurl and libmicrohttpd as we use
 * them have poll(2).
 */
#ifndef IO_DESCRIPTORS_H
#define IO_DESCRIPTORS_H

#include <stdint.h>

#define DESCRIPTORS_WANTED 8192 /* a full roster's connections, and the rest */

/* Raise our own limit to that, or as far as it may be.
 * Returns: descriptors_limit(). */
int32_t descriptors_raise(void);

/* How many there may be; more than are wanted do not count. */
int32_t descriptors_limit(void);

#endif
