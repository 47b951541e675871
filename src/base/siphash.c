#include "base/siphash.h"

struct sip {
	uint64_t v[4];
};

static uint64_t
rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static uint64_t
read_word(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void
round_once(struct sip *sip)
{
	uint64_t *v = sip->v;

	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
take(struct sip *sip, uint64_t word)
{
	sip->v[3] ^= word;
	round_once(sip);
	round_once(sip);
	sip->v[0] ^= word;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t first = read_word(key, 8);
	uint64_t second = read_word(key + 8, 8);
	struct sip sip = { {
	    first ^ 0x736f6d6570736575U,
	    second ^ 0x646f72616e646f6dU,
	    first ^ 0x6c7967656e657261U,
	    second ^ 0x7465646279746573U,
	} };
	size_t rest = len;

	for (; rest >= 8; rest -= 8, at += 8)
		take(&sip, read_word(at, 8));
	take(&sip, read_word(at, rest) | (uint64_t)len << 56);
	sip.v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(&sip);
	return sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3];
}
