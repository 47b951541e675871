#include "io/beacon.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BRIDGES_MAX 4

static char home[64];
static char first_file[96];
static char other_file[96];
static pid_t bridges[BRIDGES_MAX];
static size_t bridge_count;

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(home, sizeof(home), "/tmp/nudge-unit-XXXXXX");
	assert_non_null(mkdtemp(home));
	assert_int_equal(setenv("XDG_RUNTIME_DIR", home, 1), 0);
	(void)snprintf(first_file, sizeof(first_file), "%s/first.conf", home);
	(void)snprintf(other_file, sizeof(other_file), "%s/other.conf", home);
	write_file(first_file, "");
	write_file(other_file, "");
	bridge_count = 0;
	return 0;
}

static void
kill_bridge(size_t number)
{
	assert_int_equal(kill(bridges[number], SIGKILL), 0);
	assert_int_equal(waitpid(bridges[number], NULL, 0), bridges[number]);
	bridges[number] = 0;
}

static int
tear_down(void **state)
{
	char command[96];

	(void)state;
	for (size_t i = 0; i < bridge_count; i++) {
		if (bridges[i] != 0)
			kill_bridge(i);
	}
	(void)snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

static void
be_a_bridge(const char *file, int ready)
{
	static struct beacon beacon;
	struct fault fault = { "" };
	char lit;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	lit = beacon_light(file, &beacon, &fault) == STATUS_OK;
	(void)!write(ready, &lit, 1);
	for (;;)
		(void)pause();
}

/* Another process that says where its settings are. */
static void
start_bridge(const char *file)
{
	int ends[2];
	char lit = 0;
	pid_t pid;

	assert_true(bridge_count < BRIDGES_MAX);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_a_bridge(file, ends[1]);
	bridges[bridge_count++] = pid;
	assert_int_equal(read(ends[0], &lit, 1), 1);
	assert_true(lit);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST(finds_none_where_none_runs)
{
	struct beacon_word first;
	struct beacon_word second;

	assert_int_equal(beacon_find(&first, &second), 0);
}

TEST(finds_the_settings_and_the_folder_of_one)
{
	char folder[BEACON_PATH_MAX];
	struct beacon_word first;
	struct beacon_word second;

	assert_non_null(getcwd(folder, sizeof(folder)));
	start_bridge(first_file);
	assert_int_equal(beacon_find(&first, &second), 1);
	assert_string_equal(first.file, first_file);
	assert_string_equal(first.folder, folder);
}

TEST(makes_a_relative_name_whole)
{
	char folder[BEACON_PATH_MAX];
	struct beacon_word first;
	struct beacon_word second;

	assert_non_null(getcwd(folder, sizeof(folder)));
	assert_int_equal(chdir(home), 0);
	start_bridge("first.conf");
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(beacon_find(&first, &second), 1);
	assert_string_equal(first.file, first_file);
	assert_string_equal(first.folder, home);
}

TEST(counts_a_killed_one_for_nothing)
{
	struct beacon_word first;
	struct beacon_word second;

	(void)state;
	start_bridge(first_file);
	start_bridge(other_file);
	kill_bridge(0);
	assert_int_equal(beacon_find(&first, &second), 1);
	assert_string_equal(first.file, other_file);
}

TEST(tells_two_apart)
{
	struct beacon_word first;
	struct beacon_word second;

	(void)state;
	start_bridge(first_file);
	start_bridge(other_file);
	assert_int_equal(beacon_find(&first, &second), 2);
	assert_string_not_equal(first.file, second.file);
}

TEST(takes_two_with_the_same_settings_for_one)
{
	struct beacon_word first;
	struct beacon_word second;

	(void)state;
	start_bridge(first_file);
	start_bridge(first_file);
	assert_int_equal(beacon_find(&first, &second), 1);
}

static size_t
count_files(void)
{
	char command[128];
	char line[16] = "";
	FILE *list;

	(void)snprintf(command, sizeof(command), "ls %s/nudge | wc -l", home);
	list = popen(command, "r"); /* NOLINT(cert-env33-c) */
	assert_non_null(list);
	assert_non_null(fgets(line, sizeof(line), list));
	assert_int_equal(pclose(list), 0);
	return strtoul(line, NULL, 10);
}

TEST(leaves_nothing_when_it_is_put_out)
{
	static struct beacon beacon;
	struct fault fault = { "" };

	assert_int_equal(beacon_light(first_file, &beacon, &fault), STATUS_OK);
	assert_int_equal(count_files(), 1);
	beacon_put_out(&beacon);
	beacon_put_out(&beacon);
	assert_int_equal(count_files(), 0);
}

TEST(clears_away_what_killed_ones_left)
{
	(void)state;
	start_bridge(first_file);
	kill_bridge(0);
	assert_int_equal(count_files(), 1);
	start_bridge(other_file);
	start_bridge(first_file);
	assert_int_equal(count_files(), 2);
}

TEST(reads_nothing_where_others_may_write)
{
	char folder[96];
	struct beacon_word first;
	struct beacon_word second;
	struct beacon beacon;
	struct fault fault = { "" };

	(void)state;
	start_bridge(first_file);
	(void)snprintf(folder, sizeof(folder), "%s/nudge", home);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(beacon_find(&first, &second), 0);
	assert_int_equal(beacon_light(first_file, &beacon, &fault), STATUS_IO);
	assert_true(fault_is_set(&fault));
	beacon_put_out(&beacon);
}

TEST(passes_over_what_is_no_beacon)
{
	char path[128];
	struct beacon_word first;
	struct beacon_word second;

	(void)state;
	start_bridge(first_file);
	(void)snprintf(path, sizeof(path), "%s/nudge/hello", home);
	write_file(path, "/etc/passwd");
	(void)snprintf(path, sizeof(path), "%s/nudge/1", home);
	write_file(path, "/etc/passwd");
	assert_int_equal(beacon_find(&first, &second), 1);
	assert_string_equal(first.file, first_file);
}

TEST(refuses_a_file_that_is_not_there)
{
	struct beacon beacon;
	struct fault fault = { "" };

	assert_int_equal(beacon_light("/nowhere/nudge.conf", &beacon, &fault),
	    STATUS_IO);
	assert_string_equal(fault.text,
	    "/nowhere/nudge.conf: No such file or directory");
	beacon_put_out(&beacon);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(finds_none_where_none_runs),
		CASE(finds_the_settings_and_the_folder_of_one),
		CASE(makes_a_relative_name_whole),
		CASE(counts_a_killed_one_for_nothing),
		CASE(tells_two_apart),
		CASE(takes_two_with_the_same_settings_for_one),
		CASE(leaves_nothing_when_it_is_put_out),
		CASE(clears_away_what_killed_ones_left),
		CASE(reads_nothing_where_others_may_write),
		CASE(passes_over_what_is_no_beacon),
		CASE(refuses_a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
