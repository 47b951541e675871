/* pairing.h - what an app needs to connect, as one text (docs/pairing.md).
 *
 * Layer:   core. Pure.
 */
#ifndef CORE_PAIRING_H
#define CORE_PAIRING_H

#include "base/buf.h"

#define PAIRING_MAX 1024 /* bytes; a QR code that a phone reads easily */

/* Borrowed texts; NULL = left out, but for user. */
struct pairing {
	const char *page;   /* the address of the page: the text leads there */
	const char *broker; /* mqtt:// or mqtts:// */
	const char *ws;     /* ws:// or wss:// */
	const char *user;   /* the topic level */
	const char *username; /* the login at the broker */
	const char *root;     /* of the topics */
	const char *ca;       /* sha256 of the CA certificate, in hexadecimal */
};

/* Append the text. */
void pairing_write(const struct pairing *pairing, struct buf *text);

#endif
