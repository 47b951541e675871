#include "know/clearance.h"

#include <stdlib.h>
#include <string.h>

struct clearance {
	struct clearance *next;
	bool is_old;
	char topic[];
};

bool
clearance_note(struct clearance **list, const char *topic)
{
	size_t size = strlen(topic) + 1;
	struct clearance *one = malloc(sizeof(*one) + size);

	if (one == NULL)
		return false;
	memcpy(one->topic, topic, size);
	one->is_old = false;
	one->next = *list;
	*list = one;
	return true;
}

static struct clearance *
unlink_one(struct clearance **link)
{
	struct clearance *one = *link;

	*link = one->next;
	return one;
}

bool
clearance_take(struct clearance **list, const char *topic)
{
	while (*list != NULL && strcmp((*list)->topic, topic) != 0)
		list = &(*list)->next;
	if (*list == NULL)
		return false;
	if (!(*list)->is_old)
		free(unlink_one(list));
	return true;
}

bool
clearance_has(const struct clearance *list, const char *topic)
{
	while (list != NULL && strcmp(list->topic, topic) != 0)
		list = list->next;
	return list != NULL;
}

void
clearance_age(struct clearance *list)
{
	for (; list != NULL; list = list->next)
		list->is_old = true;
}

bool
clearance_take_old(struct clearance **list, char *topic, size_t size)
{
	struct clearance *one;

	while (*list != NULL && !(*list)->is_old)
		list = &(*list)->next;
	if (*list == NULL)
		return false;
	one = unlink_one(list);
	topic[0] = '\0';
	(void)strncat(topic, one->topic, size - 1);
	free(one);
	return true;
}

void
clearance_drop(struct clearance **list)
{
	while (*list != NULL)
		free(unlink_one(list));
}
