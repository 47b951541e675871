/* paho.h - what Paho 1.3.12 does with the system, done as we need it.
 *
 * Layer:   io.
 * Source:  MQTTAsync.c, Socket.c of Paho 1.3.12; tcp(7).
 * Paho is linked statically with -Wl,--wrap, so that two of its calls are ours:
 * - usleep: after a second without traffic its receiving thread sleeps for
 *   100 ms, in which nothing is read. While there is a connection it is short.
 * - socket: it leaves Nagle's algorithm on, and a second small message waits 40
 *   ms for the acknowledgement of the first.
 */
#ifndef IO_PAHO_H
#define IO_PAHO_H

#include <stdbool.h>

/* Any thread. Without a connection its sleep may be as long as it likes. */
void paho_set_connected(bool is_connected);

#endif
