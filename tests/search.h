/* search.h - what a search of io/behind.h finds, at once. */
#ifndef TESTS_SEARCH_H
#define TESTS_SEARCH_H

#include "io/behind.h"
#include "io/outbox.h"
#include "unit.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	const int64_t *one = a;
	const int64_t *other = b;

	return (*one > *other) - (*one < *other);
}

/* All that is found, the smallest id first. */
static void
search_all(struct outbox *outbox, const struct behind_key *key,
    struct behind_slice *all)
{
	struct behind_cursor cursor = { 0 };
	struct behind_slice slice;

	all->count = 0;
	outbox_begin(outbox);
	while (behind_search(outbox_behind(outbox), key, &cursor, &slice)) {
		for (size_t i = 0; i < slice.count; i++) {
			assert_true(all->count < BEHIND_SLICE);
			all->ids[all->count++] = slice.ids[i];
		}
	}
	outbox_commit(outbox);
	qsort(all->ids, all->count, sizeof(all->ids[0]), compare);
}

#endif
