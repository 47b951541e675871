/* inifile.h - change one value of a settings file, and leave all else as it is.
 *
 * Layer:   core. Pure: text in, text out.
 * Source:  inih's dialect of INI, as core/settings.h reads it.
 */
#ifndef CORE_INIFILE_H
#define CORE_INIFILE_H

#include "base/buf.h"

#include <stdbool.h>

#define INIFILE_MAX 65536 /* bytes of a file */

/* A value, one line without spaces around it. */
struct inifile_change {
	const char *section;
	const char *key;
	const char *value; /* NULL = take the key away */
};

/* Append the text with the change. A key that is set is changed where it is set
 * last, which is what counts; else it goes where it stands as a comment ("; key ="),
 * else to the head of its section, else to a new one at the end. */
void inifile_change(const char *text, const struct inifile_change *change,
    struct buf *out);

#endif
