/* outcome.h - what became of an answer.
 */
#ifndef COMMAND_OUTCOME_H
#define COMMAND_OUTCOME_H

#include "base/buf.h"

#include <stdbool.h>

/* Say it on one line.
 * In:      message  the receipt, JSON; empty = none came
 * Returns: the exit status. */
int outcome_show(const char *request, const struct buf *message, bool as_json);

#endif
