#include "io/ledger.h"

#include <stdbool.h>
#include <stdlib.h>

#define SIZE_FIRST 16

/* The line of an owner, or the free one where it would stand. */
static struct ledger_line *
find(const struct ledger *ledger, int64_t owner)
{
	size_t at = (size_t)owner & (ledger->size - 1);

	while (ledger->lines[at].owner != owner && ledger->lines[at].owner != 0)
		at = (at + 1) & (ledger->size - 1);
	return &ledger->lines[at];
}

/* Who has nothing any more is left out. */
static bool
make_anew(struct ledger *ledger)
{
	struct ledger fresh = { 0 };
	size_t used = 0;

	for (size_t i = 0; i < ledger->size; i++)
		used += ledger->lines[i].bytes > 0;
	fresh.size = SIZE_FIRST;
	while (fresh.size < 4 * (used + 1))
		fresh.size *= 2;
	fresh.lines = calloc(fresh.size, sizeof(*fresh.lines));
	if (fresh.lines == NULL)
		return false;
	for (size_t i = 0; i < ledger->size; i++) {
		if (ledger->lines[i].bytes <= 0)
			continue;
		*find(&fresh, ledger->lines[i].owner) = ledger->lines[i];
		fresh.count++;
	}
	free(ledger->lines);
	*ledger = fresh;
	return true;
}

void
ledger_add(struct ledger *ledger, int64_t owner, int64_t bytes)
{
	struct ledger_line *line;

	if (2 * (ledger->count + 1) > ledger->size && !make_anew(ledger))
		return;
	line = find(ledger, owner);
	if (line->owner == 0) {
		line->owner = owner;
		ledger->count++;
	}
	line->bytes += bytes;
	if (line->bytes < 0)
		line->bytes = 0;
}

int64_t
ledger_bytes(const struct ledger *ledger, int64_t owner)
{
	return ledger->size > 0 ? find(ledger, owner)->bytes : 0;
}

void
ledger_finish(struct ledger *ledger)
{
	free(ledger->lines);
	*ledger = (struct ledger){ 0 };
}
