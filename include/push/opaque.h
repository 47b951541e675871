/* opaque.h - identities that tell a push service nothing.
 *
 * Layer:   push. Pure.
 * Source:  RFC 2104 (HMAC), RFC 9562 5.8 (UUID version 8).
 * A repeat of the same push gets the same identity, so that it replaces and
 * does not stack; without the key nobody can tell what it stands for.
 */
#ifndef PUSH_OPAQUE_H
#define PUSH_OPAQUE_H

#include "base/status.h"
#include "push/provider.h"

#include <stddef.h>
#include <stdint.h>

#define OPAQUE_KEY_LEN 32
#define OPAQUE_UUID_LEN 36 /* 8-4-4-4-12, without the NUL */
#define OPAQUE_ID_LEN 22   /* 128 bits in base64url, without the NUL */

/* One event on one device: the same for each attempt. */
enum status opaque_push_id(const struct job *job,
    char uuid[OPAQUE_UUID_LEN + 1]);

/* One person, session and class of event: the newer replaces the older. What
 * belongs to no session stands alone. */
enum status opaque_collapse_id(const struct job *job,
    char id[OPAQUE_ID_LEN + 1]);

/* One person and session: what a phone groups. */
enum status opaque_thread_id(const struct job *job, char id[OPAQUE_ID_LEN + 1]);

#endif
