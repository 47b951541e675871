#include "core/contact.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
/* RFC 5322 3.2.3, as far as a URI takes it as it is, and what it percent-encodes.
 */
#define MAILBOX_CHARACTERS LETTERS DIGITS "!$&'*+-/=^_`{|}~.%"

/* Parts between single dots, two at least, and the last is no number. */
static bool
is_domain(const char *text, size_t len)
{
	size_t part = 0;
	size_t parts = 1;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			if (part == 0)
				return false;
			part = 0;
			parts++;
		} else if (!isalnum((unsigned char)text[i]) && text[i] != '-') {
			return false;
		} else {
			part++;
		}
	}
	return part > 0 && parts > 1 &&
	    isalpha((unsigned char)text[len - part]);
}

static bool
is_nowhere(const char *domain, size_t len)
{
	static const char nowhere[] = ".localhost";
	size_t end = sizeof(nowhere) - 1;

	return len > end && strncasecmp(domain + len - end, nowhere, end) == 0;
}

static bool
is_reachable(const char *domain, size_t len)
{
	return is_domain(domain, len) && !is_nowhere(domain, len);
}

static bool
is_mail(const char *text)
{
	size_t len = strspn(text, MAILBOX_CHARACTERS);

	return len > 0 && text[len] == '@' &&
	    is_reachable(text + len + 1, strlen(text + len + 1));
}

static bool
is_page(const char *text)
{
	size_t len = strcspn(text, ":/?#");

	return strpbrk(text, " @\"<>") == NULL && is_reachable(text, len);
}

bool
contact_is_good(const char *text)
{
	if (strncmp(text, "mailto:", 7) == 0)
		return is_mail(text + 7);
	return strncmp(text, "https://", 8) == 0 && is_page(text + 8);
}
