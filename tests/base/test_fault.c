#include "base/fault.h"
#include "base/status.h"
#include "base/text.h"
#include "unit.h"

#include <string.h>

TEST(is_not_set_at_first)
{
	struct fault fault = { "" };

	assert_false(fault_is_set(&fault));
}

TEST(says_what_it_was_given)
{
	struct fault fault = { "" };

	fault_set(&fault, "ttl_s: must be at most %d", 7);
	assert_true(fault_is_set(&fault));
	assert_string_equal(fault.text, "ttl_s: must be at most 7");
}

TEST(keeps_the_first_of_two)
{
	struct fault fault = { "" };

	fault_set(&fault, "first");
	fault_set(&fault, "second");
	assert_string_equal(fault.text, "first");
}

TEST(cuts_a_long_text_on_a_character_boundary)
{
	char text[2 * FAULT_MAX] = "";

	/* With one, two and three bytes before it, a character of three bytes
	 * falls on the end in every possible way. */
	for (size_t lead = 0; lead < 3; lead++) {
		struct fault fault = { "" };

		memset(text, 'x', lead);
		for (size_t i = lead; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 4);
		fault_set(&fault, "%s", text);
		assert_in_range(strlen(fault.text), FAULT_MAX - 3,
		    FAULT_MAX - 1);
		assert_true(text_is_utf8(fault.text, strlen(fault.text)));
	}
}

TEST(has_a_phrase_for_every_status)
{
	for (int status = STATUS_OK; status <= STATUS_IO; status++) {
		const char *phrase = status_str((enum status)status);

		assert_true(strlen(phrase) > 0);
		assert_true(text_is_line(phrase));
		assert_string_not_equal(phrase, "unknown status");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_not_set_at_first),
		cmocka_unit_test(says_what_it_was_given),
		cmocka_unit_test(keeps_the_first_of_two),
		cmocka_unit_test(cuts_a_long_text_on_a_character_boundary),
		cmocka_unit_test(has_a_phrase_for_every_status),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
