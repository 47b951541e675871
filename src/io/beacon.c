#include "io/beacon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours, and nobody else may write there. */
static bool
is_private(const char *folder)
{
	struct stat info;

	return lstat(folder, &info) == 0 && S_ISDIR(info.st_mode) &&
	    info.st_uid == geteuid() && (info.st_mode & 022) == 0;
}

static void
find_folder(char folder[BEACON_PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char usual[64];

	(void)snprintf(usual, sizeof(usual), "/run/user/%ld", (long)geteuid());
	/* With su and sudo it may be that of somebody else. */
	if (runtime == NULL || *runtime != '/' || !is_private(runtime))
		runtime = is_private(usual) ? usual : NULL;
	if (runtime != NULL)
		(void)snprintf(folder, BEACON_PATH_MAX, "%s/nudge", runtime);
	else
		(void)snprintf(folder, BEACON_PATH_MAX, "/tmp/nudge-%ld",
		    (long)geteuid());
}

/* Whether a process holds it, other than this one. */
static bool
is_held(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
take(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock) == 0;
}

/* Those that are lit have the number of a process for a name. */
static bool
is_name(const char *name)
{
	return *name != '\0' && name[strspn(name, "0123456789")] == '\0';
}

/* Each that is lit, or each that is not.
 * In:      see  false = that is enough */
static void
visit(const char *folder, bool is_lit,
    bool (*see)(void *context, int files, const char *name, int fd),
    void *context)
{
	DIR *stream = is_private(folder) ? opendir(folder) : NULL;
	const struct dirent *entry;
	bool goes_on = true;

	if (stream == NULL)
		return;
	while (goes_on && (entry = readdir(stream)) != NULL) {
		int fd = is_name(entry->d_name)
		    ? openat(dirfd(stream), entry->d_name,
		          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
		    : -1;

		if (fd < 0)
			continue;
		if (is_held(fd) == is_lit)
			goes_on =
			    see(context, dirfd(stream), entry->d_name, fd);
		(void)close(fd);
	}
	(void)closedir(stream);
}

static bool
clear_away(void *context, int files, const char *name, int fd)
{
	(void)context;
	(void)fd;
	(void)unlinkat(files, name, 0);
	return true;
}

static enum status
cannot(const char *what, struct fault *fault)
{
	fault_set(fault, "%s: %s", what, strerror(errno));
	return STATUS_IO;
}

/* The lock is there before the name: nobody takes it for left over. */
static enum status
put(const struct beacon_word *word, struct beacon *beacon, struct fault *fault)
{
	char draft[BEACON_PATH_MAX + 8];
	char text[2 * BEACON_PATH_MAX];
	int len = snprintf(text, sizeof(text), "%s%c%s", word->file, '\0',
	    word->folder);

	(void)snprintf(draft, sizeof(draft), "%s.new", beacon->path);
	beacon->fd = open(draft,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (beacon->fd < 0)
		return cannot(draft, fault);
	if (!take(beacon->fd) ||
	    write(beacon->fd, text, (size_t)len + 1) != len + 1 ||
	    rename(draft, beacon->path) < 0) {
		(void)cannot(draft, fault);
		(void)unlink(draft);
		return STATUS_IO;
	}
	return STATUS_OK;
}

enum status
beacon_light(const char *file, struct beacon *beacon, struct fault *fault)
{
	struct beacon_word word;
	char folder[BEACON_PATH_MAX];
	enum status status;

	*beacon = (struct beacon){ .fd = -1 };
	if (realpath(file, word.file) == NULL)
		return cannot(file, fault);
	if (getcwd(word.folder, sizeof(word.folder)) == NULL)
		return cannot("the working folder", fault);
	find_folder(folder);
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return cannot(folder, fault);
	if (!is_private(folder) || strlen(folder) + 16 > sizeof(beacon->path)) {
		fault_set(fault, "%s: others may write there", folder);
		return STATUS_IO;
	}
	visit(folder, false, clear_away, NULL);
	(void)snprintf(beacon->path, sizeof(beacon->path), "%.4000s/%ld",
	    folder, (long)getpid());
	status = put(&word, beacon, fault);
	if (status != STATUS_OK)
		beacon->path[0] = '\0';
	return status;
}

void
beacon_put_out(struct beacon *beacon)
{
	if (beacon->path[0] != '\0')
		(void)unlink(beacon->path);
	if (beacon->fd > 0)
		(void)close(beacon->fd);
	*beacon = (struct beacon){ .fd = -1 };
}

struct search {
	struct beacon_word *words[2];
	size_t count;
};

/* Returns: whether it is whole. */
static bool
read_word(int fd, struct beacon_word *word)
{
	char text[sizeof(*word)];
	ssize_t len = read(fd, text, sizeof(text));
	const char *end;

	if (len <= 0 || text[0] != '/' || text[len - 1] != '\0')
		return false;
	end = memchr(text, '\0', (size_t)len);
	if (end == text + len - 1)
		return false;
	(void)snprintf(word->file, sizeof(word->file), "%.4095s", text);
	(void)snprintf(word->folder, sizeof(word->folder), "%.4095s", end + 1);
	return true;
}

static bool
hear(void *context, int files, const char *name, int fd)
{
	struct search *search = context;
	struct beacon_word *word = search->words[search->count];

	(void)files;
	(void)name;
	if (!read_word(fd, word) ||
	    (search->count == 1 &&
	        strcmp(word->file, search->words[0]->file) == 0))
		return true;
	return ++search->count < 2;
}

size_t
beacon_find(struct beacon_word *first, struct beacon_word *second)
{
	struct search search = { .words = { first, second } };
	char folder[BEACON_PATH_MAX];

	find_folder(folder);
	visit(folder, true, hear, &search);
	return search.count;
}
