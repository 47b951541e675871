/* paho.h - what Paho 1.3.12 does with the system, done as we need it.
 *
 * Layer:   io.
 * Source:  MQTTAsync.c, MQTTProtocolClient.c, MQTTPacket.c, Clients.h,
 *          Socket.c, SSLSocket.c of Paho 1.3.12; tcp(7); SSL_pending(3ssl);
 *          MQTT 5.0 4.3.2 (QoS 1) and 4.6 (order).
 * Paho is linked statically with -Wl,--wrap, so that seven of the calls it makes
 * are ours. Nobody else in this program makes them:
 * - usleep: after a second without traffic its receiving thread sleeps for
 *   100 ms, in which nothing is read. While there is a connection it is short.
 * - MQTTPacket_send_puback: it acknowledges each message by itself. We hold
 *   acknowledgements back while more input waits, so that one commit serves
 *   several messages, and send them in their order after it.
 * - MQTTPacket_Factory: reads the next packet. When that is not one more
 *   message, nothing is worth waiting for. When it is the first of a connection,
 *   Nagle's algorithm is turned off, with which a second small message waits
 *   40 ms for the acknowledgement of the first.
 * - SSL_read: a record may hold several packets, which poll(2) does not see once
 *   they are decrypted. A WebSocket's frame is not looked into: what is left in
 *   one costs a commit of its own.
 * - X509_check_ip_asc: compares a certificate with the address in the URL; the
 *   brackets of an IPv6 address are no part of it.
 * - MQTTPacket_send_publish: a message to PAHO_PACKETS is none, but holds the
 *   packets of several, which go to the connection as they are. Its topic and
 *   payload are read where Paho 1.3.12 has them, so that nobody may publish to
 *   it with another: mqtt_takes_packets().
 * - MQTTPacket_send_disconnect: to leave waits behind all that waits to be sent,
 *   and a client that is destroyed before says that all is well, so that the
 *   broker keeps our will to itself. The reason is ours: paho_set_farewell().
 * packaging/hooks looks at build time whether Paho is one that this was tried
 * with, and makes those calls; else there is none of it. That a call comes to us
 * is believed when the first one did: until then a message is committed before
 * Paho has it back, and packets go one by one.
 * SSL_read, MQTTPacket_send_puback and MQTTPacket_Factory run on Paho's receiving
 * thread with its lock held. There is one such client in a process.
 */
#ifndef IO_PAHO_H
#define IO_PAHO_H

#include <stdbool.h>

#define PAHO_VERSION "1.3.11" /* as 1.3.12 calls itself too */
#define PAHO_PACKETS "$nudge/packets"

/* Whether the program was linked with those calls. */
bool paho_is_hooked(void);

/* Any thread. Whether acknowledgements are held back; if not, what was taken must
 * be committed before Paho's callback ends. */
bool paho_holds(void);
/* Any thread. Whether what is published passes through here: to PAHO_PACKETS
 * nobody may publish before. */
bool paho_publishes(void);

/* Any thread. Without a connection Paho's sleep may be as long as it likes. */
void paho_set_connected(bool is_connected);

/* Any thread. What the next client that is destroyed while connected says, in
 * place of 0: MQTT 5.0 3.14.2.1. Without the hooks it says 0. */
void paho_set_farewell(int reason);

/* Hold acknowledgements back from now on; commit makes durable what they stand
 * for. Before the client exists.
 * In:      takes_packets  they may be sent in one write */
void paho_set_commit(void (*commit)(void *context), void *context,
    bool takes_packets);

/* Paho's thread, in a message's callback. */
void paho_commit(void); /* now, whatever waits */
void paho_settle(void); /* and acknowledge, if no more input waits: for a
                         * message that needs no acknowledgement itself */

/* Paho's thread: the connection is gone, and with it what was held back. The
 * broker delivers those messages again. */
void paho_forget(void);

#endif
