#include "core/agent.h"

#include "core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNNING_MAX 10000
#define SINCE_MAX_MS INT64_C(9000000000000000)

static const char *const doings[] = {
	[AGENT_BUSY] = "busy",
	[AGENT_WAITING] = "waiting",
	[AGENT_IDLE] = "idle",
	[AGENT_ERROR] = "error",
	NULL,
};

const char *
agent_doing_str(enum agent_doing doing)
{
	return doings[doing];
}

static void
copy_line(const struct json_object *object, const char *name,
    char line[AGENT_LINE_MAX + 1])
{
	const char *text = json_line(object, name, AGENT_LINE_MAX);

	(void)snprintf(line, AGENT_LINE_MAX + 1, "%s",
	    text != NULL ? text : "");
}

static void
read_session(const struct json_object *object, struct agent_session *session)
{
	const char *id = json_id(object, "id");
	int doing = json_choice(object, "state", doings, -1);

	if (id == NULL)
		fault_set(object->fault, "%sid: is missing", object->path);
	if (doing < 0)
		fault_set(object->fault, "%sstate: is missing", object->path);
	(void)snprintf(session->id, sizeof(session->id), "%.64s",
	    id != NULL ? id : "");
	copy_line(object, "title", session->title);
	copy_line(object, "project", session->project);
	session->doing = doing < 0 ? AGENT_IDLE : (enum agent_doing)doing;
	session->since_ms = json_integer(object, "since", 0, SINCE_MAX_MS, 0);
}

static enum status
read_sessions(const struct json_object *document, struct agent *agent)
{
	struct json_list list = json_list(document, "sessions");
	struct json_object object;

	if (list.count == 0)
		return STATUS_OK;
	agent->sessions = calloc(AGENT_SESSIONS_MAX, sizeof(*agent->sessions));
	if (agent->sessions == NULL)
		return STATUS_NO_MEMORY;
	while (agent->count < AGENT_SESSIONS_MAX && json_next(&list, &object))
		read_session(&object, &agent->sessions[agent->count++]);
	return STATUS_OK;
}

enum status
agent_parse(const char *bytes, size_t len, struct agent *agent,
    struct fault *fault)
{
	static const char *const states[] = { "offline", "online", NULL };
	struct agent fresh = { .running = -1 };
	struct json_object object;
	struct cJSON *root;
	enum status status = json_parse(bytes, len, fault, &root, &object);
	int state;

	if (status != STATUS_OK)
		return status;
	state = json_choice(&object, "state", states, -1);
	fresh.running =
	    (int32_t)json_integer(&object, "running", 0, RUNNING_MAX, 0);
	if (state < 0)
		fault_set(fault, "state: is missing");
	if (state == 1)
		status = read_sessions(&object, &fresh);
	else
		fresh.running = -1;
	json_free(root);
	if (fault_is_set(fault))
		status = STATUS_BAD_INPUT;
	if (status == STATUS_OK)
		*agent = fresh;
	else
		agent_finish(&fresh);
	return status;
}

void
agent_finish(struct agent *agent)
{
	free(agent->sessions);
	*agent = (struct agent){ .sessions = NULL };
}

const struct agent_session *
agent_session(const struct agent *agent, const char *id)
{
	for (size_t i = 0; i < agent->count; i++) {
		if (strcmp(agent->sessions[i].id, id) == 0)
			return &agent->sessions[i];
	}
	return NULL;
}
