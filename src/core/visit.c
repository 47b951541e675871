#include "core/visit.h"

#include "base/attr.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 256 /* bytes of a host with the NUL; longer ones are no name */

static const struct {
	const char *path;
	enum visit_goal goal;
	const char *type;
} goals[] = {
	{ "/metrics", VISIT_METRICS,
	    "text/plain; version=0.0.4; charset=utf-8" },
	{ "/health", VISIT_HEALTH, "application/json" },
	{ "/opencode-nudge.tgz", VISIT_PLUGIN, "application/gzip" },
	{ "/ca.crt", VISIT_CA, "application/x-x509-ca-cert" },
};

/* The page is of these, and nothing else of its folder is anybody's business. */
static const struct {
	const char *suffix;
	const char *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".webmanifest", "application/manifest+json" },
};

/* Letters, digits, "-", "_", and "." inside. */
static bool
is_name(const char *name)
{
	size_t len = strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_.");

	return len > 0 && len < VISIT_NAME_MAX && name[len] == '\0' &&
	    *name != '.';
}

static const char *
type_of(const char *name)
{
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; suffix != NULL && i < COUNT_OF(types); i++) {
		if (strcmp(suffix, types[i].suffix) == 0)
			return types[i].type;
	}
	return NULL;
}

void
visit_read(const char *path, struct visit *visit)
{
	const char *name = path + 1;

	*visit = (struct visit){ .goal = VISIT_NOTHING };
	if (*path != '/')
		return;
	for (size_t i = 0; i < COUNT_OF(goals); i++) {
		if (strcmp(path, goals[i].path) != 0)
			continue;
		visit->goal = goals[i].goal;
		visit->type = goals[i].type;
		return;
	}
	if (*name == '\0')
		name = "index.html";
	if (!is_name(name) || type_of(name) == NULL)
		return;
	visit->goal = VISIT_FILE;
	visit->type = type_of(name);
	memcpy(visit->name, name, strlen(name) + 1);
}

/* Whether a weight, which begins at text, is more than nothing. */
static bool
is_wanted(const char *text, size_t len)
{
	const char *end = text + len;
	const char *weight = memchr(text, ';', len);

	if (weight == NULL)
		return true;
	for (weight++; weight < end && (*weight == ' ' || *weight == '\t');)
		weight++;
	if (end - weight < 3 || strncasecmp(weight, "q=", 2) != 0)
		return false;
	for (weight += 2; weight < end; weight++) {
		if (*weight >= '1' && *weight <= '9')
			return true;
	}
	return false;
}

bool
visit_takes_gzip(const char *accepts)
{
	while (accepts != NULL && *accepts != '\0') {
		size_t len;

		accepts += strspn(accepts, " \t,");
		len = strcspn(accepts, ",");
		/* The word ends at its weight, at a space or at the end. */
		if (strncasecmp(accepts, "gzip", 4) == 0 &&
		    strcspn(accepts, " \t;,") == 4)
			return is_wanted(accepts, len);
		accepts += len;
	}
	return false;
}

bool
visit_has(const char *known, const char *etag)
{
	size_t etag_len = strlen(etag);

	while (known != NULL && *known != '\0') {
		known += strspn(known, " \t,");
		if (*known == '*')
			return true;
		if (strncmp(known, "W/", 2) == 0)
			known += 2;
		if (strncmp(known, etag, etag_len) == 0)
			return true;
		known += strcspn(known, ",");
	}
	return false;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);
	size_t end_len = strlen(end);

	return len > end_len && strcasecmp(text + len - end_len, end) == 0;
}

/* The host alone, as a name ends in lists of names: without a port, and without
 * the root's dot. */
static bool
cut_host(const char *text, char host[HOST_MAX])
{
	size_t len = *text == '[' ? strcspn(text, "]") : strcspn(text, ":");

	if (len == 0 || len >= HOST_MAX || (*text == '[' && text[len] != ']'))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[len - 1] == '.')
		host[len - 1] = '\0';
	return *host != '\0';
}

bool
visit_is_near(const char *text)
{
	static const char *const ours[] = { ".localhost", ".local", ".lan",
		".home", ".internal", ".localdomain", ".home.arpa",
		".fritz.box" };
	struct in6_addr address;
	char host[HOST_MAX];

	if (text == NULL)
		return true; /* no browser leaves it out */
	if (!cut_host(text, host))
		return false;
	if (*host == '[')
		return inet_pton(AF_INET6, host + 1, &address) == 1;
	if (inet_pton(AF_INET, host, &address) == 1)
		return true;
	if (strchr(host, '.') == NULL)
		return true;
	for (size_t i = 0; i < COUNT_OF(ours); i++) {
		if (ends_with(host, ours[i]))
			return true;
	}
	return false;
}

static bool
read_port(const char *text, uint16_t *port)
{
	uint32_t number = 0;

	if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
		return false;
	for (; *text != '\0' && number <= UINT16_MAX; text++)
		number = number * 10 + (uint32_t)(*text - '0');
	*port = (uint16_t)number;
	return number > 0 && number <= UINT16_MAX;
}

bool
visit_read_place(const char *text, struct visit_place *place)
{
	const char *colon = strrchr(text, ':');
	struct visit_place draft = { .is_ipv6 = *text == '[' };
	struct in6_addr scratch;
	size_t len;

	if (colon == NULL || !read_port(colon + 1, &draft.port))
		return false;
	len = (size_t)(colon - text);
	if (draft.is_ipv6) {
		if (len < 2 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len == 0 || len >= VISIT_ADDRESS_MAX)
		return false;
	memcpy(draft.address, text, len);
	if (!draft.is_ipv6 && strcmp(draft.address, "*") == 0)
		draft.address[0] = '\0';
	else if (inet_pton(draft.is_ipv6 ? AF_INET6 : AF_INET, draft.address,
	             &scratch) != 1)
		return false;
	*place = draft;
	return true;
}

/* What a policy calls the broker: without a path, and it knows no IPv6. */
static void
add_broker(const char *broker, struct buf *policy)
{
	const char *host = strstr(broker, "://");

	if (host == NULL) {
		buf_addf(policy, "ws: wss:");
		return;
	}
	host += 3;
	if (*host == '[')
		buf_add(policy, broker, (size_t)(host - broker) - 2);
	else
		buf_add(policy, broker,
		    (size_t)(host - broker) + strcspn(host, "/?#"));
}

void
visit_add_policy(const char *broker, struct buf *policy)
{
	buf_addf(policy,
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self'; connect-src 'self' ");
	add_broker(broker, policy);
	buf_addf(policy,
	    "; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'");
}
