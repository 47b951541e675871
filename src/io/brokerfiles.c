#include "io/brokerfiles.h"

#include "base/attr.h"
#include "io/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 4096 /* bytes */

static enum status
cannot(const char *what, const char *path, struct fault *fault)
{
	fault_set(fault, "cannot %s %s: %s%s", what, path, strerror(errno),
	    errno == EACCES || errno == EPERM ? "; run this as root" : "");
	return STATUS_IO;
}

static enum status
read_all(int fd, const char *path, struct buf *text, struct fault *fault)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		if (memchr(piece, '\0', (size_t)got) != NULL) {
			fault_set(fault, "%s is no text", path);
			return STATUS_BAD_INPUT;
		}
		buf_add(text, piece, (size_t)got);
	}
	if (got < 0)
		return cannot("read", path, fault);
	if (buf_status(text) != STATUS_OK)
		fault_set(fault, "%s: %s", path, status_str(buf_status(text)));
	return buf_status(text);
}

enum status
brokerfiles_read(const char *path, struct buf *text, bool *is_missing,
    struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum status status;

	if (is_missing != NULL)
		*is_missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return is_missing != NULL && *is_missing
		    ? STATUS_OK
		    : cannot("read", path, fault);
	status = read_all(fd, path, text, fault);
	(void)close(fd);
	return status;
}

static enum status
add_conf(const char *path, struct brokerconf *conf, struct fault *fault)
{
	struct buf text;
	enum status status;

	buf_init(&text, BROKERCONF_MAX);
	status = brokerfiles_read(path, &text, NULL, fault);
	if (status == STATUS_OK)
		brokerconf_add(conf, buf_text(&text));
	buf_finish(&text);
	return status;
}

static int
is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum status
brokerfiles_read_conf_but(const char *path, const char *without,
    struct brokerconf *conf, struct fault *fault)
{
	struct dirent **entries = NULL;
	enum status status;
	char file[PATH_MAX];
	int count = 0;

	memset(conf, 0, sizeof(*conf));
	status = add_conf(path, conf, fault);
	if (status == STATUS_OK && *conf->include_dir != '\0')
		count = scandir(conf->include_dir, &entries, is_conf, by_bytes);
	if (count < 0)
		return cannot("read", conf->include_dir, fault);
	for (int i = 0; i < count; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", conf->include_dir,
		    entries[i]->d_name);
		if (status == STATUS_OK && strcmp(file, without) != 0)
			status = add_conf(file, conf, fault);
		free(entries[i]);
	}
	free(entries);
	return status;
}

enum status
brokerfiles_read_conf(const char *path, struct brokerconf *conf,
    struct fault *fault)
{
	return brokerfiles_read_conf_but(path, "", conf, fault);
}

/* Owner and mode of what is there; else for the broker alone. */
static bool
dress(int fd, const char *path, const char *account)
{
	const struct passwd *broker;
	struct stat info;

	if (stat(path, &info) == 0)
		return (geteuid() != 0 ||
		           fchown(fd, info.st_uid, info.st_gid) == 0) &&
		    fchmod(fd, info.st_mode & 07777) == 0;
	broker = getpwnam(account);
	return geteuid() != 0 || broker == NULL ||
	    fchown(fd, broker->pw_uid, broker->pw_gid) == 0;
}

static bool
write_all(int fd, const struct buf *text)
{
	const char *bytes = buf_text(text);
	size_t left = text->len;

	while (left > 0) {
		ssize_t put = write(fd, bytes, left);

		if (put < 0)
			return false;
		bytes += put;
		left -= (size_t)put;
	}
	return fsync(fd) == 0;
}

/* The folder of a path, open. */
static int
open_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)snprintf(folder, sizeof(folder), "%.*s/",
	    slash != NULL ? (int)(slash - path) : 1,
	    slash != NULL ? path : ".");
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum status
brokerfiles_replace(const char *path, const struct buf *text,
    const char *account, struct fault *fault)
{
	char target[PATH_MAX];
	char draft[PATH_MAX + 32];
	bool is_done = false;
	int folder;
	int fd;

	/* A link stays one, and leads to the new text. */
	if (realpath(path, target) == NULL)
		(void)snprintf(target, sizeof(target), "%s", path);
	(void)snprintf(draft, sizeof(draft), "%s.nudge-%ld", target,
	    (long)getpid());
	folder = open_folder(target);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd >= 0)
		is_done = dress(fd, target, account) && write_all(fd, text) &&
		    rename(draft, target) == 0 && fsync(folder) == 0;
	if (!is_done)
		(void)cannot("write", path, fault);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(draft);
	}
	if (folder >= 0)
		(void)close(folder);
	return is_done ? STATUS_OK : STATUS_IO;
}

