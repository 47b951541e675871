#include "core/muted.h"

#include <stdlib.h>
#include <string.h>

/* One piece of memory: the pointers, then what they point to. */
static enum status
pack(const char *const *items, size_t count, struct muted *muted)
{
	size_t size = count * sizeof(*items);
	char **packed;
	char *end;

	*muted = (struct muted){ .items = NULL };
	if (count == 0)
		return STATUS_OK;
	for (size_t i = 0; i < count; i++)
		size += strlen(items[i]) + 1;
	packed = malloc(size);
	if (packed == NULL)
		return STATUS_NO_MEMORY;
	end = (char *)(packed + count);
	for (size_t i = 0; i < count; i++) {
		packed[i] = end;
		size = strlen(items[i]) + 1;
		memcpy(end, items[i], size);
		end += size;
	}
	*muted = (struct muted){ .items = packed, .count = count };
	return STATUS_OK;
}

enum status
muted_read(const struct json_object *mute, const char *name,
    struct muted *muted)
{
	const char *items[MUTED_MAX];
	struct json_list list = json_list(mute, name);
	size_t count = 0;

	if (list.count > MUTED_MAX)
		fault_set(mute->fault, "%s%s: at most %d entries", mute->path,
		    name, MUTED_MAX);
	while (count < MUTED_MAX &&
	    (items[count] = json_next_line(&list, MUTED_LINE_MAX)) != NULL)
		count++;
	return pack(items, count, muted);
}

enum status
muted_copy(const struct muted *muted, struct muted *copy)
{
	return pack((const char *const *)muted->items, muted->count, copy);
}

void
muted_finish(struct muted *muted)
{
	free(muted->items);
	*muted = (struct muted){ .items = NULL };
}

bool
muted_has(const struct muted *muted, const char *name)
{
	for (size_t i = 0; i < muted->count && name != NULL; i++) {
		if (strcmp(muted->items[i], name) == 0)
			return true;
	}
	return false;
}
