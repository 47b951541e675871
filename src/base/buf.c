#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 128 /* bytes; most texts here are lines and small objects */

void
buf_init(struct buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void
buf_finish(struct buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->status = STATUS_OK;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Room for len more bytes and the NUL, or a failure that sticks. */
static char *
reserve(struct buf *buf, size_t len)
{
	size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
	char *data;

	if (buf->status != STATUS_OK)
		return NULL;
	if (len > buf->max || buf->len > buf->max - len) {
		buf->status = STATUS_TOO_LARGE;
		return NULL;
	}
	while (cap < buf->len + len + 1)
		cap *= 2;
	if (cap != buf->cap) {
		data = realloc(buf->data, cap);
		if (data == NULL) {
			buf->status = STATUS_NO_MEMORY;
			return NULL;
		}
		buf->data = data;
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

void
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	char *end = reserve(buf, len);

	if (end == NULL)
		return;
	if (len > 0)
		memcpy(end, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_addf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *end;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || (end = reserve(buf, (size_t)len)) == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(end, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

/* Bytes of the character that text begins with, if a JSON string may not hold it
 * as it is, or a terminal should not get it so; else 0. */
static size_t
escape_len(const char *text)
{
	unsigned char first = (unsigned char)text[0];
	unsigned char second = first != 0 ? (unsigned char)text[1] : 0;

	if (first < 0x20 || first == 0x7f || first == '"' || first == '\\')
		return 1;
	return first == 0xc2 && second >= 0x80 && second <= 0x9f ? 2 : 0;
}

static void
add_escape(struct buf *buf, const char *text, size_t len)
{
	if (*text == '"' || *text == '\\')
		buf_addf(buf, "\\%c", *text);
	else if (*text == '\n' || *text == '\t')
		buf_add(buf, *text == '\n' ? "\\n" : "\\t", 2);
	else
		buf_addf(buf, "\\u%04x", (unsigned char)text[len - 1]);
}

void
buf_add_json(struct buf *buf, const char *text)
{
	const char *plain = text;

	if (text == NULL) {
		buf_add(buf, "null", 4);
		return;
	}
	buf_add(buf, "\"", 1);
	while (*text != '\0') {
		size_t len = escape_len(text);

		if (len == 0) {
			text++;
			continue;
		}
		buf_add(buf, plain, (size_t)(text - plain));
		add_escape(buf, text, len);
		text += len;
		plain = text;
	}
	buf_add(buf, plain, (size_t)(text - plain));
	buf_add(buf, "\"", 1);
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

enum status
buf_status(const struct buf *buf)
{
	return buf->status;
}
