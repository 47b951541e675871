#include "core/pairing.h"
#include "unit.h"
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

static void
assert_writes(const struct pairing *pairing, const char *expected)
{
	struct buf text;

	buf_init(&text, PAIRING_MAX);
	pairing_write(pairing, &text);
	assert_int_equal(buf_status(&text), STATUS_OK);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

TEST(leaves_out_what_there_is_not)
{
	assert_writes(&(struct pairing){ .user = "me" }, "nudge:pair?user=me");
}

TEST(escapes_what_an_address_may_not_hold)
{
	assert_writes(
	    &(struct pairing){
	        .user = "alice",
	        .broker = "mqtts://pi.lan:8883",
	        .ws = "wss://pi.lan:9001/?a=b&c",
	        .username = "a l\xc3\xaf"
	                    "ce",
	        .root = "home-1_2.3~4",
	        .ca = "00ff",
	    },
	    "nudge:pair?user=alice&broker=mqtts%3A%2F%2Fpi.lan%3A8883"
	    "&ws=wss%3A%2F%2Fpi.lan%3A9001%2F%3Fa%3Db%26c"
	    "&username=a%20l%C3%AFce&root=home-1_2.3~4&ca=00ff");
}

TEST(leads_to_the_page_if_there_is_one)
{
	assert_writes(&(struct pairing){ .page = "https://pi.lan/",
	                  .user = "me" },
	    "https://pi.lan/#pair?user=me");
}

TEST(says_when_it_is_too_long)
{
	struct buf text;

	buf_init(&text, 16);
	pairing_write(&(struct pairing){ .user = "somebody" }, &text);
	assert_int_equal(buf_status(&text), STATUS_TOO_LARGE);
	buf_finish(&text);
}

/* What the readers know, but for members that nobody writes. */
TEST(writes_the_texts_that_every_reader_takes)
{
	struct json_object document;
	struct json_object vector;
	struct cJSON *root =
	    vectors_read("tests/vectors/pairing.json", &document);
	struct json_list good = json_list(&document, "good");

	while (json_next(&good, &vector)) {
		struct json_object members = json_member(&vector, "members");
		char *text = strdup(json_text(&vector, "text", PAIRING_MAX));
		char *page = strdup(text);
		struct fault fault = { "" };
		const struct pairing pairing = {
			.page = strncmp(text, "http", 4) == 0 ? page : NULL,
			.user = json_text(&members, "user", PAIRING_MAX),
			.broker = json_text(&members, "broker", PAIRING_MAX),
			.ws = json_text(&members, "ws", PAIRING_MAX),
			.username =
			    json_text(&members, "username", PAIRING_MAX),
			.root = json_text(&members, "root", PAIRING_MAX),
			.ca = json_text(&members, "ca", PAIRING_MAX),
			.key = json_text(&members, "key", PAIRING_MAX),
			.password =
			    json_text(&members, "password", PAIRING_MAX),
		};

		page[strcspn(page, "#")] = '\0';
		if (strstr(text, "&colour=") != NULL)
			*strstr(text, "&colour=") = '\0';
		assert_true(pairing_is_good(&pairing, &fault));
		assert_writes(&pairing, text);
		free(text);
		free(page);
	}
	assert_true(good.index > 0);
	json_free(root);
}

TEST(names_the_address_that_no_app_would_take)
{
	static const struct {
		struct pairing pairing;
		const char *fault;
	} cases[] = {
		{ { .broker = "pi.lan" },
		    "--broker must begin with mqtt:// or mqtts://" },
		{ { .broker = "javascript:alert(1)" },
		    "--broker must begin with mqtt:// or mqtts://" },
		{ { .broker = "mqtt://alice:s3cret@pi.lan" },
		    "--broker must have no login in it" },
		{ { .broker = "mqtt://" }, "--broker must name a host" },
		{ { .broker = "mqtt://:1883" }, "--broker must name a host" },
		{ { .broker = "mqtt://pi:0" },
		    "--broker must have a port from 1 to 65535, or none" },
		{ { .ws = "wss://pi:x/mqtt" },
		    "--ws must have a port from 1 to 65535, or none" },
		{ { .page = "https://[::1" },
		    "--page must have its IPv6 address in brackets: [::1]" },
		{ { .broker = "mqtt://pi lan" },
		    "--broker must have no space in it" },
		{ { .ws = "http://pi.lan" },
		    "--ws must begin with ws:// or wss://" },
		{ { .ws = "ws://alice@pi.lan/mqtt" },
		    "--ws must have no login in it" },
		{ { .page = "pi.lan" },
		    "--page must begin with http:// or https://" },
		{ { .page = "https://a:b@pi.lan/" },
		    "--page must have no login in it" },
		{ { .page = "http://pi.lan/#x" }, "--page must have no '#'" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };

		assert_false(pairing_is_good(&cases[i].pairing, &fault));
		assert_string_equal(fault.text, cases[i].fault);
	}
}

TEST(takes_an_at_sign_that_is_no_login)
{
	const struct pairing pairing = {
		.ws = "wss://pi.lan:9001/a@b?c@d",
		.page = "https://pi.lan/@home/",
	};
	struct fault fault = { "" };

	assert_true(pairing_is_good(&pairing, &fault));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_out_what_there_is_not),
		cmocka_unit_test(escapes_what_an_address_may_not_hold),
		cmocka_unit_test(leads_to_the_page_if_there_is_one),
		cmocka_unit_test(says_when_it_is_too_long),
		cmocka_unit_test(writes_the_texts_that_every_reader_takes),
		cmocka_unit_test(names_the_address_that_no_app_would_take),
		cmocka_unit_test(takes_an_at_sign_that_is_no_login),
	};

	return cmocka_run_group_tests_name("pairing", tests, NULL, NULL);
}
