/* cork.h - sockets whose small writes leave together.
 *
 * Layer:   io. Main thread.
 * libcurl writes each frame of HTTP/2 by itself, and each would be a packet of its own:
 * between cork_put() and cork_pull() the kernel gathers them.
 * Source:  tcp(7), TCP_CORK.
 */
#ifndef IO_CORK_H
#define IO_CORK_H

#include <stdbool.h>

#define CORK_SOCKETS 8 /* more are left alone: each costs two calls */

struct cork {
	int sockets[CORK_SOCKETS];
	int count;
	bool is_in;
};

/* One that was just opened. */
void cork_add(struct cork *cork, int fd);
/* It is about to be closed. One that is not here is fine. */
void cork_remove(struct cork *cork, int fd);

/* In:      writes  so many are to come: fewer than sockets are not worth it */
void cork_put(struct cork *cork, int writes);
void cork_pull(struct cork *cork);

#endif
