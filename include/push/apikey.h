/* apikey.h - a key that is one word in a file, as third parties hand out.
 *
 * Layer:   push. Pure.
 */
#ifndef PUSH_APIKEY_H
#define PUSH_APIKEY_H

#include "base/buf.h"
#include "base/fault.h"
#include "push/provider.h"

/* Whether a file's text is one word and nothing else, of what can stand in a
 * header and in JSON as it is.
 * Returns: STATUS_BAD_INPUT with the fault set. */
enum status apikey_check(const char *text, struct fault *fault);

/* The word of a text that was checked, as a provider's authorize(). */
enum status apikey_authorize(const struct push_env *env, const char *secret,
    struct buf *token);

#endif
