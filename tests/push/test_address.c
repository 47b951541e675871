#include "push/address.h"
#include "unit.h"

#include <string.h>

static const char *const known[] = { "push.example.org", "*.example.net",
	NULL };

static enum status
read_address(const char *url, const char *allowed, bool allows_http,
    struct address *address, struct fault *fault)
{
	const struct address_rules rules = { known, allowed, allows_http };

	return address_read("endpoint", url, &rules, address, fault);
}

TEST(takes_a_url_apart)
{
	static const char url[] = "https://push.example.org:443/a/b?c=%20d";
	struct fault fault = { "" };
	struct address address;

	assert_int_equal(read_address(url, "", false, &address, &fault),
	    STATUS_OK);
	assert_string_equal(address.host, "push.example.org");
	assert_string_equal(address.path, "/a/b?c=%20d");
	assert_int_equal(address.origin_len,
	    strlen("https://push.example.org:443"));
	assert_int_equal(address.port, 443);
	assert_false(address.is_http);
	assert_false(address.is_allowed);
}

TEST(writes_an_origin_without_its_usual_port)
{
	static const struct {
		const char *url;
		const char *origin;
	} cases[] = {
		{ "https://a.example.net/x", "https://a.example.net" },
		{ "https://a.example.net:443/x", "https://a.example.net" },
		{ "https://a.example.net:0443/x", "https://a.example.net" },
		{ "https://a.example.net:80/x", "https://a.example.net:80" },
		{ "https://a.example.net:8443/443",
		    "https://a.example.net:8443" },
		{ "https://[fd00::443]/x", "https://[fd00::443]" },
		{ "https://[fd00::443]:443/x", "https://[fd00::443]" },
		{ "http://10.0.0.80/x", "http://10.0.0.80" },
		{ "http://10.0.0.80:80/x", "http://10.0.0.80" },
		{ "http://10.0.0.80:443/x", "http://10.0.0.80:443" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		/* Its length ends with the host and the port. */
		struct address address = {
			.is_http = cases[i].url[4] == ':',
			.origin_len =
			    (size_t)(strrchr(cases[i].url, '/') - cases[i].url),
		};
		char origin[64];

		address_write_origin(&address, cases[i].url, origin,
		    sizeof(origin));
		assert_string_equal(origin, cases[i].origin);
	}
}

TEST(takes_known_hosts_and_those_that_are_allowed)
{
	static const struct {
		const char *url;
		const char *allowed;
		bool is_taken;
	} cases[] = {
		{ "https://push.example.org/x", "", true },
		{ "https://a.example.net/x", "", true },
		{ "https://a.b.example.net/x", "", true },
		{ "https://example.net/x", "", false },
		{ "https://evilexample.net/x", "", false },
		{ "https://push.example.org.evil.com/x", "", false },
		{ "https://pi.lan/x", "", false },
		{ "https://pi.lan/x", "pi.lan", true },
		{ "https://pi.lan/x", "other, pi.lan", true },
		{ "https://pi.lan/x", "*.lan", true },
		{ "https://pi.lan/x", "*.", false },
		{ "https://pi.lan/x", "pi", false },
		{ "https://[fd00::1]/x", "[fd00::1]", true },
		{ "https://10.0.0.1/x", "", false },
		/* A known service is at its port alone. */
		{ "https://push.example.org:443/x", "", true },
		{ "https://push.example.org:8443/x", "", false },
		{ "https://push.example.org:8443/x", "push.example.org",
		    false },
		{ "https://push.example.org:8443/x", "push.example.org:8443",
		    true },
		/* So is a host that is named without one. */
		{ "https://pi.lan:443/x", "pi.lan", true },
		{ "https://pi.lan:8443/x", "pi.lan", false },
		{ "https://pi.lan:8443/x", "pi.lan:8443", true },
		{ "https://pi.lan/x", "pi.lan:8443", false },
		{ "https://pi.lan/x", "pi.lan:443", true },
		{ "https://pi.lan:80/x", "pi.lan", false },
		{ "https://a.lan:8443/x", "*.lan:8443", true },
		{ "https://a.lan:8444/x", "*.lan:8443, *.lan", false },
		{ "https://[fd00::1]:8443/x", "[fd00::1]:8443", true },
		{ "https://[fd00::1]:8443/x", "[fd00::1]", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };
		struct address address;
		enum status status = read_address(cases[i].url,
		    cases[i].allowed, false, &address, &fault);

		assert_int_equal(status,
		    cases[i].is_taken ? STATUS_OK : STATUS_BAD_INPUT);
		if (!cases[i].is_taken)
			assert_non_null(strstr(fault.text, "allow_hosts"));
	}
}

TEST(takes_http_only_where_both_are_allowed)
{
	struct fault fault = { "" };
	struct address address;

	assert_int_equal(read_address("http://pi.lan/x", "pi.lan", true,
	                     &address, &fault),
	    STATUS_OK);
	assert_true(address.is_http);
	assert_int_equal(read_address("http://pi.lan/x", "pi.lan", false,
	                     &address, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text,
	    "endpoint: must be https:// (or set allow_http)");
	assert_int_equal(read_address("http://push.example.org/x", "", true,
	                     &address, &fault),
	    STATUS_BAD_INPUT);
}

TEST(takes_http_at_port_80_unless_another_is_named)
{
	static const struct {
		const char *url;
		const char *allowed;
		bool is_taken;
	} cases[] = {
		{ "http://pi.lan:80/x", "pi.lan", true },
		{ "http://pi.lan:443/x", "pi.lan", false },
		{ "http://pi.lan:8080/x", "pi.lan", false },
		{ "http://pi.lan:8080/x", "pi.lan:8080", true },
		{ "http://pi.lan/x", "pi.lan:8080", false },
		{ "http://localhost:22300/api/webhook/x?/t", "localhost",
		    false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };
		struct address address;

		assert_int_equal(read_address(cases[i].url, cases[i].allowed,
		                     true, &address, &fault),
		    cases[i].is_taken ? STATUS_OK : STATUS_BAD_INPUT);
	}
}

TEST(refuses_what_two_readers_could_read_in_two_ways)
{
	static const char *const bad[] = {
		"",
		"push.example.org/x",
		"ftp://push.example.org/x",
		"HTTPS://push.example.org/x",
		"https://Push.example.org/x",
		"https://push.example.org",
		"https:///x",
		"https://user@push.example.org/x",
		"https://user:pass@push.example.org/x",
		"https://push.example.org\\@evil.com/x",
		"https://push.example.org#@evil.com/x",
		"https://push.example.org?@evil.com/x",
		"https://push.example.org:/x",
		"https://push.example.org:0/x",
		"https://push.example.org:65536/x",
		"https://push.example.org:443443443443443443443/x",
		"https://push.example.org:80@evil.com/x",
		"https://push..example.org/x",
		"https://.push.example.org/x",
		"https://push.example.org./x",
		"https://-push.example.org/x",
		"https://[::1/x",
		"https://[]/x",
		"https://[::1%25lo]/x",
		"https://push.example.org/x y",
		"https://push.example.org/x\ny",
		"https://push.example.org/x#y",
		"https://push.example.org/\"x",
		"https://push.example.org/\xc3\xa4",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct fault fault = { "" };
		struct address address;

		assert_int_equal(read_address(bad[i], "*.org, *.com", true,
		                     &address, &fault),
		    STATUS_BAD_INPUT);
		assert_true(fault_is_set(&fault));
	}
}

TEST(takes_the_longest_host_and_no_longer)
{
	char url[320] = "https://";
	struct fault fault = { "" };
	struct address address;
	size_t len = strlen(url);

	memset(url + len, 'a', 249);
	(void)strcpy(url + len + 249, ".lan/x");
	assert_int_equal(read_address(url, "*.lan", false, &address, &fault),
	    STATUS_OK);
	(void)strcpy(url + len + 249, "a.lan/x");
	assert_int_equal(read_address(url, "*.lan", false, &address, &fault),
	    STATUS_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_url_apart),
		cmocka_unit_test(writes_an_origin_without_its_usual_port),
		cmocka_unit_test(takes_known_hosts_and_those_that_are_allowed),
		cmocka_unit_test(takes_http_only_where_both_are_allowed),
		cmocka_unit_test(takes_http_at_port_80_unless_another_is_named),
		cmocka_unit_test(
		    refuses_what_two_readers_could_read_in_two_ways),
		cmocka_unit_test(takes_the_longest_host_and_no_longer),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
