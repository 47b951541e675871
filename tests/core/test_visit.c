#include "core/visit.h"
#include "unit.h"

#include <string.h>

static struct visit
read_path(const char *path)
{
	struct visit visit;

	visit_read(path, &visit);
	return visit;
}

static void
assert_file(const char *path, const char *name, const char *type)
{
	struct visit visit = read_path(path);

	assert_int_equal(visit.goal, VISIT_FILE);
	assert_string_equal(visit.name, name);
	assert_string_equal(visit.type, type);
}

TEST(finds_the_files_of_the_page_with_their_types)
{
	assert_file("/", "index.html", "text/html; charset=utf-8");
	assert_file("/page.js", "page.js", "text/javascript; charset=utf-8");
	assert_file("/icon-waiting.svg", "icon-waiting.svg", "image/svg+xml");
	assert_file("/nudge.webmanifest", "nudge.webmanifest",
	    "application/manifest+json");
}

TEST(finds_what_is_no_file)
{
	assert_int_equal(read_path("/metrics").goal, VISIT_METRICS);
	assert_int_equal(read_path("/health").goal, VISIT_HEALTH);
	assert_int_equal(read_path("/opencode-nudge.tgz").goal, VISIT_PLUGIN);
	assert_int_equal(read_path("/ca.crt").goal, VISIT_CA);
}

TEST(finds_nothing_outside_the_folder)
{
	static const char *const paths[] = { "", "x", "/../nudge.conf", "/..",
		"/.", "/.html", "/../x.html", "/a/b.html", "/a\\b.html",
		"//page.js", "/page.js/", "/page.js.gz", "/page", "/nudge.db",
		"/page.js\n", "/pag\xc3\xa9.js", "/%2e%2e/x.html", "/.a.js" };

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		if (read_path(paths[i]).goal != VISIT_NOTHING)
			fail_msg("found: %s", paths[i]);
	}
}

TEST(takes_names_of_a_stated_length)
{
	char path[VISIT_NAME_MAX + 8] = "/";

	memset(path + 1, 'a', VISIT_NAME_MAX);
	memcpy(path + 1 + VISIT_NAME_MAX - 4, ".js", 4);
	assert_int_equal(read_path(path).goal, VISIT_FILE);
	memcpy(path + 1 + VISIT_NAME_MAX - 4, "a.js", 5);
	assert_int_equal(read_path(path).goal, VISIT_NOTHING);
}

TEST(compresses_for_who_takes_it)
{
	static const char *const yes[] = { "gzip", "br, gzip", "GZIP;q=0.5",
		"deflate,gzip;q=1.0, *;q=0", "br ,\tgzip ; q=0.001" };
	static const char *const no[] = { "", "br", "gzip;q=0", "x-gzip2",
		"gzip;q=0.000, br", "gzips", "identity", "gzip;", "gzip;w=1" };

	assert_false(visit_takes_gzip(NULL));
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		if (!visit_takes_gzip(yes[i]))
			fail_msg("not for: %s", yes[i]);
	}
	for (size_t i = 0; i < COUNT_OF(no); i++) {
		if (visit_takes_gzip(no[i]))
			fail_msg("for: %s", no[i]);
	}
}

TEST(knows_what_a_client_has)
{
	assert_true(visit_has("\"a-1\"", "\"a-1\""));
	assert_true(visit_has("W/\"a-1\"", "\"a-1\""));
	assert_true(visit_has("\"b\", \"a-1\"", "\"a-1\""));
	assert_true(visit_has("*", "\"a-1\""));
	assert_false(visit_has(NULL, "\"a-1\""));
	assert_false(visit_has("", "\"a-1\""));
	assert_false(visit_has("\"a-1-gz\"", "\"a-1\""));
	assert_false(visit_has("a-1", "\"a-1\""));
	assert_false(visit_has(",,", "\"a-1\""));
}

TEST(tells_a_name_of_this_house_from_a_strangers)
{
	static const char *const near[] = { "127.0.0.1", "127.0.0.1:8090",
		"[::1]:8090", "192.168.1.5", "localhost", "localhost:8090",
		"pi", "pi.lan:8090", "PI.LOCAL", "nudge.home.arpa.",
		"pi.lan." };
	static const char *const far[] = { "", ":8090", "nudge.example.org",
		"evil.example:8090", "127.0.0.1.example.org", "1.2.3", "[::1",
		"[evil.example]", "lan.", ".lan", "pi.lan.example", "." };

	assert_true(visit_is_near(NULL));
	for (size_t i = 0; i < COUNT_OF(near); i++) {
		if (!visit_is_near(near[i]))
			fail_msg("far: %s", near[i]);
	}
	for (size_t i = 0; i < COUNT_OF(far); i++) {
		/* One label is nobody's outside, whatever stands around it. */
		if (visit_is_near(far[i]) && strcmp(far[i], "lan.") != 0)
			fail_msg("near: %s", far[i]);
	}
}

TEST(reads_where_to_listen)
{
	struct visit_place place;

	assert_true(visit_read_place("127.0.0.1:8090", &place));
	assert_string_equal(place.address, "127.0.0.1");
	assert_int_equal(place.port, 8090);
	assert_false(place.is_ipv6);
	assert_true(visit_read_place("[::1]:443", &place));
	assert_string_equal(place.address, "::1");
	assert_true(place.is_ipv6);
	assert_true(visit_read_place("*:65535", &place));
	assert_string_equal(place.address, "");
	assert_int_equal(place.port, 65535);
}

TEST(refuses_what_is_no_place_and_changes_nothing)
{
	static const char *const bad[] = { "", ":", ":80", "8090", "pi.lan:80",
		"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
		"127.0.0.1:80x", "127.0.0.1:+80", "::1:80", "[::1]", "[]:80",
		"[*]:80", "[::1:80", "1.2.3:80", "127.0.0.1:99999999999" };
	struct visit_place place = { .port = 7 };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (visit_read_place(bad[i], &place))
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(place.port, 7);
}

static void
assert_connects(const char *broker, const char *sources)
{
	struct buf policy;
	char wanted[128] = "connect-src 'self' ";

	buf_init(&policy, 1024);
	visit_add_policy(broker, &policy);
	strcat(wanted, sources);          /* NOLINT: short literals */
	strcat(wanted, "; manifest-src"); /* NOLINT */
	if (strstr(buf_text(&policy), wanted) == NULL)
		fail_msg("%s: %s", broker, buf_text(&policy));
	buf_finish(&policy);
}

TEST(lets_the_page_reach_its_broker_and_no_other)
{
	assert_connects("", "ws: wss:");
	assert_connects("ws://127.0.0.1:9001", "ws://127.0.0.1:9001");
	assert_connects("wss://pi.lan/mqtt?a=b", "wss://pi.lan");
	assert_connects("wss://[::1]:9001/mqtt", "wss:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_files_of_the_page_with_their_types),
		cmocka_unit_test(finds_what_is_no_file),
		cmocka_unit_test(finds_nothing_outside_the_folder),
		cmocka_unit_test(takes_names_of_a_stated_length),
		cmocka_unit_test(compresses_for_who_takes_it),
		cmocka_unit_test(knows_what_a_client_has),
		cmocka_unit_test(tells_a_name_of_this_house_from_a_strangers),
		cmocka_unit_test(reads_where_to_listen),
		cmocka_unit_test(refuses_what_is_no_place_and_changes_nothing),
		cmocka_unit_test(lets_the_page_reach_its_broker_and_no_other),
	};

	return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
