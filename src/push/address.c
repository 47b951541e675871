#include "push/address.h"

#include "core/host.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
/* RFC 3986 3.3 and 3.4, without the quote, which a log line would not like. */
#define PATH_CHARACTERS LETTERS CAPITALS DIGITS "-._~!$&()*+,;=:@/?%"

/* A service that everybody knows is at the port that everybody knows. */
static bool
is_known(const struct address *address, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (host_matches(address->host, *known, strlen(*known)))
			return !address->is_http &&
			    address->port == HOST_PORT_HTTPS;
	}
	return false;
}

static uint16_t
usual_port(const struct address *address)
{
	return address->is_http ? HOST_PORT_HTTP : HOST_PORT_HTTPS;
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
	address->port = usual_port(address);
	len = host_len(text);
	if (len == 0 || len >= sizeof(address->host))
		return false;
	memcpy(address->host, text, len);
	address->host[len] = '\0';
	text += len;
	if (!host_take_port(&text, &address->port) || *text != '/')
		return false;
	address->path = text;
	address->origin_len = (size_t)(text - url);
	return strspn(text, PATH_CHARACTERS) == strlen(text);
}

static void
object(const char *name, const struct address *address, struct fault *fault)
{
	if (address->port == usual_port(address))
		fault_set(fault,
		    "%s: the host %s is unknown; name it in allow_hosts", name,
		    address->host);
	else
		fault_set(fault,
		    "%s: port %d of the host %s is unknown; name %s:%d in "
		    "allow_hosts",
		    name, address->port, address->host, address->host,
		    address->port);
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
	address->is_allowed = host_is_in(address->host, address->port,
	    rules->allowed, usual_port(address));
	if (address->is_http && !rules->allows_http)
		fault_set(fault, "%s: must be https:// (or set allow_http)",
		    name);
	else if (!address->is_allowed && !is_known(address, rules->known))
		object(name, address, fault);
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
