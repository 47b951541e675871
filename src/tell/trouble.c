#include "tell/trouble.h"

#include "push/provider.h"

#include <string.h>

static void
drop(struct trouble *trouble, size_t number)
{
	trouble->count--;
	memmove(&trouble->entries[number], &trouble->entries[number + 1],
	    (trouble->count - number) * sizeof(trouble->entries[0]));
	trouble->is_changed = trouble->is_unsaved = true;
}

static bool
is_same(const struct warning *one, const struct warning *other)
{
	return strcmp(one->service, other->service) == 0 &&
	    strcmp(one->device, other->device) == 0 &&
	    strcmp(one->reason, other->reason) == 0;
}

void
trouble_note(struct trouble *trouble, const struct warning *entry)
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
	trouble->is_changed = trouble->is_unsaved = true;
}

void
trouble_end(struct trouble *trouble, const char *service, const char *device)
{
	for (size_t i = trouble->count; i-- > 0;) {
		const struct warning *entry = &trouble->entries[i];

		if (!entry->is_gone && strcmp(entry->service, service) == 0 &&
		    (*entry->device == '\0' ||
		        strcmp(entry->device, device) == 0))
			drop(trouble, i);
	}
}

/* What a service of before said, or one that is switched off, helps nobody. */
static bool
is_stale(const struct warning *entry, const struct settings *settings,
    int64_t now_ms)
{
	const struct provider *provider = provider_find(entry->service);

	return provider == NULL || !provider_is_on(provider, settings) ||
	    entry->at_ms < now_ms - TROUBLE_KEEP_MS;
}

void
trouble_load(struct trouble *trouble, const struct settings *settings,
    int64_t now_ms)
{
	trouble->count = warnings_load(trouble->warnings, trouble->entries);
	for (size_t i = trouble->count; i-- > 0;) {
		if (is_stale(&trouble->entries[i], settings, now_ms))
			drop(trouble, i);
	}
}

void
trouble_save(struct trouble *trouble)
{
	if (!trouble->is_unsaved || trouble->warnings == NULL)
		return;
	trouble->is_unsaved = false;
	warnings_keep(trouble->warnings, trouble->entries, trouble->count);
}
