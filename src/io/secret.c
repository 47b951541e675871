#include "io/secret.h"

#include "base/b64url.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LONGEST 4096 /* bytes */
#define MADE_BYTES 18     /* of a password of 24 characters */
#define MADE_LEN 24

/* Asking for one byte more than allowed is how "too large" shows. */
static enum status
read_all(int fd, char *text, size_t *len)
{
	ssize_t got;

	do {
		got = read(fd, text + *len, SECRET_MAX + 1 - *len);
		if (got < 0)
			return STATUS_IO;
		*len += (size_t)got;
	} while (got > 0 && *len <= SECRET_MAX);
	return *len > SECRET_MAX ? STATUS_TOO_LARGE : STATUS_OK;
}

/* What the service manager read for us, from a folder that we may not enter. */
static int
open_handed_over(const char *path)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t len = strlen(SECRET_FOLDER "/");
	char copy[PATH_LONGEST];
	int error = errno;
	int fd = -1;

	if (folder != NULL && strncmp(path, SECRET_FOLDER "/", len) == 0 &&
	    strchr(path + len, '/') == NULL) {
		(void)snprintf(copy, sizeof(copy), "%s/secrets_%s", folder,
		    path + len);
		fd = open(copy, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	errno = error; /* of the path itself */
	return fd;
}

static enum status
open_private(const char *path, int *fd, struct fault *fault)
{
	struct stat info;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		*fd = open_handed_over(path);
	if (*fd < 0 || fstat(*fd, &info) < 0) {
		fault_set(fault, "cannot read %s: %s", path, strerror(errno));
		return STATUS_IO;
	}
	if (!S_ISREG(info.st_mode)) {
		fault_set(fault, "%s is not a file", path);
		return STATUS_BAD_INPUT;
	}
	if ((info.st_mode & 07) != 0) {
		fault_set(fault,
		    "%s can be read by everybody; do: chmod 600 %s", path,
		    path);
		return STATUS_BAD_INPUT;
	}
	return STATUS_OK;
}

enum status
secret_read(const char *path, struct secret *secret, struct fault *fault)
{
	struct secret draft = { .text = malloc(SECRET_MAX + 2) };
	enum status status = STATUS_NO_MEMORY;
	int fd = -1;

	if (draft.text != NULL)
		status = open_private(path, &fd, fault);
	if (status == STATUS_OK)
		status = read_all(fd, draft.text, &draft.len);
	if (fd >= 0)
		(void)close(fd);
	if (status != STATUS_OK) {
		fault_set(fault, "cannot read %s: %s", path,
		    status_str(status));
		secret_finish(&draft);
		return status;
	}
	draft.text[draft.len] = '\0';
	*secret = draft;
	return STATUS_OK;
}

enum status
secret_make(struct secret *secret)
{
	uint8_t bytes[MADE_BYTES];
	struct buf text;

	clock_random(bytes, sizeof(bytes));
	buf_init(&text, MADE_LEN);
	b64url_add(&text, bytes, sizeof(bytes));
	explicit_bzero(bytes, sizeof(bytes));
	if (buf_status(&text) != STATUS_OK) {
		buf_finish(&text);
		return STATUS_NO_MEMORY;
	}
	*secret = (struct secret){ .text = text.data, .len = text.len };
	return STATUS_OK;
}

bool
secret_exists(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 || errno != ENOENT;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, text, len);

		if (put < 0)
			return false;
		text += put;
		len -= (size_t)put;
	}
	return fsync(fd) == 0;
}

/* The folder of a path, open; < 0 on failure. */
static int
open_folder(const char *path)
{
	char folder[PATH_LONGEST];
	const char *slash = strrchr(path, '/');
	size_t len = slash != NULL ? (size_t)(slash - path) : 0;

	if (slash == path)
		len = 1;
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash != NULL ? (int)len : 1, slash != NULL ? path : ".");
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* What root makes for another account must be readable to that one: to whom the
 * folder belongs. */
static bool
hand_over(int fd, int folder)
{
	struct stat info;

	return geteuid() != 0 ||
	    (fstat(folder, &info) == 0 &&
	        fchown(fd, info.st_uid, info.st_gid) == 0);
}

/* Written beside its place and put there whole. A link never replaces. */
static enum status
put(const char *path, const char *text, size_t len, bool may_replace,
    struct fault *fault)
{
	char draft[PATH_LONGEST];
	int folder = open_folder(path);
	bool is_done = false;
	int fd;

	(void)snprintf(draft, sizeof(draft), "%s.new-%ld", path,
	    (long)getpid());
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd >= 0)
		is_done = hand_over(fd, folder) && write_all(fd, text, len) &&
		    (may_replace ? rename(draft, path) : link(draft, path)) ==
		        0 &&
		    fsync(folder) == 0;
	if (!is_done)
		fault_set(fault, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(draft);
	}
	if (folder >= 0)
		(void)close(folder);
	return is_done ? STATUS_OK : STATUS_IO;
}

enum status
secret_write(const char *path, const char *text, size_t len,
    struct fault *fault)
{
	return put(path, text, len, false, fault);
}

enum status
secret_replace(const char *path, const char *text, size_t len,
    struct fault *fault)
{
	return put(path, text, len, true, fault);
}

void
secret_forbid_dumps(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void
secret_finish(struct secret *secret)
{
	if (secret->text != NULL)
		explicit_bzero(secret->text, secret->len);
	free(secret->text);
	memset(secret, 0, sizeof(*secret));
}

void
secret_cut_line(struct secret *secret)
{
	if (secret->text != NULL)
		secret->text[strcspn(secret->text, "\r\n")] = '\0';
}
