#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
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
grow(struct buf *buf, size_t len)
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

/* The same. Mostly the room is there, and nothing failed. */
static inline char *
reserve(struct buf *buf, size_t len)
{
	size_t most = buf->cap <= buf->max ? buf->cap - 1 : buf->max;

	if (buf->cap > 0 && buf->status == STATUS_OK && buf->len <= most &&
	    len <= most - buf->len)
		return buf->data + buf->len;
	return grow(buf, len);
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

/* Without vsnprintf, which costs more than most of what is written with it. */
static void
add_uint(struct buf *buf, uint64_t value, bool is_negative)
{
	char digits[24];
	char *first = digits + sizeof(digits);

	do {
		*--first = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (is_negative)
		*--first = '-';
	buf_add(buf, first, (size_t)(digits + sizeof(digits) - first));
}

static void
add_int(struct buf *buf, int64_t value)
{
	uint64_t size = value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;

	add_uint(buf, size, value < 0);
}

/* The directives that write_simply() knows. */
static bool
is_simple(const char *format)
{
	for (; (format = strchr(format, '%')) != NULL; format++) {
		format++;
		if (strncmp(format, PRId64, strlen(PRId64)) == 0)
			format += strlen(PRId64) - 1;
		else if (*format == '\0' || strchr("sdc%", *format) == NULL)
			return false;
	}
	return true;
}

static void
write_simply(struct buf *buf, const char *format, va_list args)
{
	const char *text;
	char one;

	for (; *format != '\0'; format++) {
		size_t plain = strcspn(format, "%");

		buf_add(buf, format, plain);
		format += plain;
		if (*format == '\0')
			return;
		format++;
		if (*format == 's') {
			text = va_arg(args, const char *);
			text = text != NULL ? text : "(null)";
			buf_add(buf, text, strlen(text));
		} else if (*format == 'd') {
			add_int(buf, va_arg(args, int));
		} else if (*format == 'c') {
			one = (char)va_arg(args, int);
			buf_add(buf, &one, 1);
		} else if (*format == '%') {
			buf_add(buf, "%", 1);
		} else {
			add_int(buf, va_arg(args, int64_t));
			format += strlen(PRId64) - 1;
		}
	}
}

static void write_any(struct buf *buf, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

static void
write_any(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	char *end;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len >= 0 && (end = reserve(buf, (size_t)len)) != NULL) {
		(void)vsnprintf(end, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void
buf_addf(struct buf *buf, const char *format, ...)
{
	size_t len = buf->len;
	va_list args;

	va_start(args, format);
	if (is_simple(format))
		write_simply(buf, format, args);
	else
		write_any(buf, format, args);
	va_end(args);
	/* All of it or nothing. */
	if (buf->status != STATUS_OK && buf->len != len) {
		buf->len = len;
		buf->data[len] = '\0';
	}
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
