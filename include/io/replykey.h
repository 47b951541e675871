/* replykey.h - the keys that answers are signed with, one for each person.
 *
 * Layer:   io.
 * They lie in <state directory>/reply-keys, which only the owner of the state
 * directory may enter.
 */
#ifndef IO_REPLYKEY_H
#define IO_REPLYKEY_H

#include "base/fault.h"
#include "base/status.h"
#include "core/reply.h"

#include <stdbool.h>

#define REPLYKEY_PATH_MAX 512 /* bytes with the NUL */

/* The file of a person's key. */
void replykey_path(const char *directory, const char *user,
    char path[REPLYKEY_PATH_MAX]);

/* Read a key.
 * Out:     key  as text; untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT or STATUS_IO with the fault set. */
enum status replykey_read(const char *path, char key[REPLY_KEY_TEXT_LEN + 1],
    struct fault *fault);

/* Read a person's key; make it if there is none.
 * In:      directory  of the state, which exists
 *          is_new     make another one in place of what is there
 * Out:     key        as text; untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT or STATUS_IO with the fault set. */
enum status replykey_keep(const char *directory, const char *user, bool is_new,
    char key[REPLY_KEY_TEXT_LEN + 1], struct fault *fault);

#endif
