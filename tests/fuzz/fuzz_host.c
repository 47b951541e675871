/* Hosts, ports and contacts out of settings and registrations: what is read of a
 * host is in the text, and a host is in the list that names it. */
#include "core/contact.h"
#include "core/host.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_host(char *text)
{
	size_t len = host_len(text);
	const char *rest = text + len;
	uint16_t port = HOST_PORT_HTTPS;
	bool is_port;

	assert(len <= strlen(text));
	if (len == 0)
		return;
	is_port = host_take_port(&rest, &port);
	assert(rest >= text + len && rest <= text + strlen(text));
	assert(port > 0);
	if (is_port && *rest == '\0' && rest > text + len) {
		char *host = strndup(text, len);

		assert(host != NULL);
		assert(host_is_in(host, port, text, HOST_PORT_HTTP));
		assert(
		    !host_is_in(host, port == 1 ? 2 : 1, text, HOST_PORT_HTTP));
		free(host);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = calloc(1, len + 1);
	size_t number = 0;

	if (text == NULL)
		return 0;
	memcpy(text, bytes, len);
	check_host(text);
	(void)contact_is_good(text);
	(void)host_is_in("example.org", HOST_PORT_HTTPS, text, HOST_PORT_HTTPS);
	assert((host_objection(text, &number) == NULL) == (number == 0));
	free(text);
	return 0;
}
