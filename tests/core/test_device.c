#include "core/device.h"
#include "core/preferences.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define TEXT_16 "0123456789abcdef"
#define TEXT_64 TEXT_16 TEXT_16 TEXT_16 TEXT_16
#define TEXT_256 TEXT_64 TEXT_64 TEXT_64 TEXT_64
#define TEXT_512 TEXT_256 TEXT_256
#define URL_256 \
	"https://89abcdef" TEXT_16 TEXT_16 TEXT_16 TEXT_64 TEXT_64 TEXT_64

/* A device that must be good; finish it. */
static struct device
parse(const char *text)
{
	struct fault fault = { "" };
	struct device device;

	assert_int_equal(device_parse(text, strlen(text), &device, &fault),
	    STATUS_OK);
	assert_false(fault_is_set(&fault));
	return device;
}

static void
assert_refused(const char *text, const char *why)
{
	static const struct device nothing;
	struct fault fault = { "" };
	struct device device;

	assert_int_equal(device_parse(text, strlen(text), &device, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text, why);
	assert_memory_equal(&device, &nothing, sizeof(device));
}

TEST(needs_nothing_but_a_platform)
{
	struct device device = parse("{\"platform\":\"log\"}");

	assert_string_equal(device.service, "log");
	assert_null(device.name);
	assert_null(device.token);
	assert_null(device.topic);
	assert_null(device.environment);
	assert_int_equal(device.server_count, 0);
	assert_null(device.preferences);
	assert_null(device.prefs_json);
	device_finish(&device);
}

TEST(reads_every_member)
{
	struct device device =
	    parse("{\"platform\":\"apns\",\"name\":\"Alice's iPhone\","
	          "\"token\":\"00FFaa\",\"topic\":\"dev.example.app\","
	          "\"environment\":\"sandbox\",\"acks\":true,"
	          "\"servers\":{\"workstation\":\"http://10.0.0.5:4096\","
	          "\"laptop\":\"https://l.example\"},"
	          "\"prefs\":{\"presence\":\"ignore\"},\"unknown\":[1]}");

	assert_string_equal(device.service, "apns");
	assert_string_equal(device.name, "Alice's iPhone");
	assert_string_equal(device.token, "00FFaa");
	assert_string_equal(device.topic, "dev.example.app");
	assert_string_equal(device.environment, "sandbox");
	assert_int_equal(device.server_count, 2);
	assert_string_equal(device.servers[0].host, "workstation");
	assert_string_equal(device.servers[0].url, "http://10.0.0.5:4096");
	assert_string_equal(device.servers[1].host, "laptop");
	assert_string_equal(device.servers[1].url, "https://l.example");
	assert_string_equal(device.prefs_json, "{\"presence\":\"ignore\"}");
	device_finish(&device);
}

#define POINT_64                                                              \
	"AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEy" \
	"MzQ1Njc4OTo7PD0-P0A"

TEST(reads_what_other_services_are_addressed_by)
{
	struct device device =
	    parse("{\"platform\":\"webpush\",\"endpoint\":\"https://a/b\","
	          "\"keys\":{\"p256dh\":\"B" POINT_64
	          "\",\"auth\":\"AAECAwQFBgcICQoLDA0ODw==\"},"
	          "\"url\":\"https://c/d\",\"auth\":\"me:pass\","
	          "\"fid\":\"f1\"}");

	assert_string_equal(device.endpoint, "https://a/b");
	assert_string_equal(device.url, "https://c/d");
	assert_string_equal(device.auth, "me:pass");
	assert_string_equal(device.fid, "f1");
	assert_non_null(device.keys);
	assert_int_equal(device.keys->point[0], 4);
	assert_int_equal(device.keys->auth[15], 15);
	assert_null(device.encrypt);
	device_finish(&device);
}

TEST(refuses_keys_that_are_none)
{
	assert_refused("{\"platform\":\"fcm\",\"encrypt\":{}}",
	    "encrypt.p256dh: must be a P-256 key, 65 bytes in base64url");
	assert_refused(
	    "{\"platform\":\"fcm\",\"encrypt\":{\"p256dh\":\"B" POINT_64 "\"}}",
	    "encrypt.auth: must be 16 bytes in base64url");
	assert_refused(
	    "{\"platform\":\"fcm\",\"encrypt\":{\"p256dh\":\"A" POINT_64 "\"}}",
	    "encrypt.p256dh: must be a P-256 key, 65 bytes in base64url");
}

TEST(takes_null_for_absent)
{
	struct device device =
	    parse("{\"platform\":\"log\",\"name\":null,\"token\":null,"
	          "\"topic\":null,\"environment\":null,\"servers\":null,"
	          "\"prefs\":null}");

	assert_null(device.name);
	assert_null(device.environment);
	assert_null(device.prefs_json);
	device_finish(&device);
}

TEST(takes_texts_up_to_their_limits)
{
	struct device device =
	    parse("{\"platform\":\"" TEXT_64 "\",\"name\":\"" TEXT_64
	          "\",\"token\":\"" TEXT_512 "\",\"topic\":\"" TEXT_256
	          "\",\"servers\":{\"" TEXT_64 "\":\"" URL_256 "\"}}");

	assert_string_equal(device.token, TEXT_512);
	assert_string_equal(device.servers[0].url, URL_256);
	device_finish(&device);
}

#define SERVER_FORM                                                       \
	"servers.h: must be http:// or https://, a host, perhaps a port " \
	"and a path; no login"

static const struct {
	const char *members;
	const char *why;
} faulty[] = {
	{ "\"platform\":1", "platform: must be text" },
	{ "\"platform\":\"\"", "platform: must be one line of 1 to 64 bytes" },
	{ "\"platform\":\"" TEXT_64 "x\"",
	    "platform: must be one line of 1 to 64 bytes" },
	{ "\"name\":[]", "name: must be text" },
	{ "\"name\":\"a\\nb\"", "name: must be one line of 1 to 64 bytes" },
	{ "\"name\":\"" TEXT_64 "x\"",
	    "name: must be one line of 1 to 64 bytes" },
	/* What is cut on a character's boundary is still cut. */
	{ "\"name\":\"" TEXT_64 "\xc3\xa9\"",
	    "name: must be one line of 1 to 64 bytes" },
	{ "\"name\":\"" TEXT_64 "\xf0\x9f\x94\x94\"",
	    "name: must be one line of 1 to 64 bytes" },
	{ "\"token\":5", "token: must be text" },
	{ "\"token\":\"\"", "token: must be one line of 1 to 512 bytes" },
	{ "\"token\":\"" TEXT_512 "0\"",
	    "token: must be one line of 1 to 512 bytes" },
	{ "\"topic\":{}", "topic: must be text" },
	{ "\"topic\":\"a\\r\\nb: c\"",
	    "topic: must be one line of 1 to 256 bytes" },
	{ "\"topic\":\"" TEXT_256 "x\"",
	    "topic: must be one line of 1 to 256 bytes" },
	{ "\"environment\":true", "environment: must be text" },
	{ "\"environment\":\"staging\"",
	    "environment: must be production or sandbox" },
	{ "\"environment\":\"\"",
	    "environment: must be production or sandbox" },
	{ "\"servers\":[]", "servers: must be an object" },
	{ "\"servers\":{\"h\":1}", "servers.h: must be text" },
	{ "\"servers\":{\"h\":\"\"}",
	    "servers.h: must be one line of 1 to 256 bytes" },
	{ "\"servers\":{\"h\":\"a\\tb\"}",
	    "servers.h: must be one line of 1 to 256 bytes" },
	{ "\"servers\":{\"h\":\"" TEXT_256 "x\"}",
	    "servers.h: must be one line of 1 to 256 bytes" },
	{ "\"servers\":{\"h\":null}",
	    "servers: must map a host to its address" },
	{ "\"servers\":{\"h\":\"javascript:alert(1)\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"javascript://x/%0aalert(1)\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"data:text/html,x\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"10.0.0.5:4096\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"http://\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"http:///x\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"https://alice:S3cret@pi\"}", SERVER_FORM },
	{ "\"servers\":{\"h\":\"https://pi/\\\"onclick\"}", SERVER_FORM },
	{ "\"servers\":{\"a.b\":\"http://x\"}",
	    "servers: must map a host to its address" },
	{ "\"servers\":{\"\":\"http://x\"}",
	    "servers: must map a host to its address" },
	{ "\"progress\":true", "progress: must be an object" },
	{ "\"progress\":{\"start\":7}", "progress.start: must be text" },
	{ "\"progress\":{\"turns\":[]}", "progress.turns: must be an object" },
	{ "\"progress\":{\"turns\":{\"t\":7}}",
	    "progress.turns.t: must be text" },
	{ "\"progress\":{\"turns\":{\"t\":null}}",
	    "progress.turns: must map a turn's id to a token" },
	{ "\"progress\":{\"turns\":{\"a turn\":\"00\"}}",
	    "progress.turns: must map a turn's id to a token" },
	{ "\"prefs\":7", "prefs: must be an object" },
	{ "\"prefs\":{\"enabled\":1}", "prefs.enabled: must be true or false" },
	{ "\"prefs\":{\"kinds\":{\"note\":1}}",
	    "prefs.kinds.note: must be true or false" },
};

TEST(names_the_path_of_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		bool is_platform = strncmp(faulty[i].why, "plat", 4) == 0;
		char text[1024];

		(void)snprintf(text, sizeof(text), "{%s%s}",
		    is_platform ? "" : "\"platform\":\"log\",",
		    faulty[i].members);
		assert_refused(text, faulty[i].why);
	}
}

TEST(refuses_what_has_no_platform)
{
	assert_refused("{}", "platform: is missing");
	assert_refused("{\"platform\":null}", "platform: is missing");
	assert_refused("[]", "not a JSON object");
	assert_refused("log", "not valid JSON at byte 0");
}

TEST(takes_sixteen_servers_and_no_more)
{
	for (int count = DEVICE_SERVERS_MAX; count <= DEVICE_SERVERS_MAX + 1;
	     count++) {
		char text[1024] = "{\"platform\":\"log\",\"servers\":{";
		size_t len = strlen(text);

		for (int i = 0; i < count; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%s\"h%d\":\"http://%d\"", i > 0 ? "," : "", i, i);
		(void)snprintf(text + len, sizeof(text) - len, "}}");
		if (count <= DEVICE_SERVERS_MAX) {
			struct device device = parse(text);

			assert_int_equal(device.server_count, count);
			device_finish(&device);
		} else {
			assert_refused(text, "servers: at most 16 hosts");
		}
	}
}

static void
assert_presence(const char *bytes, int64_t expiry_s, int64_t expected_s)
{
	struct fault fault = { "" };
	int64_t ttl_s = -1;

	assert_int_equal(device_parse_presence(bytes, strlen(bytes), expiry_s,
	                     &ttl_s, &fault),
	    STATUS_OK);
	assert_false(fault_is_set(&fault));
	assert_int_equal(ttl_s, expected_s);
}

TEST(reads_where_turns_are_told)
{
	struct device device =
	    parse("{\"platform\":\"apns\",\"progress\":{\"start\":\"00\","
	          "\"turns\":{\"t1\":\"01\",\"t2\":\"02\"}}}");

	assert_true(device.progress.is_set);
	assert_string_equal(device.progress.start, "00");
	assert_string_equal(device_turn_token(&device, "t2"), "02");
	assert_null(device_turn_token(&device, "t3"));
	device_finish(&device);
	device = parse("{\"platform\":\"webpush\",\"progress\":{}}");
	assert_true(device.progress.is_set);
	assert_null(device.progress.start);
	device_finish(&device);
	device = parse("{\"platform\":\"log\",\"progress\":null}");
	assert_false(device.progress.is_set);
	device_finish(&device);
}

TEST(takes_sixteen_turns_and_no_more)
{
	char text[1024] = "{\"platform\":\"apns\",\"progress\":{\"turns\":{";

	for (int i = 0; i <= DEVICE_TURNS_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s\"t%d\":\"00\"", i > 0 ? "," : "", i);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "}}}");
	assert_refused(text, "progress.turns: at most 16");
}

