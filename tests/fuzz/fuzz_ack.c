/* An ack and an agent's state from outside. */
#include "base/text.h"
#include "core/ack.h"
#include "core/agent.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_ack(const char *bytes, size_t len)
{
	static const struct ack untouched;
	struct fault fault = { "" };
	struct ack ack = untouched;
	enum status status = ack_parse(bytes, len, &ack, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK) {
		assert(text_is_id(ack.event));
		assert(*ack.device == '\0' || text_is_id(ack.device));
	} else {
		assert(memcmp(&ack, &untouched, sizeof(ack)) == 0);
	}
}

static void
check_agent(const char *bytes, size_t len)
{
	struct fault fault = { "" };
	struct agent agent = { .running = -7 };
	enum status status = agent_parse(bytes, len, &agent, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK)
		assert(agent.running == -1 || agent.running >= 0);
	else
		assert(agent.running == -7);
	for (size_t i = 0; i < agent.count; i++)
		assert(text_is_id(agent.sessions[i].id));
	agent_finish(&agent);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	check_ack((const char *)bytes, len);
	check_agent((const char *)bytes, len);
	return 0;
}
