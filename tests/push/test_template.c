#include "push/template.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const struct template_word words[] = {
	{ "title", "Say \"hi\"\n\\", false },
	{ "priority", "8", true },
	{ "empty", "", false },
};

static const char *
fill(const char *text, struct fault *fault)
{
	static char filled[512];
	struct buf out;
	enum status status;

	buf_init(&out, sizeof(filled) - 1);
	memset(fault, 0, sizeof(*fault));
	status = template_fill(text, words, COUNT_OF(words), &out, fault);
	assert_int_equal(status == STATUS_BAD_INPUT, fault_is_set(fault));
	(void)snprintf(filled, sizeof(filled), "%s", buf_text(&out));
	buf_finish(&out);
	return filled;
}

TEST(fills_names_in)
{
	static const struct {
		const char *text;
		const char *filled;
	} cases[] = {
		{ "", "" },
		{ "no names", "no names" },
		{ "{{title}}", "Say \"hi\"\n\\" },
		{ "p={{priority}}; \"{{priority}}\"", "p=8; \"8\"" },
		{ "{\"a\":\"<{{title}}>\"}",
		    "{\"a\":\"<Say \\\"hi\\\"\\n\\\\>\"}" },
		{ "{\"p\":\"{{priority}}\"}", "{\"p\":8}" },
		{ "{\"p\":{{priority}}}", "{\"p\":8}" },
		{ "{\"p\":\"p{{priority}}\"}", "{\"p\":\"p8\"}" },
		{ " {\"{{empty}}\":\"{{empty}}\"}", " {\"\":\"\"}" },
		{ "{\"a\":{\"b\":1 }}", "{\"a\":{\"b\":1 }}" },
	};
	struct fault fault;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(fill(cases[i].text, &fault),
		    cases[i].filled);
}

TEST(refuses_a_name_that_nobody_knows)
{
	static const char *const bad[] = { "{{titel}}", "{{}}", "{{title}",
		"{{", "{\"a\":\"{{nonce}}\"}", "{{ title }}" };
	struct fault fault;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		(void)fill(bad[i], &fault);
		assert_non_null(strstr(fault.text, "is no name"));
	}
}

TEST(refuses_what_would_be_no_json)
{
	static const char *const bad[] = { "{", "{\"a\":{{title}}}",
		"{\"a\":1} x", "{\"a\":\"{{title}}}" };
	struct fault fault;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		(void)fill(bad[i], &fault);
		assert_true(fault_is_set(&fault));
	}
}

TEST(says_when_it_does_not_fit)
{
	struct fault fault = { "" };
	struct buf out;

	buf_init(&out, 8);
	assert_int_equal(template_fill("{{title}}{{title}}", words,
	                     COUNT_OF(words), &out, &fault),
	    STATUS_TOO_LARGE);
	buf_finish(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_names_in),
		cmocka_unit_test(refuses_a_name_that_nobody_knows),
		cmocka_unit_test(refuses_what_would_be_no_json),
		cmocka_unit_test(says_when_it_does_not_fit),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
