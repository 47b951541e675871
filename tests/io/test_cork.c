#include "io/cork.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct line {
	int near;
	int far;
};

static void
open_line(struct line *line)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address,
	                     &size),
	    0);
	line->near = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(setsockopt(line->near, IPPROTO_TCP, TCP_NODELAY, &on,
	                     sizeof(on)),
	    0);
	assert_int_equal(connect(line->near, (struct sockaddr *)&address, size),
	    0);
	line->far = accept(listener, NULL, NULL);
	assert_true(line->far >= 0);
	(void)close(listener);
}

static void
close_line(struct line *line)
{
	(void)close(line->near);
	(void)close(line->far);
}

/* The loopback delivers before the write returns. */
static bool
has_come(const struct line *line, int timeout_ms)
{
	struct pollfd far = { .fd = line->far, .events = POLLIN };

	return poll(&far, 1, timeout_ms) > 0;
}

TEST(gathers_what_is_written_until_it_is_pulled)
{
	struct cork cork = { .count = 0 };
	struct line line;
	char bytes[8];

	open_line(&line);
	cork_add(&cork, line.near);
	cork_put(&cork, 2);
	assert_int_equal(write(line.near, "ab", 2), 2);
	assert_int_equal(write(line.near, "cd", 2), 2);
	assert_false(has_come(&line, 0));
	cork_pull(&cork);
	assert_true(has_come(&line, 5000));
	assert_int_equal(read(line.far, bytes, sizeof(bytes)), 4);
	assert_int_equal(write(line.near, "e", 1), 1);
	assert_true(has_come(&line, 5000));
	close_line(&line);
}

TEST(is_not_put_in_where_less_is_to_come_than_there_are_lines)
{
	struct cork cork = { .count = 0 };
	struct line lines[2];

	for (int i = 0; i < 2; i++) {
		open_line(&lines[i]);
		cork_add(&cork, lines[i].near);
	}
	cork_put(&cork, 1);
	assert_int_equal(write(lines[0].near, "a", 1), 1);
	assert_true(has_come(&lines[0], 5000));
	cork_pull(&cork);
	cork_put(&cork, 2);
	assert_int_equal(write(lines[1].near, "a", 1), 1);
	assert_false(has_come(&lines[1], 0));
	cork_remove(&cork, lines[0].near);
	close_line(&lines[0]);
	cork_pull(&cork);
	assert_true(has_come(&lines[1], 5000));
	close_line(&lines[1]);
}

TEST(leaves_alone_what_is_closed_or_too_much)
{
	struct cork cork = { .count = 0 };
	struct line line;

	open_line(&line);
	for (int i = 0; i < CORK_SOCKETS; i++)
		cork_add(&cork, -1);
	cork_add(&cork, line.near);
	cork_put(&cork, 100);
	assert_int_equal(write(line.near, "a", 1), 1);
	assert_true(has_come(&line, 5000));
	cork_pull(&cork);
	for (int i = 0; i < CORK_SOCKETS; i++)
		cork_remove(&cork, -1);
	cork_remove(&cork, line.near);
	assert_int_equal(cork.count, 0);
	close_line(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathers_what_is_written_until_it_is_pulled),
		cmocka_unit_test(
		    is_not_put_in_where_less_is_to_come_than_there_are_lines),
		cmocka_unit_test(leaves_alone_what_is_closed_or_too_much),
	};

	return cmocka_run_group_tests_name("cork", tests, NULL, NULL);
}
