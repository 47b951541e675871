/* text.h - what bytes from outside must be before they count as text.
 *
 * Layer:   base.
 * Source:  RFC 3629 (UTF-8).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_ID_MAX 64 /* bytes of a user, device, host or id */

/* Read the character that bytes begin with.
 * Out:     code  its number; untouched when there is none
 * Returns: its length in bytes; 0 if they begin none, or len is 0. */
size_t text_read(const char *bytes, size_t len, uint32_t *code);

/* Well-formed UTF-8 without NUL: no overlong forms, no surrogates. */
bool text_is_utf8(const char *bytes, size_t len);

/* [A-Za-z0-9_-]{1,64}, the form of every name that becomes a topic level. */
/* Leave out what programs put around a payload: a BOM and white space before it,
 * white space after it. */
void text_strip(const char **bytes, size_t *len);

bool text_is_id(const char *text);

/* No control character, neither below U+0020 nor from U+007F to U+009F: safe in
 * a header or a topic. */
bool text_is_line(const char *text);

/* Bytes of the longest start of text that has at most max bytes and does not
 * end inside a character. */
size_t text_cut(const char *text, size_t max);

/* Drop an incomplete character at the end of a text that was cut by length. */
void text_trim(char *text);

/* Replace each control character with one space, in place; the text may become
 * shorter. */
void text_fold(char *text);

#endif
