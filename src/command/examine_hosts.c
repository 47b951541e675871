/* examine_hosts.c - what the settings allow devices to name as their address. */
#include "command/examine.h"
#include "core/host.h"
#include "io/interfaces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", "

/* An entry of allow_hosts. */
struct opening {
	const char *section;
	const char *host;
	size_t host_len;
	uint16_t port; /* 0 = none is written */
	bool is_http;  /* http is allowed, too */
};

/* RFC 1918, RFC 4193, link-local and the loopback; and names that only a LAN
 * knows. */
static bool
is_near(const char *host, size_t len)
{
	static const char *const starts[] = { "10.", "192.168.", "169.254.",
		"[fc", "[fd", "[fe80:", "[::1]" };
	static const char *const ends[] = { ".local", ".lan", ".home.arpa",
		".internal", ".localhost" };
	long second;

	if (interfaces_is_loopback(host, len))
		return true;
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		if (len >= strlen(starts[i]) &&
		    strncmp(host, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t end_len = strlen(ends[i]);

		if (len > end_len &&
		    memcmp(host + len - end_len, ends[i], end_len) == 0)
			return true;
	}
	if (len > 4 && strncmp(host, "172.", 4) == 0) {
		second = strtol(host + 4, NULL, 10);
		return second >= 16 && second <= 31;
	}
	/* A name of one word is one of this network. */
	return memchr(host, '.', len) == NULL;
}

static void
say_opening(struct examination *examination, const struct opening *opening)
{
	bool is_close = is_near(opening->host, opening->host_len);
	uint16_t https = opening->port != 0 ? opening->port : HOST_PORT_HTTPS;
	uint16_t http = opening->port != 0 ? opening->port : HOST_PORT_HTTP;
	char also[SETTING_MAX + 32] = "";

	if (opening->is_http)
		(void)snprintf(also, sizeof(also), " and http://%.*s:%d",
		    (int)opening->host_len, opening->host, http);
	examine_say(examination, is_close ? GRADE_WARN : GRADE_OK,
	    opening->section, "allow_hosts opens https://%.*s:%d%s%s",
	    (int)opening->host_len, opening->host, https, also,
	    is_close ? ", on this machine or in its network: whoever may "
	               "register a device can have it asked there, at any path"
	             : "");
}

static void
examine_list(struct examination *examination, const char *section,
    const char *entries, bool is_http)
{
	for (entries += strspn(entries, SEPARATORS); *entries != '\0';
	     entries += strspn(entries, SEPARATORS)) {
		size_t len = strcspn(entries, SEPARATORS);
		size_t wild = strncmp(entries, "*.", 2) == 0 ? 2 : 0;
		struct opening opening = {
			.section = section,
			.host = entries,
			.host_len = wild + host_len(entries + wild),
			.is_http = is_http,
		};
		const char *rest = entries + opening.host_len;

		(void)host_take_port(&rest, &opening.port);
		say_opening(examination, &opening);
		entries += len;
	}
}

void
examine_hosts(struct examination *examination)
{
	const struct settings *settings = examination->settings;

	examine_list(examination, "webpush", settings->webpush.allow_hosts,
	    settings->webpush.allow_http == SETTING_YES);
	examine_list(examination, "ntfy", settings->ntfy.allow_hosts,
	    settings->ntfy.allow_http == SETTING_YES);
}
