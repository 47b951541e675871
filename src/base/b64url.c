#include "base/b64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
b64url_add(struct buf *buf, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	while (len > 0) {
		uint32_t group = (uint32_t)in[0] << 16;
		size_t taken = len < 3 ? len : 3;
		char out[4];

		if (taken > 1)
			group |= (uint32_t)in[1] << 8;
		if (taken > 2)
			group |= in[2];
		for (size_t i = 0; i < sizeof(out); i++)
			out[i] = alphabet[group >> (18 - 6 * i) & 63];
		buf_add(buf, out, taken + 1);
		in += taken;
		len -= taken;
	}
}

/* Six bits, or -1. */
static int
value_of(char c)
{
	const char *found;

	if (c == '+')
		c = '-';
	else if (c == '/')
		c = '_';
	found = c != '\0' ? strchr(alphabet, c) : NULL;
	return found != NULL ? (int)(found - alphabet) : -1;
}

bool
b64url_read(const char *text, void *bytes, size_t len)
{
	uint8_t *out = bytes;
	uint32_t group = 0;
	unsigned held = 0; /* bits of group that are not out yet */

	for (; value_of(*text) >= 0; text++) {
		group = group << 6 | (uint32_t)value_of(*text);
		held += 6;
		if (held < 8)
			continue;
		if (len-- == 0)
			return false;
		held -= 8;
		*out++ = (uint8_t)(group >> held);
	}
	/* What is left over is padding, and shorter than a character. */
	return len == 0 && held < 6 && (group & ((1U << held) - 1)) == 0 &&
	    strspn(text, "=") == strlen(text) && strlen(text) <= 2;
}

bool
b64url_read_strict(const char *text, void *bytes, size_t len)
{
	return strpbrk(text, "+/=") == NULL && b64url_read(text, bytes, len);
}
