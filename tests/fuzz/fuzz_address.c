/* A URL from outside. What is taken is read the same way by everybody. */
#include "base/text.h"
#include "push/address.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const known[] = { "*.example.org", "a", NULL };
	const struct address_rules rules = { known, "b, *.c", true };
	char *url = strndup((const char *)bytes, len);
	struct fault fault = { "" };
	struct address address;
	enum status status;

	assert(url != NULL);
	status = address_read("url", url, &rules, &address, &fault);
	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK) {
		const char *host = url +
		    (address.is_http ? strlen("http://") : strlen("https://"));
		size_t host_len = strlen(address.host);

		assert(text_is_line(url));
		assert(strpbrk(url, "@\\# \"") == NULL ||
		    strchr(address.path, '@') != NULL);
		assert(strncmp(host, address.host, host_len) == 0);
		assert(host[host_len] == ':' || host[host_len] == '/');
		assert(url + address.origin_len == address.path);
		assert(!address.is_http || address.is_allowed);
		assert(strcmp(address.host, "a") == 0 ||
		    strcmp(address.host, "b") == 0 ||
		    strchr(address.host, '.') != NULL);
	}
	free(url);
	return 0;
}
