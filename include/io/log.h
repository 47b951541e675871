/* log.h - one line per thing worth telling, on stderr.
 *
 * Layer:   io. Any thread.
 * What hides is shown, as core/marks.h says: what came from outside makes no
 * second line and no colour. Under systemd each line carries its priority (sd-daemon(3)).
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include "base/attr.h"
#include "core/settings.h"

#include <stdbool.h>

void log_set_level(enum log_level level);
/* Whether lines of that level are written at all. */
bool log_writes(enum log_level level);

void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

/* A notification for a log device: shown at every level. */
void log_notification(const char *line);

#endif
