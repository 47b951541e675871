#include "io/systemd.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct supervisor {
	char directory[64];
	struct sockaddr_un address;
	int fd;
};

static void
start_listening(struct supervisor *supervisor)
{
	memset(supervisor, 0, sizeof(*supervisor));
	strcpy(supervisor->directory, "/tmp/nudge-notify-XXXXXX");
	assert_non_null(mkdtemp(supervisor->directory));
	supervisor->address.sun_family = AF_UNIX;
	(void)snprintf(supervisor->address.sun_path,
	    sizeof(supervisor->address.sun_path), "%s/socket",
	    supervisor->directory);
	supervisor->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(supervisor->fd,
	                     (const struct sockaddr *)&supervisor->address,
	                     sizeof(supervisor->address)),
	    0);
	assert_int_equal(setenv("NOTIFY_SOCKET", supervisor->address.sun_path,
	                     1),
	    0);
}

static void
stop_listening(struct supervisor *supervisor)
{
	(void)close(supervisor->fd);
	(void)unlink(supervisor->address.sun_path);
	(void)rmdir(supervisor->directory);
	(void)unsetenv("NOTIFY_SOCKET");
}

static void
assert_heard(const struct supervisor *supervisor, const char *expected)
{
	char text[64] = "";

	assert_true(recv(supervisor->fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, expected);
}

TEST(tells_the_supervisor_each_state)
{
	struct supervisor supervisor;

	start_listening(&supervisor);
	systemd_ready();
	assert_heard(&supervisor, "READY=1");
	systemd_stopping();
	assert_heard(&supervisor, "STOPPING=1");
	stop_listening(&supervisor);
}

TEST(says_nothing_when_nobody_asks)
{
	(void)unsetenv("NOTIFY_SOCKET");
	systemd_ready();
	(void)setenv("NOTIFY_SOCKET", "/nowhere/socket", 1);
	systemd_ready();
	(void)unsetenv("NOTIFY_SOCKET");
}

/* Says that we live, once. Returns: when the next time is. */
static int
report(const struct supervisor *supervisor, const char *watchdog_us)
{
	const struct instant at = { .monotonic_ms = 7000 };
	struct timers timers = { NULL };

	(void)setenv("WATCHDOG_USEC", watchdog_us, 1);
	systemd_keep_alive(&at, &timers);
	assert_int_equal(timer_wait_ms(&timers, 60000), 0);
	timer_run(&timers);
	assert_heard(supervisor, "WATCHDOG=1");
	(void)unsetenv("WATCHDOG_USEC");
	return timer_wait_ms(&timers, 60000);
}

TEST(reports_at_half_the_watchdog_time)
{
	struct supervisor supervisor;

	start_listening(&supervisor);
	assert_int_equal(report(&supervisor, "30000000"), 15000);
	assert_int_equal(report(&supervisor, ""), 60000);
	assert_int_equal(report(&supervisor, "soon"), 60000);
	stop_listening(&supervisor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_supervisor_each_state),
		cmocka_unit_test(says_nothing_when_nobody_asks),
		cmocka_unit_test(reports_at_half_the_watchdog_time),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
