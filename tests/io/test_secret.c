#include "io/secret.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 64

static char directory[PATH_LEN];
static char file[PATH_LEN + 16];

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/secret", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(directory);
}

static void
write_file(const char *bytes, size_t len, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* In: before, after  what the fault says around the path */
static void
assert_refused(const char *path, enum status status, const char *before,
    const char *after)
{
	char same[1] = "";
	struct secret secret = { .text = same, .len = 7 };
	struct fault fault = { "" };
	char text[FAULT_MAX];

	assert_int_equal(secret_read(path, &secret, &fault), status);
	(void)snprintf(text, sizeof(text), "%s%s%s", before, path, after);
	assert_string_equal(fault.text, text);
	assert_ptr_equal(secret.text, same);
	assert_int_equal(secret.len, 7);
}

TEST(reads_a_file_for_its_owner_or_group)
{
	static const mode_t modes[] = { 0600, 0400, 0640, 0660 };

	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		struct secret secret = { 0 };
		struct fault fault = { "" };

		write_file("pass\n", 5, modes[i]);
		assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
		assert_false(fault_is_set(&fault));
		assert_string_equal(secret.text, "pass\n");
		assert_int_equal(secret.len, 5);
		secret_finish(&secret);
		assert_int_equal(unlink(file), 0);
	}
}

TEST(refuses_a_file_that_everybody_may_touch)
{
	char cure[FAULT_MAX];
	static const mode_t modes[] = { 0604, 0602, 0601, 0644, 0666, 0777 };

	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		write_file("pass", 4, modes[i]);
		(void)snprintf(cure, sizeof(cure),
		    " can be read by everybody; do: chmod 600 %s", file);
		assert_refused(file, STATUS_BAD_INPUT, "", cure);
	}
}

TEST(says_when_there_is_no_file)
{
	assert_refused(file, STATUS_IO, "cannot read ",
	    ": No such file or directory");
}

TEST(refuses_what_is_no_file)
{
	assert_refused(directory, STATUS_BAD_INPUT, "", " is not a file");
	assert_refused("/dev/null", STATUS_BAD_INPUT, "", " is not a file");
	/* Nobody writes into it: an open that waits would wait for ever. */
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_refused(file, STATUS_BAD_INPUT, "", " is not a file");
}

TEST(reads_an_empty_file_as_an_empty_text)
{
	struct secret secret = { 0 };
	struct fault fault = { "" };

	write_file("", 0, 0600);
	assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
	assert_string_equal(secret.text, "");
	assert_int_equal(secret.len, 0);
	secret_finish(&secret);
}

TEST(takes_a_file_of_the_stated_size_and_no_larger)
{
	static char bytes[SECRET_MAX + 1];
	struct secret secret = { 0 };
	struct fault fault = { "" };

	memset(bytes, 'x', sizeof(bytes));
	write_file(bytes, SECRET_MAX, 0600);
	assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
	assert_int_equal(secret.len, SECRET_MAX);
	assert_int_equal(strlen(secret.text), SECRET_MAX);
	secret_finish(&secret);
	write_file(bytes, SECRET_MAX + 1, 0600);
	assert_refused(file, STATUS_TOO_LARGE, "cannot read ", ": too large");
}

TEST(leaves_nothing_behind)
{
	struct secret secret = { 0 };
	struct fault fault = { "" };

	secret_finish(&secret);
	write_file("pass", 4, 0600);
	assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
	secret_finish(&secret);
	assert_null(secret.text);
	assert_int_equal(secret.len, 0);
	secret_finish(&secret);
}

#define SECRET_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

TEST(writes_a_file_that_only_its_owner_may_read)
{
	struct secret secret = { 0 };
	struct fault fault = { "" };
	struct stat info;
	mode_t mask = umask(0);

	assert_false(secret_exists(file));
	assert_int_equal(secret_write(file, "key", 3, &fault), STATUS_OK);
	(void)umask(mask);
	assert_true(secret_exists(file));
	assert_int_equal(stat(file, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
	assert_string_equal(secret.text, "key");
	secret_finish(&secret);
}

TEST(never_writes_over_a_file)
{
	struct secret secret = { 0 };
	struct fault fault = { "" };

	write_file("old", 3, 0600);
	assert_int_equal(secret_write(file, "new", 3, &fault), STATUS_IO);
	assert_non_null(strstr(fault.text, "File exists"));
	memset(&fault, 0, sizeof(fault));
	assert_int_equal(secret_read(file, &secret, &fault), STATUS_OK);
	assert_string_equal(secret.text, "old");
	secret_finish(&secret);
}

/* Where the service manager puts secrets_NAME. */
static void
hand_over(const char *text)
{
	(void)snprintf(file, sizeof(file), "%s/secrets_x", directory);
	write_file(text, strlen(text), 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", directory, 1), 0);
}

TEST(reads_what_the_service_manager_handed_over)
{
	struct secret secret = { 0 };
	struct fault fault = { "" };

	hand_over("s3cret");
	assert_int_equal(secret_read(SECRET_FOLDER "/x", &secret, &fault),
	    STATUS_OK);
	assert_string_equal(secret.text, "s3cret");
	secret_finish(&secret);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

TEST(takes_nothing_handed_over_for_a_file_elsewhere)
{
	static const char *const others[] = { "/nowhere/secrets/x",
		SECRET_FOLDER "/sub/x", SECRET_FOLDER "/y" };

	hand_over("s3cret");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_refused(others[i], STATUS_IO, "cannot read ",
		    ": No such file or directory");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

TEST(says_where_it_could_not_write)
{
	struct fault fault = { "" };

	assert_int_equal(secret_write("/nowhere/at/all/key", "new", 3, &fault),
	    STATUS_IO);
	assert_string_equal(fault.text,
	    "cannot write /nowhere/at/all/key: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SECRET_TEST(reads_a_file_for_its_owner_or_group),
		SECRET_TEST(refuses_a_file_that_everybody_may_touch),
		SECRET_TEST(says_when_there_is_no_file),
		SECRET_TEST(refuses_what_is_no_file),
		SECRET_TEST(reads_an_empty_file_as_an_empty_text),
		SECRET_TEST(takes_a_file_of_the_stated_size_and_no_larger),
		SECRET_TEST(reads_what_the_service_manager_handed_over),
		SECRET_TEST(takes_nothing_handed_over_for_a_file_elsewhere),
		SECRET_TEST(leaves_nothing_behind),
		SECRET_TEST(writes_a_file_that_only_its_owner_may_read),
		SECRET_TEST(never_writes_over_a_file),
		SECRET_TEST(says_where_it_could_not_write),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
