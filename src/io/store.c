#include "io/store.h"

#include "base/siphash.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/reserve.h"
#include "io/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)
#define NAME_LONGEST 512 /* bytes of a user and a name, both short */

/* What root makes in a folder of another account is that one's: it could not start
 * otherwise. SQLite does the same with what it makes beside the file. */
static bool
hand_over(int fd, const char *directory)
{
	struct stat info;

	return geteuid() != 0 ||
	    (stat(directory, &info) == 0 &&
	        fchown(fd, info.st_uid, info.st_gid) == 0);
}

static void
explain(const char *directory, const char *path, struct fault *fault)
{
	int error = errno;
	struct stat info;
	bool is_there = stat(path, &info) == 0;

	if (error == EACCES && is_there && info.st_uid != geteuid())
		fault_set(fault,
		    "%s belongs to another account, under which nudge ran "
		    "here: give all in that folder to this one (chown -R)",
		    path);
	else if (error == EACCES && is_there)
		fault_set(fault, "%s cannot be written: allow it (chmod u+rw)",
		    path);
	else
		fault_set(fault, "cannot write in the state directory %s: %s%s",
		    directory, strerror(error),
		    error == ENOENT ? "; make it, and give it to the account "
		                      "that nudge runs under"
		                    : "");
}

/* SQLite names the file whichever of them it was. It makes its log in the folder. */
static enum status
check_files(const char *directory, struct fault *fault)
{
	static const char *const names[] = { "", "/nudge.db", "/nudge.db-wal" };
	char path[PATH_LONGEST];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", directory, names[i]);
		if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0 &&
		    errno != ENOENT) {
			explain(directory, path, fault);
			return STATUS_IO;
		}
	}
	return STATUS_OK;
}

/* What was written last is there, and what it belongs to is not. SQLite would
 * remove it. */
static bool
is_log_alone(const char *path)
{
	char log[PATH_LONGEST + 8];
	struct stat info;

	(void)snprintf(log, sizeof(log), "%s-wal", path);
	return stat(log, &info) == 0 && info.st_size > 0;
}

/* The file is made before SQLite opens it: it must be a file, and whose it should
 * be. */
static enum status
make_file(const char *path, const char *directory, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	struct stat info;
	bool is_file =
	    fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
	enum status status = is_file ? STATUS_OK : STATUS_IO;

	if (fd < 0)
		fault_set(fault, "%s", strerror(errno));
	else if (!is_file)
		fault_set(fault, "it is no file");
	else if (info.st_size == 0)
		(void)hand_over(fd, directory);
	if (is_file && info.st_size == 0 && is_log_alone(path)) {
		fault_set(fault, "it is empty, and its nudge.db-wal is not");
		status = STATUS_BAD_INPUT;
	}
	if (fd >= 0)
		(void)close(fd);
	return status;
}

/* Two bridges on one outbox would push everything twice. */
static enum status
take_lock(const char *directory, int *lock, struct fault *fault)
{
	char path[PATH_LONGEST];

	(void)snprintf(path, sizeof(path), "%s/nudge.lock", directory);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0) {
		explain(directory, path, fault);
		return STATUS_IO;
	}
	(void)hand_over(*lock, directory);
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return STATUS_OK;
	if (errno == EWOULDBLOCK)
		fault_set(fault,
		    "another nudge is running with the state directory %s",
		    directory);
	else
		fault_set(fault,
		    "%s cannot be locked (%s): put the state directory on a "
		    "disk of this machine",
		    path, strerror(errno));
	return STATUS_IO;
}

/* The key that is there, or a new one. */
static void
read_key(struct store *store)
{
	struct sqlite3_stmt *slots[2] = { NULL, NULL };
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slots[0], "SELECT key FROM bridge");
	bool has_row = db_step(store->db, statement);

	if (has_row) {
		size_t len;
		const void *key = db_blob(statement, 0, &len);

		has_row = len == STORE_KEY_LEN;
		if (has_row)
			memcpy(store->key, key, STORE_KEY_LEN);
	}
	if (!has_row) {
		clock_random(store->key, STORE_KEY_LEN);
		statement = db_use(store->db, &slots[1],
		    "INSERT OR REPLACE INTO bridge(rowid, key) VALUES(1, ?1)");
		db_bind_blob(statement, 1, store->key, STORE_KEY_LEN);
		db_run(store->db, statement);
	}
	db_drop(slots, 2);
}

static int64_t
read_version(struct store *store)
{
	struct sqlite3_stmt *slot = NULL;
	struct sqlite3_stmt *statement =
	    db_use(store->db, &slot, "PRAGMA user_version");
	int64_t version =
	    db_step(store->db, statement) ? db_int(statement, 0) : 0;

	db_drop(&slot, 1);
	return version;
}

