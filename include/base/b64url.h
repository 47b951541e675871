/* b64url.h - base64 with the URL alphabet, without padding.
 *
 * Layer:   base.
 * Source:  RFC 4648 5.
 */
#ifndef BASE_B64URL_H
#define BASE_B64URL_H

#include "base/buf.h"

#include <stddef.h>

/* Append the text form of len bytes. */
void b64url_add(struct buf *buf, const void *bytes, size_t len);

#endif
