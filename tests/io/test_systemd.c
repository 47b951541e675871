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
	systemd_alive();
	assert_heard(&supervisor, "WATCHDOG=1");
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

TEST(reports_at_half_the_watchdog_time)
{
	(void)unsetenv("WATCHDOG_USEC");
	assert_true(systemd_watchdog_ms() == INT64_MAX);
	(void)setenv("WATCHDOG_USEC", "30000000", 1);
	assert_true(systemd_watchdog_ms() == 15000);
	(void)setenv("WATCHDOG_USEC", "soon", 1);
	assert_true(systemd_watchdog_ms() == INT64_MAX);
	(void)unsetenv("WATCHDOG_USEC");
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
