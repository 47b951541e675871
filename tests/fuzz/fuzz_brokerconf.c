/* A mosquitto.conf: whatever it says, what we keep is whole. */
#include "core/brokerconf.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	static struct brokerconf conf;

	assert(text != NULL);
	memset(&conf, 0, sizeof(conf));
	brokerconf_add(&conf, text);
	brokerconf_add(&conf, text);
	assert(conf.listener_count <= BROKERCONF_LISTENERS_MAX);
	for (size_t i = 0; i < conf.listener_count; i++) {
		const struct brokerconf_listener *listener = &conf.listeners[i];

		assert(listener->port >= 0 && listener->port <= 65535);
		assert(strpbrk(listener->address, "\r\n") == NULL);
	}
	assert(strpbrk(conf.acl_file, "\r\n") == NULL);
	free(text);
	return 0;
}
