/* filter.h - what is surely not in a set, of which only some bits are kept.
 *
 * Layer:   base.
 * Of what is not in it one in sixty is taken for there, while no more keys are in it
 * than it was made for.
 * Source:  B. H. Bloom, Space/Time Trade-offs in Hash Coding with Allowable Errors,
 *          CACM 13 (7), 1970.
 */
#ifndef BASE_FILTER_H
#define BASE_FILTER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter {
	uint64_t *words; /* owned */
	uint64_t mask;   /* of the number of a bit */
};

/* In:      keys  so many at most; 2^21 bits serve best, 200 000 keys
 * Returns: STATUS_NO_MEMORY, or good. */
enum status filter_init(struct filter *filter, size_t keys);
void filter_finish(struct filter *filter);

/* In:      key  64 random bits, as siphash() makes them */
void filter_add(struct filter *filter, uint64_t key);
/* Returns: false = it was never added. */
bool filter_may_have(const struct filter *filter, uint64_t key);

#endif
