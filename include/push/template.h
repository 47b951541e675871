/* template.h - a text with {{names}} in it, filled in.
 *
 * Layer:   push. Pure.
 * A template that begins with { and no name is JSON: what is filled in is
 * escaped, so that no text can end the string it stands in. "{{name}}" of a number loses its
 * quotes there. Any other template is plain text.
 */
#ifndef PUSH_TEMPLATE_H
#define PUSH_TEMPLATE_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct template_word {
	const char *name;
	const char *text; /* borrowed, never NULL */
	bool is_number;
};

bool template_is_json(const char *text);

/* Append the template with its names filled in.
 * Returns: STATUS_BAD_INPUT with the fault set if a name is unknown, or if what
 *          came out should be JSON and is none; STATUS_TOO_LARGE. */
enum status template_fill(const char *text, const struct template_word *words,
    size_t count, struct buf *out, struct fault *fault);

#endif
