/* systemd.h - tells the supervisor how we are.
 *
 * Layer:   io. Main thread.
 * Source:  sd_notify(3). Without a supervisor that asks, nothing happens.
 */
#ifndef IO_SYSTEMD_H
#define IO_SYSTEMD_H

#include <stdint.h>

void systemd_ready(void);
void systemd_stopping(void);
/* Call it at least as often as systemd_watchdog_ms() says. */
void systemd_alive(void);

/* Half of the time after which the supervisor gives us up; INT64_MAX = never. */
int64_t systemd_watchdog_ms(void);

#endif