TEST(reads_presence_as_a_word)
{
	assert_presence("foreground", 0, 120);
	assert_presence("foreground", 30, 30);
	assert_presence("background", 0, 0);
	assert_presence("background", 30, 0);
	assert_presence("background\n", 0, 0);
	assert_presence("\xef\xbb\xbf"
	                "foreground\r\n",
	    0, 120);
	assert_presence("\xef\xbb\xbf{\"state\":\"foreground\"}\n", 0, 120);
	assert_presence("\n", 0, 0);
}

TEST(takes_an_empty_presence_for_background)
{
	assert_presence("", 0, 0);
}

TEST(reads_presence_as_json)
{
	assert_presence("{\"state\":\"foreground\"}", 0, 120);
	assert_presence("{\"state\":\"foreground\"}", 30, 30);
	assert_presence("{\"state\":\"foreground\",\"session\":\"ses_1\","
	                "\"ttl_s\":90}",
	    30, 90);
	assert_presence("{\"state\":\"foreground\",\"ttl_s\":null}", 0, 120);
	assert_presence("{\"state\":\"foreground\",\"ttl_s\":86400}", 0, 86400);
	assert_presence("{\"state\":\"background\",\"ttl_s\":90}", 0, 0);
}

#define TTL_FORM "ttl_s: must be a whole number from 1 to 86400"
#define WORD_FORM "presence: must be foreground or background"

