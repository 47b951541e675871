#include "know/clearance.h"

#include <stdlib.h>
#include <string.h>

struct clearance {
	struct clearance *next;
	char topic[];
};

void
clearance_note(struct clearance **list, const char *topic)
{
	size_t size = strlen(topic) + 1;
	struct clearance *one = malloc(sizeof(*one) + size);

	if (one == NULL)
		return;
	memcpy(one->topic, topic, size);
	one->next = *list;
	*list = one;
}

bool
clearance_take(struct clearance **list, const char *topic)
{
	struct clearance *one;

	while (*list != NULL && strcmp((*list)->topic, topic) != 0)
		list = &(*list)->next;
	one = *list;
	if (one == NULL)
		return false;
	*list = one->next;
	free(one);
	return true;
}

void
clearance_drop(struct clearance **list)
{
	while (*list != NULL) {
		struct clearance *one = *list;

		*list = one->next;
		free(one);
	}
}