/* The number of a text of a user's, for a migration. */
static int64_t
number_for_sql(void *context, const char *user, const char *name)
{
	const struct store *store = context;

	return *name != '\0' ? store_number(store->key, user, name) : 0;
}

/* Bring the file to the schema of this program. One that has it is not written:
 * the disk may be full. */
static enum status
make_tables(struct store *store, struct fault *fault)
{
	int64_t version = read_version(store);
	enum status status = STATUS_OK;

	if (version > SCHEMA_VERSION) {
		fault_set(fault,
		    "it is of a newer nudge (version %" PRId64
		    "): install that one, or move the file away, and with it "
		    "what waits",
		    version);
		return STATUS_IO;
	}
	if (version > 0)
		read_key(store);
	db_define(store->db, "store_number", number_for_sql, store);
	if (version < SCHEMA_VERSION)
		status = schema_bring(store->db, version, fault);
	if (status == STATUS_OK && version == 0)
		read_key(store);
	return status;
}

/* What is damaged, or ended the last bridge, is mended if it can be. */
static enum status
mend(const char *path, struct store *store, struct fault *fault)
{
	char mark[PATH_LONGEST + 16];
	enum status status;

	(void)snprintf(mark, sizeof(mark), "%s" DB_SUSPECT, path);
	if (db_is_sound(store->db) && access(mark, F_OK) != 0)
		return STATUS_OK;
	status = db_mend(store->db, fault);
	if (status == STATUS_OK)
		log_warn("%s was damaged: its indexes are made anew, and "
		         "nothing is lost",
		    path);
	if (status != STATUS_IO)
		(void)unlink(mark);
	return status;
}

static enum status
open_file(const char *path, struct store *store, struct fault *fault)
{
	enum status status = make_file(path, store->directory, fault);

	if (status == STATUS_OK)
		status = db_open(path, &store->db, fault);
	if (status == STATUS_OK)
		status = mend(path, store, fault);
	if (status == STATUS_OK)
		status = make_tables(store, fault);
	if (status == STATUS_OK)
		return STATUS_OK;
	db_close(store->db);
	store->db = NULL;
	return status;
}

static enum status
put_aside(const char *path, const struct fault *why, struct fault *fault)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		DB_SUSPECT };
	char aside[PATH_LONGEST];
	char from[PATH_LONGEST + 16];
	char to[PATH_LONGEST + 16];

	(void)snprintf(aside, sizeof(aside), "%.*s.damaged-%" PRId64,
	    SETTING_MAX + 16, path, clock_now_ms() / 1000);
	for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
		(void)snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		(void)snprintf(to, sizeof(to), "%s%s", aside, suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT) {
			fault_set(fault,
			    "%s cannot be read (%s), nor kept as %s: %s", path,
			    why->text, to, strerror(errno));
			return STATUS_IO;
		}
	}
	log_error("%s cannot be read (%s): it is kept as %s, and a new one is "
	          "begun",
	    path, why->text, aside);
	return STATUS_OK;
}

enum status
store_open(const struct settings *settings, struct store *store,
    struct fault *fault)
{
	const char *directory = settings->state.directory;
	struct store draft = { .lock = -1, .directory = directory };
	struct fault damage = { "" };
	char path[PATH_LONGEST];
	mode_t mask = umask(077); /* what people tell their agents is private */
	enum status status;

	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	status = take_lock(directory, &draft.lock, fault);
	if (status == STATUS_OK)
		status = check_files(directory, fault);
	if (status == STATUS_OK) {
		draft.is_tight = reserve_take(directory);
		status = open_file(path, &draft, &damage);
	}
	if (status == STATUS_BAD_INPUT) {
		status = put_aside(path, &damage, fault);
		memset(&damage, 0, sizeof(damage));
		if (status == STATUS_OK)
			status = open_file(path, &draft, &damage);
	}
	(void)umask(mask);
	if (status == STATUS_OK) {
		*store = draft;
		return STATUS_OK;
	}
	fault_set(fault, "%s: %s", path, damage.text);
	store_close(&draft);
	return status;
}

int64_t
store_number(const uint8_t key[STORE_KEY_LEN], const char *user,
    const char *name)
{
	char text[NAME_LONGEST];
	size_t len = strnlen(user, sizeof(text) / 2 - 1);
	size_t rest = strnlen(name, sizeof(text) - len - 2);
	uint64_t number;

	/* The end of the first keeps them apart. */
	memcpy(text, user, len);
	text[len] = '\0';
	memcpy(text + len + 1, name, rest);
	number = siphash(key, text, len + 1 + rest);
	return number != 0 ? (int64_t)number : 1;
}

void
store_close(struct store *store)
{
	db_close(store->db);
	store->db = NULL;
	if (store->lock >= 0)
		(void)close(store->lock);
	store->lock = -1;
}
