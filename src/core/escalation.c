#include "core/escalation.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Steps on their way out of a document. */
struct draft {
	struct escalation_step steps[ESCALATION_DEVICES_MAX];
	size_t count;
};

static void
add_device(struct draft *draft, const struct json_list *list, int32_t after_s,
    const char *device)
{
	struct escalation_step *step;

	if (!text_is_id(device)) {
		fault_set(list->fault, "%s[%d]: must be the name of a device",
		    list->path, list->index - 1);
		return;
	}
	if (draft->count == ESCALATION_DEVICES_MAX) {
		fault_set(list->fault, "%s: at most %d devices in all",
		    list->path, ESCALATION_DEVICES_MAX);
		return;
	}
	step = &draft->steps[draft->count++];
	step->after_s = after_s;
	memcpy(step->device, device, strlen(device) + 1);
}

static void
read_step(const struct json_object *object, struct draft *draft)
{
	struct json_list list = json_list(object, "devices");
	int32_t after_s =
	    (int32_t)json_integer(object, "after_s", 1, ESCALATION_MAX_S, 0);
	const char *device;

	if (after_s == 0)
		fault_set(object->fault, "%safter_s: is missing", object->path);
	if (list.count == 0)
		fault_set(object->fault, "%sdevices: names none", object->path);
	while ((device = json_next_line(&list, TEXT_ID_MAX)) != NULL)
		add_device(draft, &list, after_s, device);
}

enum status
escalation_read(const struct json_object *parent, const char *name,
    struct escalation *escalation)
{
	struct draft draft = { .count = 0 };
	struct json_list list = json_list(parent, name);
	struct json_object object;

	if (list.count > ESCALATION_STEPS_MAX)
		fault_set(parent->fault, "%s%s: at most %d steps", parent->path,
		    name, ESCALATION_STEPS_MAX);
	while (list.index < ESCALATION_STEPS_MAX && json_next(&list, &object))
		read_step(&object, &draft);
	return escalation_copy(&(struct escalation){ draft.steps, draft.count },
	    escalation);
}

enum status
escalation_copy(const struct escalation *escalation, struct escalation *copy)
{
	size_t size = escalation->count * sizeof(*escalation->steps);

	*copy = (struct escalation){ .steps = NULL };
	if (escalation->count == 0)
		return STATUS_OK;
	copy->steps = malloc(size);
	if (copy->steps == NULL)
		return STATUS_NO_MEMORY;
	memcpy(copy->steps, escalation->steps, size);
	copy->count = escalation->count;
	return STATUS_OK;
}

void
escalation_finish(struct escalation *escalation)
{
	free(escalation->steps);
	*escalation = (struct escalation){ .steps = NULL };
}

int32_t
escalation_after_s(const struct escalation *escalation, const char *device)
{
	for (size_t i = 0; i < escalation->count; i++) {
		if (strcmp(escalation->steps[i].device, device) == 0)
			return escalation->steps[i].after_s;
	}
	return 0;
}
