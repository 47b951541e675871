#include "io/replykey.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER 12345 /* an account that is not ours */

static char directory[64];
static char path[REPLYKEY_PATH_MAX];

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	replykey_path(directory, "alice", path);
	return 0;
}

static int
tear_down(void **state)
{
	char folder[128];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/reply-keys", directory);
	(void)unlink(path);
	(void)rmdir(folder);
	return rmdir(directory);
}

static void
assert_mode(const char *of, mode_t mode, uid_t owner)
{
	struct stat info;

	assert_int_equal(stat(of, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
	assert_int_equal(info.st_uid, owner);
}

TEST(makes_a_key_once_and_keeps_it)
{
	char first[REPLY_KEY_TEXT_LEN + 1];
	char second[REPLY_KEY_TEXT_LEN + 1];
	uint8_t bytes[REPLY_KEY_LEN];
	struct fault fault = { "" };

	assert_int_equal(replykey_keep(directory, "alice", false, first,
	                     &fault),
	    STATUS_OK);
	assert_true(reply_read_key(first, bytes));
	assert_int_equal(replykey_keep(directory, "alice", false, second,
	                     &fault),
	    STATUS_OK);
	assert_string_equal(first, second);
	assert_false(fault_is_set(&fault));
}

TEST(makes_another_one_when_told_so)
{
	char first[REPLY_KEY_TEXT_LEN + 1];
	char second[REPLY_KEY_TEXT_LEN + 1];
	char read[REPLY_KEY_TEXT_LEN + 1];
	struct fault fault = { "" };

	assert_int_equal(replykey_keep(directory, "alice", false, first,
	                     &fault),
	    STATUS_OK);
	assert_int_equal(replykey_keep(directory, "alice", true, second,
	                     &fault),
	    STATUS_OK);
	assert_string_not_equal(first, second);
	assert_int_equal(replykey_read(path, read, &fault), STATUS_OK);
	assert_string_equal(read, second);
	assert_mode(path, 0600, geteuid());
}

TEST(gives_it_to_nobody_but_the_owner_of_the_state)
{
	uid_t owner = geteuid() == 0 ? OTHER : geteuid();
	char key[REPLY_KEY_TEXT_LEN + 1];
	struct fault fault = { "" };
	char folder[128];

	(void)snprintf(folder, sizeof(folder), "%s/reply-keys", directory);
	if (geteuid() == 0)
		assert_int_equal(chown(directory, OTHER, OTHER), 0);
	assert_int_equal(replykey_keep(directory, "alice", false, key, &fault),
	    STATUS_OK);
	assert_mode(folder, 0700, owner);
	assert_mode(path, 0600, owner);
	assert_int_equal(replykey_keep(directory, "alice", true, key, &fault),
	    STATUS_OK);
	assert_mode(path, 0600, owner);
}

TEST(refuses_a_file_that_holds_no_key)
{
	char key[REPLY_KEY_TEXT_LEN + 1] = "as it was";
	struct fault fault = { "" };
	char folder[128];
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s/reply-keys", directory);
	assert_int_equal(mkdir(folder, 0700), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "secret\n", 7), 7);
	assert_int_equal(close(fd), 0);
	assert_int_equal(replykey_keep(directory, "alice", false, key, &fault),
	    STATUS_BAD_INPUT);
	assert_non_null(strstr(fault.text, "holds no reply key"));
	assert_string_equal(key, "as it was");
}

TEST(says_that_there_is_no_state_directory)
{
	char key[REPLY_KEY_TEXT_LEN + 1] = "";
	struct fault fault = { "" };

	assert_int_equal(replykey_keep("/nowhere", "alice", false, key, &fault),
	    STATUS_IO);
	assert_string_equal(fault.text,
	    "[state] directory /nowhere: No such file or directory");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(makes_a_key_once_and_keeps_it),
		CASE(makes_another_one_when_told_so),
		CASE(gives_it_to_nobody_but_the_owner_of_the_state),
		CASE(refuses_a_file_that_holds_no_key),
		CASE(says_that_there_is_no_state_directory),
	};

	return cmocka_run_group_tests_name("replykey", tests, NULL, NULL);
}
