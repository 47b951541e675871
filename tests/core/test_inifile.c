#include "core/inifile.h"
#include "unit.h"

static void
assert_changed(const char *text, struct inifile_change change,
    const char *expected)
{
	struct buf out;
	struct buf again;

	buf_init(&out, INIFILE_MAX);
	buf_init(&again, INIFILE_MAX);
	inifile_change(text, &change, &out);
	assert_string_equal(buf_text(&out), expected);
	inifile_change(buf_text(&out), &change, &again);
	assert_string_equal(buf_text(&again), expected);
	buf_finish(&again);
	buf_finish(&out);
}

#define URL(value) ((struct inifile_change){ "mqtt", "url", value })

TEST(changes_a_key_where_it_is_set_last)
{
	assert_changed("[mqtt]\nurl = a\n", URL("b"), "[mqtt]\nurl = b\n");
	assert_changed("[mqtt]\n  url=a", URL("b"), "[mqtt]\nurl = b\n");
	assert_changed("[mqtt]\nurl = a\nx = 1\nurl : c\n", URL("b"),
	    "[mqtt]\nurl = a\nx = 1\nurl = b\n");
	assert_changed("[mqtt]\nurl = a\n[log]\nlevel = x\n[mqtt]\nurl = c\n",
	    URL("b"), "[mqtt]\nurl = a\n[log]\nlevel = x\n[mqtt]\nurl = b\n");
}

TEST(takes_the_place_of_a_comment)
{
	assert_changed("; about\n[mqtt]\n; url = x\n; username =\n", URL("b"),
	    "; about\n[mqtt]\nurl = b\n; username =\n");
}

TEST(adds_a_key_to_its_section)
{
	assert_changed("[mqtt]\nroot = n\n[log]\n", URL("b"),
	    "[mqtt]\nurl = b\nroot = n\n[log]\n");
	assert_changed("[mqtt]", URL("b"), "[mqtt]\nurl = b\n");
}

TEST(adds_a_section_at_the_end)
{
	assert_changed("", URL("b"), "[mqtt]\nurl = b\n");
	assert_changed("[log]\nlevel = x", URL("b"),
	    "[log]\nlevel = x\n\n[mqtt]\nurl = b\n");
}

TEST(knows_a_key_from_its_neighbours)
{
	assert_changed("[mqtt]\nurls = a\n[apns]\nurl = c\n", URL("b"),
	    "[mqtt]\nurl = b\nurls = a\n[apns]\nurl = c\n");
}

TEST(takes_a_key_away)
{
	assert_changed("[mqtt]\nurl = a\n; url = x\nroot = n\nurl = c\n",
	    URL(NULL), "[mqtt]\n; url = x\nroot = n\n");
	assert_changed("[apns]\nurl = a\n", URL(NULL), "[apns]\nurl = a\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_a_key_where_it_is_set_last),
		cmocka_unit_test(takes_the_place_of_a_comment),
		cmocka_unit_test(adds_a_key_to_its_section),
		cmocka_unit_test(adds_a_section_at_the_end),
		cmocka_unit_test(knows_a_key_from_its_neighbours),
		cmocka_unit_test(takes_a_key_away),
	};

	return cmocka_run_group_tests_name("inifile", tests, NULL, NULL);
}
