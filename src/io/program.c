#include "io/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or why it could not be started. */
static int
start(const char *const *argv, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	char *const *arguments;
	int error;

	/* It copies them, and forgot to say const. */
	memcpy(&arguments, &argv, sizeof(arguments));
	error = posix_spawn_file_actions_init(&files);
	if (error != 0)
		return error;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)posix_spawn_file_actions_addopen(&files, fd, "/dev/null",
		    fd == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
	error = posix_spawnp(pid, argv[0], &files, NULL, arguments, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	return error;
}

enum status
program_run(const char *const *argv, struct fault *fault)
{
	int error;
	int result = 0;
	pid_t pid;

	error = start(argv, &pid);
	if (error != 0) {
		fault_set(fault, "cannot run %s: %s", argv[0], strerror(error));
		return STATUS_IO;
	}
	while (waitpid(pid, &result, 0) < 0) {
		if (errno != EINTR)
			return STATUS_IO;
	}
	if (WIFEXITED(result) && WEXITSTATUS(result) == 0)
		return STATUS_OK;
	fault_set(fault, "%s failed", argv[0]);
	return STATUS_IO;
}
