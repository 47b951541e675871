/* settlement.h - what a push service answered settles a job: it was delivered, is
 * tried again, or failed.
 *
 * Main thread.
 */
#ifndef DELIVER_SETTLEMENT_H
#define DELIVER_SETTLEMENT_H

#include "deliver/delivery.h"

/* Settle what was answered. */
void settlement_run(struct delivery *delivery);

#endif
