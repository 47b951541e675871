#include "core/pairing.h"

#include <stdbool.h>
#include <string.h>

/* RFC 3986 2.3: what needs no escape anywhere. */
static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
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
}
