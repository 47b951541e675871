#include "core/passwords.h"
#include "unit.h"

#include <string.h>

static void
assert_puts(const char *text, const char *line, const char *expected)
{
	struct buf out;

	buf_init(&out, PASSWORDS_MAX);
	assert_int_equal(passwords_put(text, "alice", line, &out), STATUS_OK);
	assert_string_equal(buf_text(&out), expected);
	buf_finish(&out);
}

TEST(adds_replaces_and_removes_one_login)
{
	static const char others[] =
	    "# alice:x\nbob:$7$1\n\nno colon alice\n alice2:y\n";

	assert_puts("", "alice:1\n", "alice:1\n");
	assert_puts("bob:1", "alice:2", "bob:1\nalice:2\n");
	assert_puts("alice:1\nbob:2\n", "alice:3\r\n", "alice:3\nbob:2\n");
	assert_puts("a:1\n alice : 2\nalice:3", "alice:4", "a:1\nalice:4\n");
	assert_puts("a:1\nalice:2\nb:3", NULL, "a:1\nb:3");
	assert_puts(others, NULL, others);
}

TEST(knows_who_has_a_password)
{
	assert_true(passwords_has("bob:1\nalice:2\n", "alice"));
	assert_true(passwords_has(" alice\t:2", "alice"));
	assert_false(passwords_has("#alice:2\n", "alice"));
	assert_false(passwords_has("alice\n", "alice"));
	assert_false(passwords_has("alice2:1\nal:ice:1\n", "alice"));
}

TEST(tells_every_login)
{
	const char *at = "# c:1\n\nbob:1\n a b :2\n:3\nlast:4";
	const char *login;
	size_t len;

	assert_true(passwords_next(&at, &login, &len));
	assert_memory_equal(login, "bob", 3);
	assert_int_equal(len, 3);
	assert_true(passwords_next(&at, &login, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(login, "a b", 3);
	assert_true(passwords_next(&at, &login, &len));
	assert_int_equal(len, 4);
	assert_false(passwords_next(&at, &login, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_replaces_and_removes_one_login),
		cmocka_unit_test(knows_who_has_a_password),
		cmocka_unit_test(tells_every_login),
	};

	return cmocka_run_group_tests_name("passwords", tests, NULL, NULL);
}
