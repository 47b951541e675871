/* b64url.h - base64 with the URL alphabet, without padding.
 *
 * Layer:   base.
 * Source:  RFC 4648 5.
 */
#ifndef BASE_B64URL_H
#define BASE_B64URL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Append the text form of len bytes. */
void b64url_add(struct buf *buf, const void *bytes, size_t len);

/* Read exactly len bytes from a whole text. Browsers and apps differ: padding
 * and the alphabet of RFC 4648 4 are taken too.
 * Out:     bytes  undefined unless true
 * Returns: false if text is not the text form of so many bytes */
bool b64url_read(const char *text, void *bytes, size_t len);
/* The same of our own writing alone: neither padding nor another alphabet. */
bool b64url_read_strict(const char *text, void *bytes, size_t len);

#endif
