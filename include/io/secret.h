/* secret.h - keys and passwords on disk.
 *
 * Layer:   io.
 */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX 16384 /* bytes; an RSA key with its JSON is about 2300 */

struct secret {
	char *text; /* owned, NUL-terminated; NULL = none */
	size_t len;
};

/* Only root enters it. To the service its files are handed over by the service
 * manager: LoadCredential=secrets:/etc/nudge/secrets, systemd.exec(5). */
#define SECRET_FOLDER "/etc/nudge/secrets"

/* Read a file that nobody but its owner (or group) may read. One of SECRET_FOLDER
 * that cannot be opened is read from what was handed over.
 * Out:     secret  untouched unless STATUS_OK; secret_finish() it
 * Returns: STATUS_BAD_INPUT or STATUS_IO with the fault set: what is wrong and
 *          what to do.
 */
enum status secret_read(const char *path, struct secret *secret,
    struct fault *fault);
/* A fresh password of 24 characters, base64url.
 * Out:     secret  untouched unless STATUS_OK; secret_finish() it
 * Returns: STATUS_NO_MEMORY. */
enum status secret_make(struct secret *secret);
/* Whether there is a file of that name, good or bad. */
bool secret_exists(const char *path);
/* Make a file that only its owner may read, whole or not at all; one that is
 * there stays as it is. What root makes belongs to the owner of its folder.
 * Returns: STATUS_IO with the fault set. */
enum status secret_write(const char *path, const char *text, size_t len,
    struct fault *fault);
/* The same, in place of what is there. */
enum status secret_replace(const char *path, const char *text, size_t len,
    struct fault *fault);
/* From now on this process leaves no core file, and nobody else reads its memory.
 */
void secret_forbid_dumps(void);
/* Drop what follows the first line: a file ends with a line break that is not
 * part of a password. */
void secret_cut_line(struct secret *secret);
void secret_finish(struct secret *secret); /* wipes; a zeroed one is fine */

#endif
