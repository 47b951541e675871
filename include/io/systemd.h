/* systemd.h - tells the supervisor how we are.
 *
 * Layer:   io. Main thread.
 * Source:  sd_notify(3). Without a supervisor that asks, nothing happens.
 */
#ifndef IO_SYSTEMD_H
#define IO_SYSTEMD_H

#include "core/instant.h"
#include "core/timer.h"

void systemd_ready(void);
void systemd_stopping(void);
/* At once, and twice in the time after which it gives us up, if it does.
 * There is one such in a process. */
void systemd_keep_alive(const struct instant *at, struct timers *timers);

#endif
