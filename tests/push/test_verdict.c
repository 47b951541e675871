#include "push/verdict.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct verdict
read_reason(int status, const char *body)
{
	struct response response = { .status = status };
	struct verdict verdict = { .outcome = OUTCOME_REJECTED };

	response.body = strdup(body);
	verdict_read_reason(&response, &verdict);
	free(response.body);
	return verdict;
}

TEST(takes_a_word_of_the_services_for_a_reason)
{
	assert_string_equal(read_reason(400, "{\"reason\":\"BadTtl\"}").reason,
	    "BadTtl");
	assert_string_equal(
	    read_reason(403, "{\"error\":\"PERMISSION_DENIED\"}").reason,
	    "PERMISSION_DENIED");
}

TEST(keeps_a_sentence_for_the_log)
{
	static const char *const bodies[] = {
		"{\"reason\":\"your secret is hunter2\"}",
		"{\"message\":\"root:x:0:0\"}",
		"{\"error\":\"<script>\"}",
		"{\"reason\":\"\xd7\xa9\"}",
		"{\"error\":{\"code\":1}}",
		"{\"reason\":\"\"}",
	};

	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		assert_string_equal(read_reason(400, bodies[i]).reason, "");
	assert_string_equal(read_reason(400, bodies[0]).words,
	    "your secret is hunter2");
	assert_string_equal(read_reason(400,
	                        "{\"message\":\"no way\",\"error\":\"NoWay\"}")
	                        .reason,
	    "NoWay");
}

TEST(takes_a_word_of_64_letters_and_no_longer)
{
	char body[128] = "{\"reason\":\"";
	size_t len = strlen(body);

	memset(body + len, 'x', 64);
	(void)strcpy(body + len + 64, "\"}");
	assert_int_equal(strlen(read_reason(400, body).reason), 64);
	(void)strcpy(body + len + 64, "x\"}");
	assert_string_equal(read_reason(400, body).reason, "");
	assert_int_equal(strlen(read_reason(400, body).words), 65);
}

TEST(keeps_the_start_of_what_is_no_json_for_the_log)
{
	char page[601];
	struct verdict verdict;

	for (size_t i = 0; i < 600; i += 3)
		memcpy(page + i, "\xe2\x82\xac", 3);
	page[600] = '\0';
	verdict = read_reason(502, page);
	assert_string_equal(verdict.reason, "");
	assert_int_equal(strlen(verdict.words), 198);
	assert_string_equal(read_reason(0, "half an ans").words, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_word_of_the_services_for_a_reason),
		cmocka_unit_test(keeps_a_sentence_for_the_log),
		cmocka_unit_test(takes_a_word_of_64_letters_and_no_longer),
		cmocka_unit_test(
		    keeps_the_start_of_what_is_no_json_for_the_log),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
