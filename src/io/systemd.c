#include "io/systemd.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len + 1);
	/* '@' stands for the abstract namespace, whose names begin with NUL. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

void
systemd_ready(void)
{
	notify("READY=1");
}

void
systemd_stopping(void)
{
	notify("STOPPING=1");
}

/* Half of the time after which we are given up. */
static int64_t
every_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	long long limit_us = text != NULL ? strtoll(text, NULL, 10) : 0;

	return limit_us > 0 ? limit_us / 2000 : INT64_MAX;
}

static void
show_life(void *context)
{
	notify("WATCHDOG=1");
	timer_set_in(context, every_ms());
}

void
systemd_keep_alive(const struct instant *at, struct timers *timers)
{
	static struct timer alive;

	alive = (struct timer){
		.now_ms = &at->monotonic_ms,
		.run = show_life,
		.part = &alive,
	};
	timer_add(timers, &alive);
}
