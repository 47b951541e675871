#include "core/ack.h"
#include "unit.h"

#include <string.h>

#define NAME_64 \
	"0123456789012345678901234567890123456789012345678901234567890123"

static void
assert_taken(const char *text, const char *event, const char *device)
{
	struct fault fault = { "" };
	struct ack ack;

	assert_int_equal(ack_parse(text, strlen(text), &ack, &fault),
	    STATUS_OK);
	assert_string_equal(ack.event, event);
	assert_string_equal(ack.device, device);
}

TEST(reads_an_id_and_perhaps_where_it_was_seen)
{
	assert_taken("evt_1", "evt_1", "");
	assert_taken(NAME_64, NAME_64, "");
	assert_taken("{\"event\":\"evt_1\"}", "evt_1", "");
	assert_taken("\xef\xbb\xbf evt_1\n", "evt_1", "");
	assert_taken("\xef\xbb\xbf{\"event\":\"evt_1\"}\r\n", "evt_1", "");
	assert_taken("{\"event\":\"evt_1\",\"device\":\"phone\"}", "evt_1",
	    "phone");
}

TEST(refuses_everything_else)
{
	static const struct {
		const char *text;
		const char *why;
	} faulty[] = {
		{ "", "ack: must be an event's id" },
		{ "a b", "ack: must be an event's id" },
		{ NAME_64 "x", "ack: must be an event's id" },
		{ "{", "not valid JSON at byte 0" },
		{ "{}", "event: is missing" },
		{ "{\"event\":\"e\",\"device\":\"a/b\"}",
		    "device: must be 1 to 64 of the characters A-Z a-z 0-9 _ "
		    "-" },
	};

	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		struct fault fault = { "" };
		struct ack ack = { .event = "before" };

		assert_int_equal(ack_parse(faulty[i].text,
		                     strlen(faulty[i].text), &ack, &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(fault.text, faulty[i].why);
		assert_string_equal(ack.event, "before");
	}
}

TEST(takes_no_nul_for_an_end)
{
	struct fault fault = { "" };
	struct ack ack;

	assert_int_equal(ack_parse("evt\0x", 5, &ack, &fault),
	    STATUS_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_an_id_and_perhaps_where_it_was_seen),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(takes_no_nul_for_an_end),
	};

	return cmocka_run_group_tests_name("ack", tests, NULL, NULL);
}
