/* apikey.h - a key that is one word in a file, as third parties hand out.
 *
 * Layer:   push. Pure.
 */
#ifndef PUSH_APIKEY_H
#define PUSH_APIKEY_H

#include "base/buf.h"
#include "base/fault.h"

/* Whether a file's text is one word and nothing else, of what can stand in a
 * header and in JSON as it is.
 * Returns: STATUS_BAD_INPUT with the fault set. */
enum status apikey_check(const char *text, struct fault *fault);

/* Append the word of a text that was checked. */
enum status apikey_add(const char *text, struct buf *token);

#endif
