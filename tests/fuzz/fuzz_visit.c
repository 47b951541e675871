/* What an HTTP client sends, and where an operator lets us listen. Nothing that
 * is found is outside the folder of the page, and no stranger's name is near. */
#include "core/visit.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_path(const char *text)
{
	struct visit visit;

	visit_read(text, &visit);
	assert((visit.goal == VISIT_NOTHING) == (visit.type == NULL));
	assert((visit.goal == VISIT_FILE) == (*visit.name != '\0'));
	assert(strpbrk(visit.name, "/\\%\n ") == NULL);
	assert(*visit.name != '.');
	assert(strlen(visit.name) < VISIT_NAME_MAX);
}

static void
check_headers(const char *text)
{
	char wrapped[600];

	/* What is taken is written there, and what is refused not by chance. */
	if (visit_takes_gzip(text))
		assert(strcasestr(text, "gzip") != NULL);
	if (visit_has(text, "\"1-2\""))
		assert(strstr(text, "\"1-2\"") != NULL ||
		    strchr(text, '*') != NULL);
	/* A stranger's name stays one, with a port too. */
	(void)snprintf(wrapped, sizeof(wrapped), "%.500s.example.org:80", text);
	if (strpbrk(text, ":[") == NULL)
		assert(!visit_is_near(wrapped));
	(void)visit_is_near(text);
}

static void
check_place(const char *text)
{
	struct visit_place place = { .port = 0 };
	char again[80];
	struct visit_place other;
	struct in6_addr address;

	if (!visit_read_place(text, &place)) {
		assert(place.port == 0);
		return;
	}
	assert(place.port > 0);
	assert(*place.address == '\0' ||
	    inet_pton(place.is_ipv6 ? AF_INET6 : AF_INET, place.address,
	        &address) == 1);
	(void)snprintf(again, sizeof(again),
	    place.is_ipv6 ? "[%s]:%d" : "%s:%d",
	    *place.address != '\0' ? place.address : "*", place.port);
	assert(visit_read_place(again, &other));
	assert(strcmp(place.address, other.address) == 0);
	assert(place.port == other.port && place.is_ipv6 == other.is_ipv6);
}

/* One directive stays one, whatever the settings let through. */
static void
check_policy(const char *text)
{
	struct buf policy;
	int directives = 0;

	if (strpbrk(text, " ;,'\"") != NULL)
		return;
	buf_init(&policy, 65536 + 1024);
	visit_add_policy(text, &policy);
	for (const char *at = buf_text(&policy); *at != '\0'; at++)
		directives += *at == ';';
	assert(buf_status(&policy) != STATUS_OK || directives == 9);
	buf_finish(&policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);

	assert(text != NULL);
	check_path(text);
	check_headers(text);
	check_place(text);
	check_policy(text);
	free(text);
	return 0;
}
