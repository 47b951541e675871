/* pairing.h - what an app needs to connect, as one text (docs/pairing.md).
 *
 * Layer:   core. Pure.
 * The text is a secret: it holds the reply key, and perhaps a password.
 */
#ifndef CORE_PAIRING_H
#define CORE_PAIRING_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdbool.h>

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
	const char *key;      /* the reply key, as core/reply.h reads it */
	const char *password; /* of the login */
};

/* Whether an app would take these addresses; the fault says which it would not,
 * by the option that brings it. */
bool pairing_is_good(const struct pairing *pairing, struct fault *fault);

/* Append the text. */
void pairing_write(const struct pairing *pairing, struct buf *text);

#endif
