#include "push/apikey.h"

#include <string.h>

#define SPACE " \t\r\n"
#define CHARACTERS                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789-._~+/="

static size_t
find_word(const char **text)
{
	*text += strspn(*text, SPACE);
	return strspn(*text, CHARACTERS);
}

enum status
apikey_check(const char *text, struct fault *fault)
{
	size_t len = find_word(&text);

	if (len > 0 && text[len + strspn(text + len, SPACE)] == '\0')
		return STATUS_OK;
	fault_set(fault, "must hold the key alone, one word");
	return STATUS_BAD_INPUT;
}

enum status
apikey_authorize(const struct push_env *env, const char *secret,
    struct buf *token)
{
	size_t len = find_word(&secret);

	(void)env;
	buf_add(token, secret, len);
	return buf_status(token);
}
