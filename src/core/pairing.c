#include "core/pairing.h"

#include "core/host.h"

#include <string.h>

/* RFC 3986 2.3: what needs no escape anywhere. */
static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

/* An address of the one scheme or the other, with a host and no login. */
static void
check_address(const char *option, const char *url, const char *const schemes[2],
    struct fault *fault)
{
	const char *host = NULL;
	const char *bad;

	if (url == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			host = url + strlen(schemes[i]);
	}
	if (host == NULL) {
		fault_set(fault, "%s must begin with %s or %s", option,
		    schemes[0], schemes[1]);
		return;
	}
	bad = host_url_objection(host);
	if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
		fault_set(fault, "%s must have no login in it", option);
	else if (url[strcspn(url, " \t\r\n\"<>\\")] != '\0')
		fault_set(fault, "%s must have no space in it", option);
	else if (bad != NULL)
		fault_set(fault, "%s %s", option, bad);
}

bool
pairing_is_good(const struct pairing *pairing, struct fault *fault)
{
	static const char *const native[] = { "mqtt://", "mqtts://" };
	static const char *const socket[] = { "ws://", "wss://" };
	static const char *const page[] = { "http://", "https://" };

	check_address("--broker", pairing->broker, native, fault);
	check_address("--ws", pairing->ws, socket, fault);
	check_address("--page", pairing->page, page, fault);
	if (pairing->page != NULL && strchr(pairing->page, '#') != NULL)
		fault_set(fault, "--page must have no '#'");
	return !fault_is_set(fault);
}

static void
add_member(struct buf *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(text, "&%s=", name);
	for (; *value != '\0'; value++) {
		if (is_unreserved(*value))
			buf_add(text, value, 1);
		else
			buf_addf(text, "%%%02X", (unsigned char)*value);
	}
}

void
pairing_write(const struct pairing *pairing, struct buf *text)
{
	if (pairing->page != NULL)
		buf_addf(text, "%s#pair", pairing->page);
	else
		buf_addf(text, "nudge:pair");
	/* A user is a topic level, and needs no escape. */
	buf_addf(text, "?user=%s", pairing->user);
	add_member(text, "broker", pairing->broker);
	add_member(text, "ws", pairing->ws);
	add_member(text, "username", pairing->username);
	add_member(text, "root", pairing->root);
	add_member(text, "ca", pairing->ca);
	add_member(text, "key", pairing->key);
	add_member(text, "password", pairing->password);
}
