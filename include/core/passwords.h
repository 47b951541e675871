/* passwords.h - the password_file of a mosquitto.
 *
 * Layer:   core. Pure: text in, text out.
 * Source:  mosquitto_passwd(1), versions 2.0 and 2.1: lines NAME:HASH; what
 *          begins with '#' or has no ':' says nothing.
 * All but the lines of one login stays as it is, byte for byte.
 */
#ifndef CORE_PASSWORDS_H
#define CORE_PASSWORDS_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PASSWORDS_MAX 1048576 /* bytes of a file */

bool passwords_has(const char *text, const char *login);

/* The logins of a file, one after the other.
 * In:      at     begins as the text
 * Out:     login  borrowed from the text, not NUL-terminated
 * Returns: false at the end */
bool passwords_next(const char **at, const char **login, size_t *len);

/* Append the file with this line for a login, in place of those that are there.
 * In:      line  NAME:HASH, with or without a line end; NULL = none */
enum status passwords_put(const char *text, const char *login, const char *line,
    struct buf *out);

#endif
