/* settlement.h - what a push service answered settles a job: it was delivered, is
 * tried again, or failed.
 *
 * Main thread.
 */
#ifndef DELIVER_SETTLEMENT_H
#define DELIVER_SETTLEMENT_H

#include "deliver/delivery.h"

/* Settle what was answered; what others may soon join waits for them. */
void settlement_run(struct delivery *delivery);
/* No turn follows: what waits is settled, too. */
void settlement_finish(struct delivery *delivery);

#endif
