/* tally.h - counts what receipts say, for the bridge's health.
 *
 * Main thread. Counted since the bridge started, and kept nowhere.
 */
#ifndef TELL_TALLY_H
#define TELL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define TALLY_MAX 32        /* reasons; there are fewer rules */
#define TALLY_REASON_MAX 32 /* bytes with the NUL */

struct tally {
	int64_t accepted; /* events */
	struct {
		char reason[TALLY_REASON_MAX];
		int64_t count;
	} suppressed[TALLY_MAX];
	size_t suppressed_count;
};

/* Count one receipt. What is neither accepted nor suppressed is not counted.
 * In:      reason  NULL = none */
void tally_count(struct tally *tally, const char *state, const char *reason);

/* How many were suppressed for a reason. */
int64_t tally_suppressed(const struct tally *tally, const char *reason);

#endif
