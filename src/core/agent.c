#include "core/agent.h"

#include "core/json.h"

#define RUNNING_MAX 10000

enum status
agent_parse(const char *bytes, size_t len, int32_t *running,
    struct fault *fault)
{
	static const char *const states[] = { "offline", "online", NULL };
	struct json_object object;
	struct cJSON *root;
	enum status status = json_parse(bytes, len, fault, &root, &object);
	int32_t count;
	int state;

	if (status != STATUS_OK)
		return status;
	state = json_choice(&object, "state", states, -1);
	count = (int32_t)json_integer(&object, "running", 0, RUNNING_MAX, 0);
	if (state < 0)
		fault_set(fault, "state: is missing");
	json_free(root);
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	*running = state == 1 ? count : -1;
	return STATUS_OK;
}
