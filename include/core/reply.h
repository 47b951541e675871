/* reply.h - an answer to a permission or a question, and its signature.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/reply.schema.json; RFC 2104 (HMAC), FIPS 180-4 (SHA-256).
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_KEY_LEN 32      /* bytes */
#define REPLY_KEY_TEXT_LEN 43 /* of the same in base64url, without the NUL */
#define REPLY_MAX 32768       /* bytes of a signed answer */

/* Borrowed texts. */
struct reply {
	const char *request; /* its id */
	const char *nonce;   /* that came with it */
	const char *word;    /* once, always or reject; NULL = answers */
	const char *message; /* beside a word; NULL = none */
	const char *answers; /* JSON: for each question a list of labels */
};

/* Read a key as the pairing text and the key files have it.
 * Out:     key  undefined unless true */
bool reply_read_key(const char *text, uint8_t key[REPLY_KEY_LEN]);

/* Append what is signed. */
void reply_write(const struct reply *reply, struct buf *text);

/* Append the signature of a text, in base64url. */
void reply_sign(const uint8_t key[REPLY_KEY_LEN], const char *text, size_t len,
    struct buf *mac);

/* Append the message for the broker: what is signed, and its signature. */
void reply_seal(const uint8_t key[REPLY_KEY_LEN], const struct reply *reply,
    struct buf *json);

#endif
