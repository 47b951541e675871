#include "io/db.h"
#include "io/store.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* A state directory, and a path in it. */
struct scene {
	struct settings settings;
	char path[2 * SETTING_MAX + 64];
};

/* What a file system says to locks; 0 = it has them. */
static int lock_error;

int
flock(int fd, int operation)
{
	errno = lock_error;
	return lock_error != 0 ? -1 : (int)syscall(SYS_flock, fd, operation);
}

static const char *
in(struct scene *scene, const char *name)
{
	(void)snprintf(scene->path, sizeof(scene->path), "%s/%s",
	    scene->settings.state.directory, name);
	return scene->path;
}

static int
begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	lock_error = 0;
	if (scene == NULL)
		return -1;
	(void)snprintf(scene->settings.state.directory, SETTING_MAX,
	    "/tmp/nudge-store-XXXXXX");
	*state = scene;
	return mkdtemp(scene->settings.state.directory) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	struct scene *scene = *state;
	DIR *folder = opendir(scene->settings.state.directory);
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		(void)unlink(in(scene, entry->d_name));
	if (folder != NULL)
		(void)closedir(folder);
	(void)rmdir(scene->settings.state.directory);
	free(scene);
	return 0;
}

static enum status
open_store(struct scene *scene, struct store *store, struct fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	return store_open(&scene->settings, store, fault);
}

static void
run_sql(struct scene *scene, const char *sql)
{
	sqlite3 *file = NULL;

	assert_int_equal(sqlite3_open(in(scene, "nudge.db"), &file), SQLITE_OK);
	assert_int_equal(sqlite3_exec(file, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(file), SQLITE_OK);
}

/* A table whose index lacks what the table has: what a quick look does not see. */
static void
damage_index(struct scene *scene)
{
	run_sql(scene,
	    "CREATE TABLE thing(id INTEGER PRIMARY KEY, due INTEGER);"
	    "CREATE INDEX thing_due ON thing(due);"
	    "CREATE TABLE kept(root INTEGER, sql TEXT);"
	    "INSERT INTO kept SELECT rootpage, sql FROM sqlite_schema WHERE "
	    "name = 'thing_due';"
	    "PRAGMA writable_schema = ON;"
	    "DELETE FROM sqlite_schema WHERE name = 'thing_due'");
	run_sql(scene,
	    "INSERT INTO thing VALUES(1, 10), (2, 20);"
	    "PRAGMA writable_schema = ON;"
	    "INSERT INTO sqlite_schema SELECT 'index', 'thing_due', 'thing', "
	    "root, sql FROM kept;");
}

/* In a process of its own: it ends. */
static int
delete_a_thing(struct scene *scene)
{
	struct store store;
	struct fault fault;
	int result = 0;
	pid_t child = fork();

	if (child == 0) {
		struct sqlite3_stmt *slot = NULL;

		if (open_store(scene, &store, &fault) != STATUS_OK)
			_exit(2);
		(void)close(STDERR_FILENO); /* it says why */
		db_run(store.db,
		    db_use(store.db, &slot, "DELETE FROM thing WHERE id = 1"));
		db_drop(&slot, 1);
		store_close(&store);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	return WEXITSTATUS(result);
}

/* Each event would write it, too. */
TEST(has_no_index_of_the_log_on_the_disk)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;

	assert_int_equal(open_store(scene, &store, &fault), STATUS_OK);
	assert_int_equal(access(in(scene, "nudge.db-wal"), F_OK), 0);
	assert_int_not_equal(access(in(scene, "nudge.db-shm"), F_OK), 0);
	store_close(&store);
}

/* Somebody has the file open when the store opens it.
 * Returns: what they have; to be closed. */
static sqlite3 *
open_beside_reader(struct scene *scene, struct store *store)
{
	struct fault fault;
	sqlite3 *file = NULL;

	assert_int_equal(open_store(scene, store, &fault), STATUS_OK);
	store_close(store);
	assert_int_equal(sqlite3_open(in(scene, "nudge.db"), &file), SQLITE_OK);
	assert_int_equal(sqlite3_exec(file, "SELECT * FROM mark", NULL, NULL,
	                     NULL),
	    SQLITE_OK);
	assert_int_equal(open_store(scene, store, &fault), STATUS_OK);
	return file;
}

TEST(opens_a_file_that_somebody_looks_into)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault = { "" };
	sqlite3 *file = open_beside_reader(scene, &store);

	db_begin(store.db, true);
	assert_int_equal(db_execute(store.db, "UPDATE mark SET decided = 7",
	                     &fault),
	    STATUS_OK);
	db_commit(store.db);
	assert_int_equal(sqlite3_close(file), SQLITE_OK);
	store_close(&store);
}

