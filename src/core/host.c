#include "core/host.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz" DIGITS "-."
#define SEPARATORS ", "
#define NO_HOST " \t\r\n\"<>\\^`{|}[]@,;" /* characters */
#define ENTRY_MAX 256 /* bytes with the NUL; a setting has no more */

size_t
host_len(const char *text)
{
	size_t len;

	if (*text == '[') {
		len = 1 + strspn(text + 1, DIGITS "abcdef:");
		return len > 2 && text[len] == ']' ? len + 1 : 0;
	}
	len = strspn(text, NAME_CHARACTERS);
	if (len == 0 || text[0] == '.' || text[0] == '-' ||
	    text[len - 1] == '.' || memmem(text, len, "..", 2) != NULL)
		return 0;
	return len;
}

bool
host_take_port(const char **text, uint16_t *port)
{
	size_t len;
	long value;

	if (**text != ':')
		return true;
	len = strspn(*text + 1, DIGITS);
	if (len == 0 || len > 5)
		return false;
	value = strtol(*text + 1, NULL, 10);
	if (value < 1 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	*text += 1 + len;
	return true;
}

/* Bytes of an IPv6 address in brackets, perhaps with a zone; 0 if it is none. */
static size_t
bracket_len(const char *text)
{
	size_t len = 1 + strspn(text + 1, DIGITS "abcdefABCDEF:.");

	if (memchr(text, ':', len) == NULL)
		return 0;
	if (text[len] == '%')
		len += strcspn(text + len, "]/?# ");
	return text[len] == ']' ? len + 1 : 0;
}

/* Bytes of the host that a URL has, 0 if it has none. */
static size_t
url_host_len(const char *rest)
{
	size_t len = strcspn(rest, ":/?#");

	if (*rest == '[')
		return bracket_len(rest);
	return strcspn(rest, NO_HOST) < len ? 0 : len;
}

const char *
host_url_objection(const char *rest)
{
	size_t len = strcspn(rest, "/?#");
	const char *colon = memchr(rest, ':', len);
	size_t host = url_host_len(rest);
	uint16_t port = 0;

	if (*rest == '[' ? host == 0
	                 : colon != NULL && memrchr(rest, ':', len) != colon)
		return "must have its IPv6 address in brackets: [::1]";
	if (host == 0)
		return "must name a host";
	rest += host;
	if (!host_take_port(&rest, &port) || strchr("/?#", *rest) == NULL)
		return "must have a port from 1 to 65535, or none";
	return NULL;
}

bool
host_matches(const char *host, const char *pattern, size_t len)
{
	size_t host_size = strlen(host);

	if (len > 2 && strncmp(pattern, "*.", 2) == 0) {
		pattern += 1;
		len -= 1;
		return host_size > len &&
		    memcmp(host + host_size - len, pattern, len) == 0;
	}
	return len == host_size && memcmp(pattern, host, len) == 0;
}

/* Copy the next entry of a list and go on behind it.
 * Returns: false at the end. */
static bool
next_entry(const char **list, char entry[ENTRY_MAX])
{
	size_t len;

	*list += strspn(*list, SEPARATORS);
	len = strcspn(*list, SEPARATORS);
	if (len == 0 || len >= ENTRY_MAX)
		return false;
	memcpy(entry, *list, len);
	entry[len] = '\0';
	*list += len;
	return true;
}

/* Bytes of an entry's pattern, 0 if it has none. */
static size_t
pattern_len(const char *entry)
{
	size_t wild = strncmp(entry, "*.", 2) == 0 ? 2 : 0;
	size_t len = host_len(entry + wild);

	return len > 0 ? wild + len : 0;
}

bool
host_is_in(const char *host, uint16_t port, const char *entries,
    uint16_t port_else)
{
	char entry[ENTRY_MAX];

	while (next_entry(&entries, entry)) {
		size_t len = pattern_len(entry);
		const char *rest = entry + len;
		uint16_t its_port = port_else;

		if (host_take_port(&rest, &its_port) && *rest == '\0' &&
		    its_port == port && host_matches(host, entry, len))
			return true;
	}
	return false;
}

static const char *
object(const char *entry)
{
	size_t len = pattern_len(entry);
	const char *rest = entry + len;
	uint16_t port = 0;

	if (strchr(entry, '@') != NULL)
		return "must be a host without a login";
	if (strpbrk(entry, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
		return "must be in lower case";
	if (strstr(entry, "://") != NULL)
		return "must be a host alone, without https://";
	if (strchr(entry, '/') != NULL)
		return "must be a host alone, without a path";
	if (len == 0)
		return "must be a host, *. and a domain, or an IPv6 address "
		       "in brackets";
	if (*rest != ':' && *rest != '\0')
		return "has a character that no host has";
	if (!host_take_port(&rest, &port) || *rest != '\0')
		return "must end with a port from 1 to 65535, or without one";
	return NULL;
}

const char *
host_objection(const char *entries, size_t *number)
{
	char entry[ENTRY_MAX];
	const char *bad = NULL;
	size_t count = 0;

	while (bad == NULL && next_entry(&entries, entry)) {
		bad = object(entry);
		count++;
	}
	if (bad != NULL)
		*number = count;
	return bad;
}