int
brokerfiles_lock(const char *path, struct fault *fault)
{
	char target[PATH_MAX];
	int folder;

	if (realpath(path, target) == NULL)
		(void)snprintf(target, sizeof(target), "%s", path);
	folder = open_folder(target);
	if (folder < 0 || flock(folder, LOCK_EX) != 0)
		(void)cannot("open the folder of", path, fault);
	return folder;
}

/* A folder that nobody else enters, in memory rather than on a disk. */
static bool
make_scratch(char path[PATH_MAX])
{
	static const char *const places[] = { "/run", "/dev/shm", "/tmp" };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		(void)snprintf(path, PATH_MAX, "%s/nudge-XXXXXX", places[i]);
		if (mkdtemp(path) != NULL)
			return true;
	}
	return false;
}

static enum status
hash_in(const char *file, struct buf *line, struct fault *fault)
{
	const char *const argv[] = { "mosquitto_passwd", "-U", file, NULL };
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_done = fd >= 0 && write_all(fd, line);
	enum status status;

	if (!is_done)
		(void)cannot("write", file, fault);
	if (fd >= 0)
		(void)close(fd);
	if (line->data != NULL)
		explicit_bzero(line->data, line->len);
	buf_clear(line);
	if (!is_done)
		return STATUS_IO;
	status = program_run(argv, fault);
	if (status == STATUS_OK)
		status = brokerfiles_read(file, line, NULL, fault);
	return status;
}

enum status
brokerfiles_hash(const char *login, const char *password, struct buf *line,
    struct fault *fault)
{
	char folder[PATH_MAX];
	char file[PATH_MAX + 16];
	enum status status;

	if (!make_scratch(folder))
		return cannot("make", folder, fault);
	(void)snprintf(file, sizeof(file), "%s/line", folder);
	buf_addf(line, "%s:%s\n", login, password);
	status = buf_status(line);
	if (status == STATUS_OK)
		status = hash_in(file, line, fault);
	(void)unlink(file);
	/* A mosquitto_passwd that dies leaves this beside it. */
	(void)snprintf(file, sizeof(file), "%s/line.tmp", folder);
	(void)unlink(file);
	(void)rmdir(folder);
	return status;
}

/* Append a short file; "" if it cannot be read. */
static void
glance(const char *path, struct buf *text)
{
	struct fault ignored = { "" };

	if (brokerfiles_read(path, text, NULL, &ignored) != STATUS_OK)
		buf_clear(text);
}

/* The process that a pid_file names, 0 = none: the file may outlive it, and its
 * number may be another program's. */
static pid_t
find_mosquitto(const char *pid_file)
{
	struct buf text;
	char path[64];
	long pid;

	if (*pid_file == '\0')
		return 0;
	buf_init(&text, 64);
	glance(pid_file, &text);
	pid = strtol(buf_text(&text), NULL, 10);
	buf_clear(&text);
	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	glance(path, &text);
	if (pid <= 1 || strcmp(buf_text(&text), "mosquitto\n") != 0)
		pid = 0;
	buf_finish(&text);
	return (pid_t)pid;
}

const char *
brokerfiles_reload(const char *pid_file)
{
	const char *const argv[] = { "systemctl", "reload", "mosquitto", NULL };
	struct fault ignored = { "" };
	pid_t pid = find_mosquitto(pid_file);

	if (pid > 0 && kill(pid, SIGHUP) == 0)
		return "mosquitto reads its files again";
	if (access("/run/systemd/system", F_OK) == 0 &&
	    program_run(argv, &ignored) == STATUS_OK)
		return "systemd lets mosquitto read its files again";
	return NULL;
}
