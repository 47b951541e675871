/* buf.h - bytes that grow up to a limit.
 *
 * Layer:   base.
 * The first failure sticks and later appends do nothing, so an encoder
 * appends freely and asks buf_status() once at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attr.h"
#include "base/status.h"

#include <stddef.h>

struct buf {
	char *data; /* owned; NUL-terminated; NULL while empty */
	size_t len; /* bytes before the NUL */
	size_t cap; /* bytes allocated */
	size_t max; /* len never exceeds it */
	enum status status;
};

void buf_init(struct buf *buf, size_t max);
void buf_finish(struct buf *buf); /* frees; a zeroed or finished buf is fine */
void buf_clear(struct buf *buf);  /* empty and usable again, memory kept */
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* text as a JSON string with its quotes; NULL becomes null (RFC 8259 7). Control
 * characters, up to U+009F, are escaped. */
void buf_add_json(struct buf *buf, const char *text);
const char *buf_text(const struct buf *buf); /* borrowed; "" while empty */
MUST_CHECK enum status buf_status(const struct buf *buf);

#endif