TEST(mends_a_file_that_ended_the_last_one)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;

	assert_int_equal(open_store(scene, &store, &fault), STATUS_OK);
	store_close(&store);
	damage_index(scene);
	/* A newer SQLite sees it at the start already. */
	if (delete_a_thing(scene) != 0) {
		assert_int_equal(access(in(scene, "nudge.db" DB_SUSPECT), F_OK),
		    0);
		assert_int_equal(delete_a_thing(scene), 0);
	}
	assert_int_not_equal(access(in(scene, "nudge.db" DB_SUSPECT), F_OK), 0);
}

TEST(begins_anew_if_a_file_cannot_be_mended)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;
	FILE *file;

	file = fopen(in(scene, "nudge.db"), "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fprintf(file, "this is no database ");
	(void)fclose(file);
	file = fopen(in(scene, "nudge.db" DB_SUSPECT), "w");
	(void)fclose(file);
	assert_int_equal(open_store(scene, &store, &fault), STATUS_OK);
	store_close(&store);
	assert_int_not_equal(access(in(scene, "nudge.db" DB_SUSPECT), F_OK), 0);
}

/* What a full disk or half a copy leaves. */
TEST(keeps_a_log_whose_file_is_empty)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;
	const struct dirent *entry;
	DIR *folder;
	int kept = 0;
	FILE *file = fopen(in(scene, "nudge.db-wal"), "w");

	assert_non_null(file);
	(void)fprintf(file, "what was written last");
	(void)fclose(file);
	assert_int_equal(open_store(scene, &store, &fault), STATUS_OK);
	store_close(&store);
	folder = opendir(scene->settings.state.directory);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		kept += strstr(entry->d_name, "damaged-") != NULL;
	(void)closedir(folder);
	assert_int_equal(kept, 2);
}

TEST(tells_a_lock_that_is_held_from_one_that_there_is_not)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;

	lock_error = EWOULDBLOCK;
	assert_int_equal(open_store(scene, &store, &fault), STATUS_IO);
	assert_non_null(strstr(fault.text, "another nudge is running"));
	lock_error = ENOLCK;
	assert_int_equal(open_store(scene, &store, &fault), STATUS_IO);
	assert_non_null(strstr(fault.text, "nudge.lock cannot be locked"));
	lock_error = 0;
}

TEST(says_that_another_program_locks_the_file)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault = { "" };
	sqlite3 *file = open_beside_reader(scene, &store);

	/* It is told at once where waiting would not help. */
	assert_int_equal(db_execute(store.db, "BEGIN; SELECT * FROM mark",
	                     &fault),
	    STATUS_OK);
	assert_int_equal(sqlite3_exec(file, "UPDATE mark SET decided = 7", NULL,
	                     NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(db_execute(store.db, "UPDATE mark SET decided = 8",
	                     &fault),
	    STATUS_IO);
	assert_non_null(strstr(fault.text, "another program keeps it locked"));
	assert_int_equal(sqlite3_close(file), SQLITE_OK);
	store_close(&store);
}

/* Who takes the file away takes with it what is accepted from then on. */
TEST(ends_when_its_file_was_taken_away)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;
	int result = 0;
	pid_t child = fork();

	if (child == 0) {
		if (open_store(scene, &store, &fault) != STATUS_OK)
			_exit(2);
		db_check_place(store.db);
		(void)close(STDERR_FILENO); /* it says why */
		(void)unlink(in(scene, "nudge.db"));
		db_check_place(store.db);
		_exit(3);
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_int_equal(WEXITSTATUS(result), EXIT_FAILURE);
}

TEST(does_not_wait_for_what_is_no_file)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;

	assert_int_equal(mkfifo(in(scene, "nudge.db"), 0600), 0);
	assert_int_equal(open_store(scene, &store, &fault), STATUS_IO);
	assert_non_null(strstr(fault.text, "nudge.db: it is no file"));
}

