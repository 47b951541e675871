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

#endif
