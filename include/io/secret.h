/* secret.h - keys and passwords on disk.
 *
 * Layer:   io.
 */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>

#define SECRET_MAX 16384 /* bytes; an RSA key with its JSON is about 2300 */

struct secret {
	char *text; /* owned, NUL-terminated; NULL = none */
	size_t len;
};

/* Read a file that nobody but its owner (or group) may read.
 * Out:     secret  untouched unless STATUS_OK; secret_finish() it
 * Returns: STATUS_BAD_INPUT or STATUS_IO with the fault set: what is wrong and
 *          what to do.
 */
enum status secret_read(const char *path, struct secret *secret,
    struct fault *fault);
/* Drop what follows the first line: a file ends with a line break that is not
 * part of a password. */
void secret_cut_line(struct secret *secret);
void secret_finish(struct secret *secret); /* wipes; a zeroed one is fine */

#endif
