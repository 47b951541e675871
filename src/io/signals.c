#include "io/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void
fill(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

void
signals_block(void)
{
	sigset_t set;

	fill(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A broken connection is an error of its call. */
	(void)signal(SIGPIPE, SIG_IGN);
}

int
signals_open(void)
{
	sigset_t set;

	fill(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
signals_close(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

enum signals_wish
signals_take(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return SIGNALS_NONE;
	return info.ssi_signo == SIGHUP ? SIGNALS_RELOAD : SIGNALS_STOP;
}
