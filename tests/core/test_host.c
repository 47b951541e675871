#include "core/host.h"
#include "unit.h"

#include <string.h>

TEST(finds_the_host_that_a_text_begins_with)
{
	assert_int_equal(host_len("pi.lan:8443/x"), 6);
	assert_int_equal(host_len("10.0.0.1/"), 8);
	assert_int_equal(host_len("[fd00::1]:1"), 9);
	assert_int_equal(host_len(""), 0);
	assert_int_equal(host_len("Pi.lan"), 0);
	assert_int_equal(host_len(".lan"), 0);
	assert_int_equal(host_len("-a.lan"), 0);
	assert_int_equal(host_len("pi..lan"), 0);
	assert_int_equal(host_len("pi.lan."), 0);
	assert_int_equal(host_len("[]"), 0);
	assert_int_equal(host_len("[fd00::1"), 0);
	assert_int_equal(host_len("[fd00::1%lo]"), 0);
}

TEST(reads_a_port_only_where_one_is_written)
{
	static const char *const bad[] = { ":", ":x", ":0", ":65536",
		":443443443443443443443", ":-1", ": 1" };
	const char *text = "/x";
	uint16_t port = 7;

	assert_true(host_take_port(&text, &port));
	assert_string_equal(text, "/x");
	assert_int_equal(port, 7);
	text = ":65535/x";
	assert_true(host_take_port(&text, &port));
	assert_string_equal(text, "/x");
	assert_int_equal(port, 65535);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		text = bad[i];
		assert_false(host_take_port(&text, &port));
		assert_ptr_equal(text, bad[i]);
	}
}

TEST(says_why_an_entry_can_never_match)
{
	static const struct {
		const char *entries;
		size_t number; /* 0 = all are good */
		const char *word;
	} cases[] = {
		{ "", 0, NULL },
		{ " , ", 0, NULL },
		{ "pi.lan", 0, NULL },
		{ "pi.lan, *.example.org:8443 10.0.0.1:1,[fd00::1]", 0, NULL },
		{ "[fd00::1]:65535", 0, NULL },
		{ "Pi.lan", 1, "lower case" },
		{ "a,https://pi.lan", 2, "https://" },
		{ "a, b, pi.lan/topic", 3, "path" },
		{ "alice:S3cret@pi.lan", 1, "login" },
		{ "pi.lan:", 1, "port" },
		{ "pi.lan:0", 1, "port" },
		{ "pi.lan:65536", 1, "port" },
		{ "pi.lan:80:80", 1, "port" },
		{ "pi..lan", 1, "must be a host" },
		{ ".lan", 1, "must be a host" },
		{ "*.", 1, "must be a host" },
		{ "*", 1, "must be a host" },
		{ "*pi.lan", 1, "must be a host" },
		{ "a.*.lan", 1, "must be a host" },
		{ "fd00::1", 1, "port" },
		{ "pi_x.lan", 1, "character" },
		{ "[fd00::1]x", 1, "character" },
		{ "b\xc3\xbc"
		  "cher.example",
		    1, "character" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t number = 0;
		const char *bad = host_objection(cases[i].entries, &number);

		assert_int_equal(number, cases[i].number);
		assert_int_equal(bad != NULL, number > 0);
		if (bad != NULL && strstr(bad, cases[i].word) == NULL)
			fail_msg("%s: %s", cases[i].entries, bad);
	}
}

TEST(matches_no_entry_that_it_objects_to)
{
	assert_false(host_is_in("pi.lan", 443, "pi.lan:0", 443));
	assert_false(host_is_in("pi.lan", 443, "pi.lan/x", 443));
	assert_false(host_is_in("pi.lan", 443, "a@pi.lan", 443));
	assert_false(host_is_in("", 443, "*., *", 443));
	assert_true(host_is_in("pi.lan", 443, "x:1 pi.lan", 443));
}

TEST(says_why_a_url_leads_nowhere)
{
	static const char *const good[] = { "pi", "Pi_1.lan:1883", "pi/x:y",
		"10.0.0.5:1?x", "[::1]", "[fe80::1%eth0]:8883/",
		"[::ffff:10.0.0.5]#x", "r\xc3\xa4uber.lan" };
	static const struct {
		const char *rest;
		const char *word;
	} bad[] = {
		{ "", "name a host" },
		{ ":1", "name a host" },
		{ "/x", "name a host" },
		{ "a b", "name a host" },
		{ "a]", "name a host" },
		{ "a\"b:1", "name a host" },
		{ "a:", "a port" },
		{ "a:0", "a port" },
		{ "a:65536", "a port" },
		{ "a:1883x", "a port" },
		{ "a:+1", "a port" },
		{ "[::1]x", "a port" },
		{ "[::1]:x", "a port" },
		{ "::1", "brackets" },
		{ "a:1:2", "brackets" },
		{ "[::1", "brackets" },
		{ "[]", "brackets" },
		{ "[pi]", "brackets" },
		{ "[10.0.0.5]", "brackets" },
		{ "[fe80::1%eth0/]", "brackets" },
	};

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_null(host_url_objection(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const char *objection = host_url_objection(bad[i].rest);

		if (objection == NULL || strstr(objection, bad[i].word) == NULL)
			fail_msg("%s: %s", bad[i].rest,
			    objection != NULL ? objection : "good");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_host_that_a_text_begins_with),
		cmocka_unit_test(reads_a_port_only_where_one_is_written),
		cmocka_unit_test(says_why_an_entry_can_never_match),
		cmocka_unit_test(matches_no_entry_that_it_objects_to),
		cmocka_unit_test(says_why_a_url_leads_nowhere),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
