#include "io/network.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool
is_private(const char *text)
{
	struct sockaddr_storage any = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&any, &in, sizeof(in));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
		memcpy(&any, &in6, sizeof(in6));
	}
	return network_is_private((const struct sockaddr *)&any);
}

TEST(knows_the_addresses_of_this_machine_and_network)
{
	static const char *const addresses[] = { "0.0.0.0", "10.0.0.1",
		"100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8",
		"192.168.1.1", "198.18.0.1", "198.19.1.1", "224.0.0.1",
		"240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
		"fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1",
		"::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:0a00:0001::1",
		"2002:7f00:0001::1", "::10.0.0.1" };

	for (size_t i = 0; i < COUNT_OF(addresses); i++)
		assert_true(is_private(addresses[i]));
}

TEST(knows_the_addresses_of_everybody_else)
{
	static const char *const addresses[] = { "1.1.1.1", "9.255.255.255",
		"11.0.0.1", "100.63.255.255", "100.128.0.1", "128.0.0.1",
		"172.15.255.255", "172.32.0.1", "192.167.1.1", "192.169.1.1",
		"198.17.0.1", "198.20.0.1", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1",
		"64:ff9b::1.1.1.1", "2002:0101:0101::1" };

	for (size_t i = 0; i < COUNT_OF(addresses); i++)
		assert_false(is_private(addresses[i]));
}

TEST(takes_no_other_kind_of_address_for_public)
{
	const struct sockaddr address = { .sa_family = AF_UNIX };

	assert_true(network_is_private(&address));
}

TEST(knows_what_is_asked_for_through_a_proxy)
{
	static const struct {
		const char *name;
		const char *value;
		const char *except;
		const char *url;
		bool has_proxy;
	} cases[] = {
		{ "https_proxy", "http://10.0.0.1:3128", "",
		    "https://ntfy.sh/a", true },
		{ "HTTPS_PROXY", "http://10.0.0.1:3128", "",
		    "https://ntfy.sh/a", true },
		{ "all_proxy", "socks5h://10.0.0.1", "", "https://ntfy.sh/a",
		    true },
		{ "https_proxy", "", "", "https://ntfy.sh/a", false },
		{ "http_proxy", "http://10.0.0.1:3128", "", "https://ntfy.sh/a",
		    false },
		{ "http_proxy", "http://10.0.0.1:3128", "",
		    "http://pi.lan:80/a", true },
		{ "https_proxy", "http://10.0.0.1:3128", "*",
		    "https://ntfy.sh/a", false },
		{ "https_proxy", "http://10.0.0.1:3128", "pi.lan, .ntfy.sh",
		    "https://ntfy.sh:8443/a", false },
		{ "https_proxy", "http://10.0.0.1:3128", "push.apple.com",
		    "https://web.push.apple.com/a", false },
		{ "https_proxy", "http://10.0.0.1:3128", "tfy.sh",
		    "https://ntfy.sh/a", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)setenv(cases[i].name, cases[i].value, 1);
		(void)setenv("no_proxy", cases[i].except, 1);
		assert_int_equal(network_has_proxy(cases[i].url),
		    cases[i].has_proxy);
		(void)unsetenv(cases[i].name);
		(void)unsetenv("no_proxy");
	}
	assert_false(network_has_proxy("https://ntfy.sh/a"));
}

/* Of whoever runs the tests. */
static void
forget_proxies(void)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy",
		"NO_PROXY" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)unsetenv(names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    knows_the_addresses_of_this_machine_and_network),
		cmocka_unit_test(knows_the_addresses_of_everybody_else),
		cmocka_unit_test(takes_no_other_kind_of_address_for_public),
		cmocka_unit_test(knows_what_is_asked_for_through_a_proxy),
	};

	forget_proxies();
	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
