/* A key file: what is taken can sign. */
#include "push/jwt.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *pem = strndup((const char *)bytes, len);
	struct fault fault = { "" };
	enum status status;
	struct buf token;

	assert(pem != NULL);
	status = jwt_check_es256(pem, &fault);
	assert((status == STATUS_OK) == !fault_is_set(&fault));
	buf_init(&token, 256);
	assert(jwt_sign_es256("{}", "{}", pem, &token) == status);
	/* "e30.e30." and 64 bytes. */
	assert(token.len == (status == STATUS_OK ? 8 + 86 : 0));
	buf_finish(&token);
	free(pem);
	return 0;
}
