#include "base/text.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the control character that text begins with, 0 if it is none. Those
 * from U+0080 to U+009F are two bytes; the second of them alone is what an old
 * terminal obeys. */
static size_t
control_len(const char *text)
{
	uint8_t first = (uint8_t)text[0];
	uint8_t second = first != 0 ? (uint8_t)text[1] : 0;

	if (first < 0x20 || first == 0x7f)
		return 1;
	return first == 0xc2 && second >= 0x80 && second <= 0x9f ? 2 : 0;
}

static bool
is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Bytes of the sequence that this byte begins, 0 if it begins none. */
static size_t
sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The second byte rules out overlong forms, surrogates and > U+10FFFF. */
static bool
second_is_allowed(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

size_t
text_read(const char *bytes, size_t len, uint32_t *code)
{
	static const uint8_t payload[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t need = len > 0 ? sequence_len((uint8_t)*bytes) : 0;
	uint32_t value;

	if (need == 0 || need > len)
		return 0;
	if (need > 1 &&
	    !second_is_allowed((uint8_t)bytes[0], (uint8_t)bytes[1]))
		return 0;
	value = (uint8_t)bytes[0] & payload[need];
	for (size_t i = 1; i < need; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		value = value << 6 | ((uint8_t)bytes[i] & 0x3f);
	}
	*code = value;
	return need;
}

/* Most of what comes is ASCII, without a NUL. */
static size_t
ascii_len(const char *bytes, size_t len)
{
	size_t plain = 0;

	while (plain < len && (signed char)bytes[plain] > 0)
		plain++;
	return plain;
}

bool
text_is_utf8(const char *bytes, size_t len)
{
	while (len > 0) {
		uint32_t code = 'x';
		size_t used = ascii_len(bytes, len);

		if (used == 0)
			used = text_read(bytes, len, &code);

		if (used == 0 || code == 0)
			return false;
		bytes += used;
		len -= used;
	}
	return true;
}

static bool
is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

void
text_strip(const char **bytes, size_t *len)
{
	if (*len >= 3 && memcmp(*bytes, "\xef\xbb\xbf", 3) == 0) {
		*bytes += 3;
		*len -= 3;
	}
	while (*len > 0 && is_space(**bytes)) {
		(*bytes)++;
		(*len)--;
	}
	while (*len > 0 && is_space((*bytes)[*len - 1]))
		(*len)--;
}

static bool
is_of_id(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

bool
text_is_id(const char *text)
{
	size_t len = 0;

	while (len <= TEXT_ID_MAX && is_of_id(text[len]))
		len++;
	return len >= 1 && len <= TEXT_ID_MAX && text[len] == '\0';
}

bool
text_is_line(const char *text)
{
	for (; *text != '\0'; text++) {
		if (control_len(text) > 0)
			return false;
	}
	return true;
}

size_t
text_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	while (max > 0 && is_continuation(text[max]))
		max--;
	return max;
}

void
text_trim(char *text)
{
	size_t len = strlen(text);
	size_t start = len;

	while (start > 0 && is_continuation(text[start - 1]))
		start--;
	if (start > 0 &&
	    len - start + 1 < sequence_len((uint8_t)text[start - 1]))
		text[start - 1] = '\0';
}

void
text_fold(char *text)
{
	char *to = text;

	while (*text != '\0') {
		size_t len = control_len(text);

		*to = *text;
		if (len > 0)
			*to = ' ';
		to++;
		text += len > 0 ? len : 1;
	}
	*to = '\0';
}
