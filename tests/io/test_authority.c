#include "io/authority.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_S INT64_C(1764000000)
#define DAY_S INT64_C(86400)

static struct authority home;
static struct authority pi;

static int
set_up(void **state)
{
	struct fault fault = { "" };
	const struct authority_wish wish = { "pi.lan",
		"DNS:pi.lan,DNS:localhost,IP:10.0.0.2,IP:::1", NOW_S };

	(void)state;
	authority_init(&home);
	authority_init(&pi);
	if (authority_make("nudge on pi", NOW_S, &home, &fault) != STATUS_OK)
		return -1;
	return authority_issue(&home, &wish, &pi, &fault) == STATUS_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	authority_finish(&home);
	authority_finish(&pi);
	return 0;
}

static bool
serves(const char *name, int64_t days)
{
	return authority_serves(buf_text(&pi.certificate),
	    buf_text(&home.certificate), name, NOW_S + days * DAY_S);
}

TEST(vouches_for_each_name_and_address)
{
	assert_true(serves("pi.lan", 0));
	assert_true(serves("localhost", 0));
	assert_true(serves("10.0.0.2", 0));
	assert_true(serves("::1", 0));
	assert_false(serves("other.lan", 0));
	assert_false(serves("10.0.0.3", 0));
}

TEST(wants_another_certificate_in_time)
{
	assert_true(serves("pi.lan", 760));
	assert_false(serves("pi.lan", 770));
}

/* The last second that fits into 32 bits is on 19 January 2038. */
TEST(vouches_beyond_what_32_bits_hold)
{
	const int64_t now_s = INT64_C(2147483647) - 100 * DAY_S;
	const struct authority_wish wish = { "pi.lan", "DNS:pi.lan", now_s };
	struct authority old;
	struct authority server;
	struct fault fault = { "" };

	authority_init(&old);
	authority_init(&server);
	assert_int_equal(authority_make("nudge on pi", now_s, &old, &fault),
	    STATUS_OK);
	assert_int_equal(authority_issue(&old, &wish, &server, &fault),
	    STATUS_OK);
	assert_true(authority_serves(buf_text(&server.certificate),
	    buf_text(&old.certificate), "pi.lan", now_s));
	assert_true(authority_serves(buf_text(&server.certificate),
	    buf_text(&old.certificate), "pi.lan", now_s + 760 * DAY_S));
	assert_false(authority_serves(buf_text(&server.certificate),
	    buf_text(&old.certificate), "pi.lan", now_s + 770 * DAY_S));
	assert_true(authority_serves(buf_text(&old.certificate),
	    buf_text(&old.certificate), "nudge on pi", now_s + 3590 * DAY_S));
	authority_finish(&server);
	authority_finish(&old);
}

TEST(shows_the_authority_behind_the_certificate)
{
	const char *second =
	    strstr(buf_text(&pi.certificate), "-----END CERTIFICATE-----\n");

	assert_non_null(second);
	assert_string_equal(strchr(second, '\n') + 1,
	    buf_text(&home.certificate));
}

TEST(knows_another_authority_from_its_own)
{
	struct authority other;
	struct fault fault = { "" };

	authority_init(&other);
	assert_int_equal(authority_make("nudge on pi", NOW_S, &other, &fault),
	    STATUS_OK);
	assert_false(authority_serves(buf_text(&pi.certificate),
	    buf_text(&other.certificate), "pi.lan", NOW_S));
	authority_finish(&other);
}

TEST(tells_for_whom_a_certificate_was_made)
{
	char name[16] = "before";
	char small[4] = "x";

	assert_false(authority_name("nonsense", name, sizeof(name)));
	assert_false(
	    authority_name(buf_text(&pi.certificate), small, sizeof(small)));
	assert_string_equal(name, "before");
	assert_true(
	    authority_name(buf_text(&pi.certificate), name, sizeof(name)));
	assert_string_equal(name, "pi.lan");
}

TEST(says_what_it_cannot_vouch_for)
{
	struct authority out;
	struct fault fault = { "" };
	const struct authority_wish wish = { "x", "IP:nonsense", NOW_S };

	authority_init(&out);
	assert_int_equal(authority_issue(&home, &wish, &out, &fault),
	    STATUS_IO);
	assert_string_equal(fault.text,
	    "cannot make a certificate for IP:nonsense");
	assert_false(authority_serves("nonsense", "", "x", NOW_S));
	authority_finish(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vouches_for_each_name_and_address),
		cmocka_unit_test(wants_another_certificate_in_time),
		cmocka_unit_test(vouches_beyond_what_32_bits_hold),
		cmocka_unit_test(shows_the_authority_behind_the_certificate),
		cmocka_unit_test(knows_another_authority_from_its_own),
		cmocka_unit_test(tells_for_whom_a_certificate_was_made),
		cmocka_unit_test(says_what_it_cannot_vouch_for),
	};

	return cmocka_run_group_tests_name("authority", tests, set_up,
	    tear_down);
}
