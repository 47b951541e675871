#include "base/b64url.h"

#include <stdint.h>

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
