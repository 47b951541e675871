/* ece.h - a message that only the device can read.
 *
 * Layer:   push. Pure: the randomness comes in.
 * Source:  RFC 8291 (keys), RFC 8188 (aes128gcm, one record).
 */
#ifndef PUSH_ECE_H
#define PUSH_ECE_H

#include "base/buf.h"
#include "base/status.h"
#include "core/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECE_OVERHEAD 103  /* bytes beside the text and its padding */
#define ECE_TEXT_MAX 2048 /* bytes; so that it fits every service */
#define ECE_DICE_LEN 48   /* bytes of randomness for one message */

/* What is to be said; at most ECE_TEXT_MAX bytes with its padding. */
struct ece_text {
	const char *bytes;
	size_t len;
	size_t
	    padded_len; /* at least len; 0 = 256, 512, 1024 or 2048, whichever
	                    * fits, so that the length tells little */
};

/* Append a message.
 *
 * In:      to    of the device
 *          dice  new for each message: 32 bytes of our key pair, 16 of salt
 * Returns: STATUS_BAD_INPUT if the key is not on the curve, STATUS_TOO_LARGE,
 *          STATUS_NO_MEMORY. */
enum status ece_encrypt(const struct device_keys *to,
    const uint8_t dice[ECE_DICE_LEN], const struct ece_text *text,
    struct buf *body);

/* Whether the key is on the curve. */
bool ece_is_key(const uint8_t point[DEVICE_POINT_LEN]);

#endif
