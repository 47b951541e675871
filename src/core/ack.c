#include "core/ack.h"

#include "base/text.h"
#include "core/json.h"

#include <string.h>

static enum status
read_json(const char *bytes, size_t len, struct ack *ack, struct fault *fault)
{
	struct ack draft = { .event = "" };
	struct json_object object;
	struct cJSON *root;
	enum status status = json_parse(bytes, len, fault, &root, &object);
	const char *event;
	const char *device;

	if (status != STATUS_OK)
		return status;
	event = json_id(&object, "event");
	device = json_id(&object, "device");
	if (event == NULL)
		fault_set(fault, "event: is missing");
	else
		memcpy(draft.event, event, strlen(event) + 1);
	if (device != NULL)
		memcpy(draft.device, device, strlen(device) + 1);
	json_free(root);
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	*ack = draft;
	return STATUS_OK;
}

enum status
ack_parse(const char *bytes, size_t len, struct ack *ack, struct fault *fault)
{
	struct ack draft = { .event = "" };

	text_strip(&bytes, &len);
	if (len > 0 && bytes[0] == '{')
		return read_json(bytes, len, ack, fault);
	if (len <= TEXT_ID_MAX)
		memcpy(draft.event, bytes, len);
	if (strlen(draft.event) != len || !text_is_id(draft.event)) {
		fault_set(fault, "ack: must be an event's id");
		return STATUS_BAD_INPUT;
	}
	*ack = draft;
	return STATUS_OK;
}
