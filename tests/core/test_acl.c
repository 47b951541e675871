#include "core/acl.h"
#include "unit.h"

#include <string.h>

#define ALICE "# nudge: alice\nuser alice\ntopic read a\n# nudge: end alice\n"
#define BOB "# nudge: bob\nuser bob\ntopic read b\n# nudge: end bob\n"
#define OTHERS "# mine\nuser zigbee\ntopic zigbee/#\n\npattern read %u/#\n"

static void
assert_puts(const char *text, const char *lines, const char *expected)
{
	struct fault fault = { "" };
	struct buf out;

	buf_init(&out, ACL_MAX);
	assert_int_equal(acl_put(text, "alice", lines, &out, &fault),
	    STATUS_OK);
	assert_string_equal(buf_text(&out), expected);
	buf_finish(&out);
}

static void
assert_drops(const char *text, const char *expected)
{
	struct fault fault = { "" };
	struct buf out;

	buf_init(&out, ACL_MAX);
	assert_int_equal(acl_drop(text, "alice", &out, &fault), STATUS_OK);
	assert_string_equal(buf_text(&out), expected);
	buf_finish(&out);
}

TEST(puts_lines_at_the_end_and_the_same_again)
{
	static const char lines[] = "user alice\ntopic read a\n";

	assert_puts("", lines, ALICE);
	assert_puts(OTHERS, lines, OTHERS ALICE);
	assert_puts(OTHERS ALICE, lines, OTHERS ALICE);
	assert_puts("user x", lines, "user x\n" ALICE);
}

TEST(replaces_lines_where_they_stand)
{
	assert_puts(BOB ALICE OTHERS, "user alice\ntopic read new\n",
	    BOB "# nudge: alice\nuser alice\ntopic read new\n"
	        "# nudge: end alice\n" OTHERS);
}

TEST(drops_lines_and_leaves_all_else)
{
	assert_drops(OTHERS ALICE BOB, OTHERS BOB);
	assert_drops(ALICE, "");
	assert_drops(OTHERS, OTHERS);
	assert_drops("a\r\n# nudge: alice \r\nx\r\n# nudge: end alice\r\nb\r\n",
	    "a\r\nb\r\n");
}

TEST(takes_no_other_name_for_it)
{
	static const char other[] =
	    "# nudge: alice2\nuser alice2\n# nudge: end alice2\n";

	assert_false(acl_has(other, "alice"));
	assert_drops(other, other);
	assert_true(acl_has(other, "alice2"));
	assert_false(acl_has("#nudge: alice\n", "alice"));
	assert_false(acl_has(" # nudge: alice\n", "alice"));
}

TEST(refuses_a_block_without_an_end)
{
	static const char text[] = "user x\n# nudge: alice\nuser alice\n";
	struct fault fault = { "" };
	struct fault again = { "" };
	struct buf out;

	buf_init(&out, ACL_MAX);
	assert_int_equal(acl_put(text, "alice", "", &out, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text,
	    "line 2: '# nudge: alice' has no end: put a line '# nudge: end "
	    "alice' behind its last line");
	assert_int_equal(acl_drop(text, "alice", &out, &again),
	    STATUS_BAD_INPUT);
	assert_string_equal(again.text, fault.text);
	assert_int_equal(out.len, 0);
	buf_finish(&out);
}

/* "user zigbee" stands above, and would get it. */
TEST(never_hands_a_line_to_somebody_else)
{
	static const char text[] =
	    OTHERS ALICE "# comment\n\ntopic write door/open\n";
	struct fault fault = { "" };
	struct buf out;

	buf_init(&out, ACL_MAX);
	assert_int_equal(acl_drop(text, "alice", &out, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text,
	    "line 12: this 'topic' is alice's, and would become somebody "
	    "else's: put a 'user' line above it, or remove it");
	assert_int_equal(out.len, 0);
	buf_finish(&out);
	assert_drops(ALICE "pattern read x\nuser b\ntopic c\n",
	    "pattern read x\nuser b\ntopic c\n");
}

TEST(finds_lines_of_somebody_else_for_a_login)
{
	assert_int_equal(acl_foreign(OTHERS ALICE, "alice"), 0);
	assert_int_equal(acl_foreign(OTHERS ALICE, "zigbee"), 2);
	assert_int_equal(acl_foreign(ALICE "user  alice \ntopic #\n", "alice"),
	    5);
	assert_int_equal(acl_foreign("user alice2\nuser al\n", "alice"), 0);
	assert_int_equal(acl_foreign("user\nuser ", "alice"), 0);
}

TEST(tells_the_logins_it_wrote_lines_for)
{
	const char *at = OTHERS ALICE BOB "# nudge: a/b\n";
	char login[TEXT_ID_MAX + 1];

	assert_true(acl_next(&at, login));
	assert_string_equal(login, "alice");
	assert_true(acl_next(&at, login));
	assert_string_equal(login, "bob");
	assert_false(acl_next(&at, login));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_lines_at_the_end_and_the_same_again),
		cmocka_unit_test(replaces_lines_where_they_stand),
		cmocka_unit_test(drops_lines_and_leaves_all_else),
		cmocka_unit_test(takes_no_other_name_for_it),
		cmocka_unit_test(refuses_a_block_without_an_end),
		cmocka_unit_test(never_hands_a_line_to_somebody_else),
		cmocka_unit_test(finds_lines_of_somebody_else_for_a_login),
		cmocka_unit_test(tells_the_logins_it_wrote_lines_for),
	};

	return cmocka_run_group_tests_name("acl", tests, NULL, NULL);
}
