#include "core/patch.h"
#include "unit.h"

#include <string.h>

static enum status
merge(const char *document, const char *change, struct buf *merged,
    struct fault *fault)
{
	const struct patch patch = { change, strlen(change) };

	buf_init(merged, 4096);
	return patch_merge(document, &patch, merged, fault);
}

/* The cases of RFC 7396 appendix A whose two sides are objects: no other
 * document gets as far as this; and a number of 16 digits. */
TEST(merges_as_the_table_of_the_rfc_says)
{
	static const struct {
		const char *document;
		const char *change;
		const char *merged;
	} cases[] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"b\":\"c\"}",
		    "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}",
		    "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
		    "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "{\"a\":[1]}", "{\"b\":9007199254740991}",
		    "{\"a\":[1],\"b\":9007199254740991}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}",
		    "{\"a\":{\"bb\":{}}}" },
		{ "{\"a\":\"foo\"}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };
		struct buf merged;

		assert_int_equal(merge(cases[i].document, cases[i].change,
		                     &merged, &fault),
		    STATUS_OK);
		assert_string_equal(buf_text(&merged), cases[i].merged);
		buf_finish(&merged);
	}
}

TEST(refuses_what_is_no_object)
{
	static const char *const changes[] = { "", "[]", "null", "7", "{" };

	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct fault fault = { "" };
		struct buf merged;

		assert_int_equal(merge("{\"a\":1}", changes[i], &merged,
		                     &fault),
		    STATUS_BAD_INPUT);
		assert_true(fault_is_set(&fault));
		assert_int_equal(merged.len, 0);
		buf_finish(&merged);
	}
}

/* {"m0":1,...}, perhaps one level below. */
static void
write_members(int count, bool is_below, struct buf *json)
{
	buf_init(json, 65536);
	buf_addf(json, "%s{", is_below ? "{\"below\":[" : "");
	for (int i = 0; i < count; i++)
		buf_addf(json, "%s\"m%d\":1", i > 0 ? "," : "", i);
	buf_addf(json, "}%s", is_below ? "]}" : "");
}

TEST(refuses_more_members_than_it_looks_for_in_time)
{
	for (int is_below = 0; is_below < 2; is_below++) {
		for (int more = 0; more < 2; more++) {
			struct fault fault = { "" };
			struct buf change;
			struct buf merged;

			write_members(PATCH_MEMBERS_MAX + more, is_below,
			    &change);
			assert_int_equal(merge("{}", buf_text(&change), &merged,
			                     &fault),
			    more ? STATUS_BAD_INPUT : STATUS_OK);
			assert_string_equal(fault.text,
			    more ? "an object has more than 256 members" : "");
			buf_finish(&merged);
			buf_finish(&change);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_as_the_table_of_the_rfc_says),
		cmocka_unit_test(refuses_what_is_no_object),
		cmocka_unit_test(
		    refuses_more_members_than_it_looks_for_in_time),
	};

	return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
