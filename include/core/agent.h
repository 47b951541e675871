/* agent.h - what an OpenCode host says of itself.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/agent.schema.json.
 */
#ifndef CORE_AGENT_H
#define CORE_AGENT_H

#include "base/fault.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGENT_SESSIONS_MAX 20 /* what a document tells beyond is not read */
#define AGENT_LINE_MAX 200    /* bytes of a title or a project */

enum agent_doing {
	AGENT_BUSY,
	AGENT_WAITING, /* for a person */
	AGENT_IDLE,
	AGENT_ERROR,
};

const char *agent_doing_str(enum agent_doing doing); /* "busy" */

struct agent_session {
	char id[65];
	char title[AGENT_LINE_MAX + 1];   /* one line; "" = it has none */
	char project[AGENT_LINE_MAX + 1]; /* one line; "" = not said */
	enum agent_doing doing;
	int64_t since_ms; /* Unix */
};

struct agent {
	int32_t running; /* sessions at work; < 0 = the host is offline */
	struct agent_session *sessions; /* owned, count of them */
	size_t count;
};

/* Out:     agent  agent_finish() it; untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status agent_parse(const char *bytes, size_t len, struct agent *agent,
    struct fault *fault);
void agent_finish(struct agent *agent); /* a zeroed agent is fine */

/* The session of that name, or NULL. */
const struct agent_session *agent_session(const struct agent *agent,
    const char *id);

#endif