TEST(refuses_every_other_presence)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "Foreground", WORD_FORM },
		{ "fore ground", WORD_FORM },
		{ "online", WORD_FORM },
		{ "[]", WORD_FORM },
		{ "{\"a\":}", "not valid JSON at byte 5" },
		{ "{}", "state: is missing" },
		{ "{\"state\":null}", "state: is missing" },
		{ "{\"state\":1}", "state: must be text" },
		{ "{\"state\":\"away\"}",
		    "state: must be background or foreground" },
		{ "{\"state\":\"foreground\",\"ttl_s\":0}", TTL_FORM },
		{ "{\"state\":\"foreground\",\"ttl_s\":86401}", TTL_FORM },
		{ "{\"state\":\"foreground\",\"ttl_s\":\"9\"}", TTL_FORM },
		{ "{\"state\":\"foreground\",\"session\":1}",
		    "session: must be text" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };
		int64_t ttl_s = -1;

		assert_int_equal(device_parse_presence(cases[i].text,
		                     strlen(cases[i].text), 0, &ttl_s, &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(fault.text, cases[i].why);
		assert_int_equal(ttl_s, -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs_nothing_but_a_platform),
		cmocka_unit_test(reads_every_member),
		cmocka_unit_test(reads_what_other_services_are_addressed_by),
		cmocka_unit_test(refuses_keys_that_are_none),
		cmocka_unit_test(takes_null_for_absent),
		cmocka_unit_test(takes_texts_up_to_their_limits),
		cmocka_unit_test(names_the_path_of_what_is_wrong),
		cmocka_unit_test(refuses_what_has_no_platform),
		cmocka_unit_test(takes_sixteen_servers_and_no_more),
		cmocka_unit_test(reads_where_turns_are_told),
		cmocka_unit_test(takes_sixteen_turns_and_no_more),
		cmocka_unit_test(reads_presence_as_a_word),
		cmocka_unit_test(takes_an_empty_presence_for_background),
		cmocka_unit_test(reads_presence_as_json),
		cmocka_unit_test(refuses_every_other_presence),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
