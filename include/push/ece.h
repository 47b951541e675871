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

/* Append a message.
 *
 * In:      to    of the device
 *          dice  new for each message: 32 bytes of our key pair, 16 of salt
 *          len   at most ECE_TEXT_MAX; the text is padded to 256, 512, 1024 or
 *                2048 bytes, so that its length tells little
 * Returns: STATUS_BAD_INPUT if the key is not on the curve, STATUS_TOO_LARGE,
 *          STATUS_NO_MEMORY. */
enum status ece_encrypt(const struct device_keys *to,
    const uint8_t dice[ECE_DICE_LEN], const char *text, size_t len,
    struct buf *body);

/* The same, padded to a length of the caller's.
 * In:      padded_len  at least len */
enum status ece_encrypt_padded(const struct device_keys *to,
    const uint8_t dice[ECE_DICE_LEN], const char *text, size_t len,
    size_t padded_len, struct buf *body);

/* Whether the key is on the curve. */
bool ece_is_key(const uint8_t point[DEVICE_POINT_LEN]);

#endif
