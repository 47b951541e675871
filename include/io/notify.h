/* notify.h - tells the supervisor how we are.
 *
 * Layer:   io. Main thread.
 * Source:  sd_notify(3). Without a supervisor that asks, nothing happens.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include <stdint.h>

void notify_ready(void);
void notify_stopping(void);
/* Call it at least as often as notify_watchdog_ms() says. */
void notify_alive(void);

/* Half of the time after which the supervisor gives us up; INT64_MAX = never. */
int64_t notify_watchdog_ms(void);

#endif
