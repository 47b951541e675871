/* text.h - what bytes from outside must be before they count as text.
 *
 * Layer:   base.
 * Source:  RFC 3629 (UTF-8).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_ID_MAX 64 /* bytes of a user, device, host or id */

/* Well-formed UTF-8 without NUL: no overlong forms, no surrogates. */
bool text_is_utf8(const char *bytes, size_t len);

/* [A-Za-z0-9_-]{1,64}, the form of every name that becomes a topic level. */
bool text_is_id(const char *text);

/* No control character: safe in a header, a topic or a log line. */
bool text_is_line(const char *text);

/* Bytes of the longest start of text that has at most max bytes and does not
 * end inside a character. */
size_t text_cut(const char *text, size_t max);

/* Drop an incomplete character at the end of a text that was cut by length. */
void text_trim(char *text);

/* Replace each control character with a space, in place. */
void text_fold(char *text);

#endif
