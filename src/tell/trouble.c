#include "tell/trouble.h"

#include <string.h>

static void
drop(struct trouble *trouble, size_t number)
{
	trouble->count--;
	memmove(&trouble->entries[number], &trouble->entries[number + 1],
	    (trouble->count - number) * sizeof(trouble->entries[0]));
	trouble->is_changed = true;
}

static bool
is_same(const struct trouble_entry *one, const struct trouble_entry *other)
{
	return strcmp(one->service, other->service) == 0 &&
	    strcmp(one->device, other->device) == 0 &&
	    strcmp(one->reason, other->reason) == 0;
}

void
trouble_note(struct trouble *trouble, const struct trouble_entry *entry)
{
	for (size_t i = 0; i < trouble->count; i++) {
		if (is_same(&trouble->entries[i], entry)) {
			/* One that goes on is no news. */
			trouble->entries[i].at_ms = entry->at_ms;
			return;
		}
	}
	if (trouble->count == TROUBLE_MAX)
		drop(trouble, 0);
	trouble->entries[trouble->count++] = *entry;
	trouble->is_changed = true;
}

void
trouble_end(struct trouble *trouble, const char *service, const char *device)
{
	for (size_t i = trouble->count; i-- > 0;) {
		const struct trouble_entry *entry = &trouble->entries[i];

		if (!entry->is_gone && strcmp(entry->service, service) == 0 &&
		    (*entry->device == '\0' ||
		        strcmp(entry->device, device) == 0))
			drop(trouble, i);
	}
}
