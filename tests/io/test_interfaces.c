#include "io/interfaces.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct interfaces_address loopback = {
	.text = "127.0.0.1",
	.is_loopback = true,
};

TEST(finds_the_loopback)
{
	struct interfaces_address list[INTERFACES_MAX];
	size_t count = interfaces_list(list);
	bool is_found = false;

	assert_true(count > 0 && count <= INTERFACES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].text, "127.0.0.1") != 0)
			continue;
		is_found = true;
		assert_true(list[i].is_loopback);
		assert_false(list[i].is_ipv6);
	}
	assert_true(is_found);
}

TEST(tells_whether_somebody_listens)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
	                     sizeof(address)),
	    0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	port = ntohs(address.sin_port);
	assert_false(interfaces_listens(&loopback, port));
	assert_int_equal(listen(fd, 1), 0);
	assert_true(interfaces_listens(&loopback, port));
	assert_int_equal(close(fd), 0);
	assert_false(interfaces_listens(&loopback, port));
}

TEST(knows_the_names_of_the_loopback)
{
	static const char *const own[] = { "localhost", "LocalHost",
		"127.0.0.1", "127.1.2.3", "::1" };
	static const char *const other[] = { "localhost.example", "local",
		"128.0.0.1", "127.a.example", "127", "::", "::11", "" };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		assert_true(interfaces_is_loopback(own[i], strlen(own[i])));
	for (size_t i = 0; i < COUNT_OF(other); i++)
		assert_false(
		    interfaces_is_loopback(other[i], strlen(other[i])));
	assert_true(interfaces_is_loopback("::1]:1883", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_loopback),
		cmocka_unit_test(tells_whether_somebody_listens),
		cmocka_unit_test(knows_the_names_of_the_loopback),
	};

	return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
