#include "core/canonical.h"
#include "unit.h"

#include <string.h>

static void
assert_form(const char *text, const char *form)
{
	struct fault fault = { "" };
	struct buf json;

	buf_init(&json, 4096);
	assert_int_equal(canonical_write(text, strlen(text), 7, &json, &fault),
	    STATUS_OK);
	assert_string_equal(buf_text(&json), form);
	buf_finish(&json);
}

TEST(has_one_order_and_no_blanks)
{
	assert_form("{ \"sound\": \"bell\", \"rev\": 3, \"enabled\": false }",
	    "{\"enabled\":false,\"sound\":\"bell\",\"rev\":7}");
	assert_form("{}", "{\"rev\":7}");
	assert_form("{\"rate\":{\"per_minute\":6,\"burst\":1e1}}",
	    "{\"rate\":{\"burst\":10,\"per_minute\":6},\"rev\":7}");
}

TEST(leaves_out_what_is_null_or_unknown)
{
	assert_form("{\"enabled\":null,\"qiet\":[],\"kinds\":{\"note\":null,"
	            "\"session.idle\":true,\"x\":1},\"hold_s\":2}",
	    "{\"kinds\":{\"session.idle\":true},\"hold_s\":2,\"rev\":7}");
	assert_form("{\"mute\":{\"hosts\":[\"pi\"],\"cats\":[]}}",
	    "{\"mute\":{\"hosts\":[\"pi\"]},\"rev\":7}");
}

TEST(keeps_each_digit)
{
	assert_form("{\"snooze_until\":9007199254740991}",
	    "{\"snooze_until\":9007199254740991,\"rev\":7}");
}

TEST(keeps_silence)
{
	assert_form("{\"sound\":null}", "{\"sound\":\"\",\"rev\":7}");
}

TEST(orders_each_rule_of_quiet_hours)
{
	assert_form("{\"quiet\":[{\"tz\":\"UTC\",\"to\":\"07:00\",\"x\":1,"
	            "\"from\":\"22:00\"},{\"digest\":false,\"days\":[\"mon\"],"
	            "\"from\":\"00:00\",\"to\":\"00:00\",\"tz\":\"UTC\"}]}",
	    "{\"quiet\":[{\"from\":\"22:00\",\"to\":\"07:00\",\"tz\":\"UTC\"},"
	    "{\"days\":[\"mon\"],\"from\":\"00:00\",\"to\":\"00:00\","
	    "\"tz\":\"UTC\",\"digest\":false}],\"rev\":7}");
}

TEST(refuses_what_is_no_document)
{
	struct fault fault = { "" };
	struct buf json;

	buf_init(&json, 4096);
	assert_int_equal(canonical_write("[]", 2, 7, &json, &fault),
	    STATUS_BAD_INPUT);
	buf_finish(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_one_order_and_no_blanks),
		cmocka_unit_test(leaves_out_what_is_null_or_unknown),
		cmocka_unit_test(keeps_each_digit),
		cmocka_unit_test(keeps_silence),
		cmocka_unit_test(orders_each_rule_of_quiet_hours),
		cmocka_unit_test(refuses_what_is_no_document),
	};

	return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