/* The rest is for root alone to try. */
TEST(gives_what_root_makes_to_whom_the_folder_belongs)
{
	struct scene *scene = *state;
	struct store store;
	struct fault fault;
	struct stat info;

	if (geteuid() != 0)
		return;
	assert_int_equal(chown(scene->settings.state.directory, NOBODY, NOBODY),
	    0);
	assert_int_equal(open_store(scene, &store, &fault), STATUS_OK);
	store_close(&store);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stat(in(scene,
		                          i == 0 ? "nudge.db" : "nudge.lock"),
		                     &info),
		    0);
		assert_int_equal(info.st_uid, NOBODY);
	}
}

/* What nobody says in the state directory, who has no right to a file of it. */
static bool
is_said_to_nobody(struct scene *scene, const char *expected)
{
	struct store store;
	struct fault fault;
	int result = 0;
	pid_t child = fork();

	if (child == 0) {
		bool is_so = setgid(NOBODY) == 0 && setuid(NOBODY) == 0 &&
		    open_store(scene, &store, &fault) == STATUS_IO &&
		    strstr(fault.text, expected) != NULL;

		_exit(is_so ? 0 : 1);
	}
	return waitpid(child, &result, 0) == child && result == 0;
}

static void
make(struct scene *scene, const char *name, mode_t mode, uid_t owner)
{
	int file = open(in(scene, name), O_CREAT | O_RDWR, 0600);

	assert_true(file >= 0);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(fchown(file, owner, owner), 0);
	(void)close(file);
}

TEST(says_that_a_file_is_of_another_account)
{
	static const char *const names[] = { "nudge.lock", "nudge.db",
		"nudge.db-wal" };
	struct scene *scene = *state;

	if (geteuid() != 0)
		return;
	assert_int_equal(chown(scene->settings.state.directory, NOBODY, NOBODY),
	    0);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char expected[64];

		(void)snprintf(expected, sizeof(expected),
		    "%s belongs to another", names[i]);
		make(scene, names[i], 0600, 0);
		assert_true(is_said_to_nobody(scene, expected));
		make(scene, names[i], 0600, NOBODY);
	}
	assert_int_equal(chown(scene->settings.state.directory, 0, 0), 0);
	assert_int_equal(chmod(scene->settings.state.directory, 0755), 0);
	assert_true(is_said_to_nobody(scene, " belongs to another"));
}

TEST(says_that_a_file_cannot_be_written)
{
	struct scene *scene = *state;

	if (geteuid() != 0)
		return;
	assert_int_equal(chown(scene->settings.state.directory, NOBODY, NOBODY),
	    0);
	make(scene, "nudge.db", 0400, NOBODY);
	assert_true(
	    is_said_to_nobody(scene, "nudge.db cannot be written: allow it"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    has_no_index_of_the_log_on_the_disk, begin, end),
		cmocka_unit_test_setup_teardown(
		    opens_a_file_that_somebody_looks_into, begin, end),
		cmocka_unit_test_setup_teardown(
		    mends_a_file_that_ended_the_last_one, begin, end),
		cmocka_unit_test_setup_teardown(
		    begins_anew_if_a_file_cannot_be_mended, begin, end),
		cmocka_unit_test_setup_teardown(keeps_a_log_whose_file_is_empty,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    tells_a_lock_that_is_held_from_one_that_there_is_not, begin,
		    end),
		cmocka_unit_test_setup_teardown(
		    says_that_another_program_locks_the_file, begin, end),
		cmocka_unit_test_setup_teardown(
		    ends_when_its_file_was_taken_away, begin, end),
		cmocka_unit_test_setup_teardown(
		    does_not_wait_for_what_is_no_file, begin, end),
		cmocka_unit_test_setup_teardown(
		    gives_what_root_makes_to_whom_the_folder_belongs, begin,
		    end),
		cmocka_unit_test_setup_teardown(
		    says_that_a_file_is_of_another_account, begin, end),
		cmocka_unit_test_setup_teardown(
		    says_that_a_file_cannot_be_written, begin, end),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
