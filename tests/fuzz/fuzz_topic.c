/* A topic from outside: what is taken can be written again, byte by byte. */
#include "base/text.h"
#include "core/topic.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_topic(const struct topic *topic, const char *text)
{
	static const char *const leaves[] = { "event", "ack", "prefs",
		"prefs/set", "device", "presence", "agent", "request" };
	bool has_device = topic->kind == TOPIC_DEVICE ||
	    topic->kind == TOPIC_PRESENCE || topic->kind == TOPIC_AGENT ||
	    topic->kind == TOPIC_REQUEST;
	char again[256];

	assert(topic->kind < COUNT_OF(leaves));
	assert(text_is_id(topic->user) && strcmp(topic->user, "bridge") != 0);
	assert(
	    has_device ? text_is_id(topic->device) : topic->device[0] == '\0');
	(void)snprintf(again, sizeof(again), "nudge/%s/%s%s%s", topic->user,
	    leaves[topic->kind], has_device ? "/" : "", topic->device);
	assert(strcmp(again, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	struct fault fault = { "" };
	struct topic topic;
	enum status status;

	assert(text != NULL);
	status = topic_parse("nudge", text, &topic, &fault);
	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK)
		check_topic(&topic, text);
	else
		assert(topic.user[0] == '\0' || text_is_id(topic.user));
	free(text);
	return 0;
}
