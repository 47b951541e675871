#include "core/pairing.h"
#include "unit.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_out_what_there_is_not),
		cmocka_unit_test(escapes_what_an_address_may_not_hold),
		cmocka_unit_test(leads_to_the_page_if_there_is_one),
		cmocka_unit_test(says_when_it_is_too_long),
	};

	return cmocka_run_group_tests_name("pairing", tests, NULL, NULL);
}
