/* certificate.h - whom an app is to trust.
 *
 * Layer:   io.
 */
#ifndef IO_CERTIFICATE_H
#define IO_CERTIFICATE_H

#include "base/fault.h"
#include "base/status.h"

#define CERTIFICATE_PRINT_LEN 64 /* hexadecimal digits */

/* The sha256 of the first certificate in a PEM file.
 * Out:     print  untouched unless STATUS_OK
 * Returns: STATUS_IO or STATUS_BAD_INPUT with the fault set.
 */
enum status certificate_fingerprint(const char *path,
    char print[CERTIFICATE_PRINT_LEN + 1], struct fault *fault);

/* Whether the first certificate in a PEM file is of a key.
 * In:      key  PEM, without a passphrase
 * Returns: STATUS_IO or STATUS_BAD_INPUT with the fault set, which says nothing of
 *          the key.
 */
enum status certificate_match(const char *path, const char *key,
    struct fault *fault);

#endif
