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

/* Digests whose members are still to be told what became of them: those that a
 * kill left behind, and what to do with the list at the end. */
void settlement_find_endings(struct delivery *delivery);
void settlement_drop_endings(struct delivery *delivery);

#endif
