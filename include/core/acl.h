/* acl.h - the acl_file of a mosquitto, with lines of ours among others.
 *
 * Layer:   core. Pure: text in, text out.
 * Source:  mosquitto.conf(5), acl_file, versions 2.0 and 2.1.
 * Ours stand between "# nudge: NAME" and "# nudge: end NAME"; all else stays as
 * it is, byte for byte. A 'topic' line belongs to the 'user' line above it,
 * whoever wrote that.
 */
#ifndef CORE_ACL_H
#define CORE_ACL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>

#define ACL_MAX 1048576 /* bytes of a file */

/* Whether there are lines of ours for a login. */
bool acl_has(const char *text, const char *login);

/* Whether lines of somebody else give something to that login, too.
 * Returns: the number of the line, 0 = none. */
int acl_foreign(const char *text, const char *login);

/* The logins that we wrote lines for, one after the other.
 * In:      at  begins as the text
 * Returns: false at the end */
bool acl_next(const char **at, char login[TEXT_ID_MAX + 1]);

/* Append the file with these lines for a login, in place of those that are
 * there.
 * In:      lines  whole ones, "user LOGIN" first
 * Returns: STATUS_BAD_INPUT with the fault set: a block of ours has no end. */
enum status acl_put(const char *text, const char *login, const char *lines,
    struct buf *out, struct fault *fault);

/* Append the file without our lines for a login.
 * Returns: STATUS_BAD_INPUT with the fault set: a block of ours has no end, or
 *          what follows it would go to somebody else. */
enum status acl_drop(const char *text, const char *login, struct buf *out,
    struct fault *fault);

#endif
