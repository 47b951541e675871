#include "base/filter.h"

#include <stdlib.h>

#define BITS_EACH 10 /* of a key */
#define PROBES 3
#define PROBE_SHIFT 21 /* each has other bits of the key */
#define WORD_BITS 64

enum status
filter_init(struct filter *filter, size_t keys)
{
	uint64_t bits = WORD_BITS;

	while (bits < (uint64_t)keys * BITS_EACH)
		bits *= 2;
	filter->mask = bits - 1;
	filter->words = calloc(bits / WORD_BITS, sizeof(*filter->words));
	return filter->words != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
filter_finish(struct filter *filter)
{
	free(filter->words);
	filter->words = NULL;
}

void
filter_add(struct filter *filter, uint64_t key)
{
	for (int i = 0; i < PROBES; i++, key >>= PROBE_SHIFT)
		filter->words[(key & filter->mask) / WORD_BITS] |= UINT64_C(1)
		    << key % WORD_BITS;
}

bool
filter_may_have(const struct filter *filter, uint64_t key)
{
	bool may_have = true;

	for (int i = 0; may_have && i < PROBES; i++, key >>= PROBE_SHIFT)
		may_have = (filter->words[(key & filter->mask) / WORD_BITS] >>
		                   key % WORD_BITS &
		               1) != 0;
	return may_have;
}
