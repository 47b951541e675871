/* peek.h - one member of what is no good JSON.
 *
 * Layer:   core. Pure.
 * Who sent it is to hear which message was refused, though nobody can read it.
 */
#ifndef CORE_PEEK_H
#define CORE_PEEK_H

#include "base/text.h"

#include <stddef.h>

/* The id that a member of the outermost object has.
 * Out:     id  "" = none was found */
void peek_id(const char *bytes, size_t len, const char *name,
    char id[TEXT_ID_MAX + 1]);

#endif
