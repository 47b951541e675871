/* marks.h - a stranger's text, with what cannot be seen in it shown.
 *
 * Layer:   core. Pure.
 * Source:  tests/vectors/marks.json, to which the plugin, the page and the apps
 *          are held as well; Unicode 15, general category Cf and what is blank or
 *          joins beside it.
 * A character that is invisible, or that changes the direction of writing,
 * becomes "[U+202E]"; a byte that is no UTF-8 "[0x9B]"; more than 40 spaces in a
 * row "[60 spaces]"; three blank lines and more "[60 blank lines]". The joiners
 * inside a picture of several stay. What was marked is not marked again: the
 * marks of a marked text are that text.
 */
#ifndef CORE_MARKS_H
#define CORE_MARKS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARKS_GROWTH \
	((size_t)8) /* a marked text is at most so many times as long */

/* Whether a character is invisible or changes the direction of writing; those that
 * join a picture are among them. */
bool marks_is_hidden(uint32_t code);

/* Append text, marked. Lines stay lines.
 * In:   text  len bytes of whatever a stranger sends; may hold NUL
 * Out:  buf   its status is STATUS_TOO_LARGE if the marked text is longer than
 *             its max, which MARKS_GROWTH * len bytes never are */
void marks_write(const char *text, size_t len, struct buf *buf);

/* The same as one line, for a log or a terminal: a line end is shown as "\n", a
 * tab as "\t". In: text  NUL-terminated */
void marks_write_line(const char *text, struct buf *buf);

#endif
