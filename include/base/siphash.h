/* siphash.h - a number for a text, which nobody without the key can aim at.
 *
 * Layer:   base.
 * Source:  J.-P. Aumasson, D. J. Bernstein: SipHash, a fast short-input PRF
 *          (2012); this is SipHash-2-4.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_LEN 16

uint64_t siphash(const uint8_t key[SIPHASH_KEY_LEN], const void *bytes,
    size_t len);

#endif
