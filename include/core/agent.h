/* agent.h - what an OpenCode host says of itself.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/agent.schema.json.
 */
#ifndef CORE_AGENT_H
#define CORE_AGENT_H

#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Out:     running  sessions at work; < 0 = the host is offline
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status agent_parse(const char *bytes, size_t len, int32_t *running,
    struct fault *fault);

#endif
