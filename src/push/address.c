#include "push/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
/* RFC 3986 3.3 and 3.4, without the quote, which a log line would not like. */
#define PATH_CHARACTERS LETTERS CAPITALS DIGITS "-._~!$&()*+,;=:@/?%"

static bool
is_pattern_of(const char *pattern, size_t len, const char *host)
{
	size_t host_len = strlen(host);

	if (len > 2 && strncmp(pattern, "*.", 2) == 0) {
		pattern += 1;
		len -= 1;
		return host_len > len &&
		    memcmp(host + host_len - len, pattern, len) == 0;
	}
	return len == host_len && memcmp(pattern, host, len) == 0;
}

bool
address_is_in(const char *host, const char *patterns)
{
	while (*patterns != '\0') {
		size_t len;

		patterns += strspn(patterns, ", ");
		len = strcspn(patterns, ", ");
		if (len > 0 && is_pattern_of(patterns, len, host))
			return true;
		patterns += len;
	}
	return false;
}

static bool
is_known(const char *host, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (is_pattern_of(*known, strlen(*known), host))
			return true;
	}
	return false;
}

/* A name or IPv4 address, or an IPv6 address in brackets; the length, 0 if it is
 * none. An address must be written in full: no 127.1, no 0x7f000001. */
static size_t
host_len(const char *text)
{
	size_t len;

	if (*text == '[') {
		len = 1 + strspn(text + 1, DIGITS "abcdef:");
		return len > 2 && text[len] == ']' ? len + 1 : 0;
	}
	len = strspn(text, LETTERS DIGITS "-.");
	if (len == 0 || text[0] == '.' || text[0] == '-' ||
	    text[len - 1] == '.' || memmem(text, len, "..", 2) != NULL)
		return 0;
	return len;
}

/* ":port" or nothing; false if it is neither. */
static bool
skip_port(const char **text)
{
	size_t len;
	long port;

	if (**text != ':')
		return true;
	len = strspn(*text + 1, DIGITS);
	port = strtol(*text + 1, NULL, 10);
	*text += 1 + len;
	return len > 0 && len <= 5 && port > 0 && port < 65536;
}

static bool
split(const char *url, struct address *address)
{
	const char *text = url;
	size_t len;

	address->is_http = strncmp(url, "http://", 7) == 0;
	if (!address->is_http && strncmp(url, "https://", 8) != 0)
		return false;
	text += address->is_http ? 7 : 8;
	len = host_len(text);
	if (len == 0 || len >= sizeof(address->host))
		return false;
	memcpy(address->host, text, len);
	address->host[len] = '\0';
	text += len;
	if (!skip_port(&text) || *text != '/')
		return false;
	address->path = text;
	address->origin_len = (size_t)(text - url);
	return strspn(text, PATH_CHARACTERS) == strlen(text);
}

enum status
address_read(const char *name, const char *url,
    const struct address_rules *rules, struct address *address,
    struct fault *fault)
{
	memset(address, 0, sizeof(*address));
	if (!split(url, address)) {
		fault_set(fault,
		    "%s: must be https://, a host in lower case, perhaps a "
		    "port, and a path; no login",
		    name);
		return STATUS_BAD_INPUT;
	}
	address->is_allowed = address_is_in(address->host, rules->allowed);
	if (!address->is_allowed && !is_known(address->host, rules->known))
		fault_set(fault,
		    "%s: the host %s is unknown; name it in allow_hosts", name,
		    address->host);
	else if (address->is_http &&
	    !(address->is_allowed && rules->allows_http))
		fault_set(fault, "%s: must be https:// (or set allow_http)",
		    name);
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

void
address_write_origin(const struct address *address, const char *url,
    char *origin, size_t size)
{
	size_t len = address->origin_len;
	size_t digits = 0;
	long port = 0;

	while (digits < len && isdigit((unsigned char)url[len - digits - 1]))
		digits++;
	/* A host ends in digits too. */
	if (digits > 0 && digits < len && url[len - digits - 1] == ':')
		port = strtol(url + len - digits, NULL, 10);
	if (port == (address->is_http ? 80 : 443))
		len -= digits + 1;
	(void)snprintf(origin, size, "%.*s", (int)len, url);
}
