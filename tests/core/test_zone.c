#include "core/zone.h"
#include "zones.h"

#include <string.h>

#define HEADER "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* A file of one zone without changes: what its footer says alone counts. */
static enum status
parse_rule(const char *footer, struct zone **zone)
{
	static const uint8_t head[] = "TZif2" HEADER "\0\0\0\0\0\0\0\0\0\0\0\0"
	                              "\0\0\0\0\0\0\0\1\0\0\0\1"
	                              "\0\0\0\0\0\0\0";
	uint8_t bytes[512];
	size_t len = 0;

	for (int i = 0; i < 2; i++) {
		memcpy(bytes + len, head, sizeof(head) - 1);
		len += sizeof(head) - 1;
	}
	bytes[len++] = '\n';
	memcpy(bytes + len, footer, strlen(footer));
	len += strlen(footer);
	bytes[len++] = '\n';
	return zone_parse(bytes, len, zone);
}

static void
assert_offset(const struct zone *zone, int64_t unix_s, int32_t offset_s)
{
	assert_int_equal(zone_offset_s(zone, unix_s), offset_s);
}

TEST(knows_summer_and_winter)
{
	struct zone *berlin = read_zone("Europe/Berlin");

	assert_offset(berlin, 1767225600, 3600); /* 1 January 2026 */
	assert_offset(berlin, 1774745999, 3600); /* 29 March, 00:59:59 UTC */
	assert_offset(berlin, 1774746000, 7200);
	assert_offset(berlin, 1792889999, 7200); /* 25 October, 00:59:59 */
	assert_offset(berlin, 1792890000, 3600);
	assert_int_equal(zone_next_change_s(berlin, 1767225600), 1774746000);
	assert_int_equal(zone_next_change_s(berlin, 1774746000), 1792890000);
	zone_destroy(berlin);
}

TEST(goes_on_by_its_rule_after_the_last_change_of_its_file)
{
	struct zone *berlin = read_zone("Europe/Berlin");
	struct zone *lord_howe = read_zone("Australia/Lord_Howe");

	assert_offset(berlin, 2840140800, 3600);     /* 1 January 2060 */
	assert_offset(berlin, 2855779200, 7200);     /* 1 July 2060 */
	assert_offset(lord_howe, 2840140800, 39600); /* their summer */
	assert_offset(lord_howe, 2855779200, 37800);
	assert_int_equal(zone_next_change_s(lord_howe, 2840140800),
	    2848230000); /* 4 April 2060, 15:00 UTC */
	zone_destroy(berlin);
	zone_destroy(lord_howe);
}

TEST(knows_zones_that_never_change)
{
	struct zone *utc = read_zone("UTC");
	struct zone *kathmandu = read_zone("Asia/Kathmandu");

	assert_offset(utc, 1767225600, 0);
	assert_offset(kathmandu, 1767225600, 20700);
	assert_int_equal(zone_next_change_s(utc, 0), INT64_MAX);
	assert_int_equal(zone_reach_s(kathmandu, 1767246300), 1767225600);
	zone_destroy(utc);
	zone_destroy(kathmandu);
}

TEST(reaches_a_reading_once)
{
	/* 2:30 local of 29 March and of 25 October 2026. */
	const int64_t skipped_s = 1774751400;
	const int64_t twice_s = 1792895400;
	struct zone *berlin = read_zone("Europe/Berlin");

	assert_int_equal(zone_reach_s(berlin, skipped_s), 1774746000);
	assert_int_equal(zone_reach_s(berlin, twice_s), 1792888200);
	zone_destroy(berlin);
}

TEST(reads_every_form_of_a_rule)
{
	static const struct {
		const char *rule;
		int32_t january_s;
		int32_t july_s; /* 2060, for both */
	} rules[] = {
		{ "UTC0", 0, 0 },
		{ "<+0545>-5:45", 20700, 20700 },
		{ "<-03>3:00:30", -10830, -10830 },
		{ "EST5EDT,M3.2.0,M11.1.0", -18000, -14400 },
		{ "EST+5EDT+4,M3.2.0/2:00:00,M11.1.0", -18000, -14400 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600 },
		{ "AAA3BBB,J60,J300", -10800, -7200 },
		{ "AAA3BBB,59,299/-1", -10800, -7200 },
		{ "AAA3BBB,J59/167,J363/25", -10800, -7200 },
		{ "", 0, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct zone *zone = NULL;

		if (parse_rule(rules[i].rule, &zone) != STATUS_OK)
			fail_msg("%s is refused", rules[i].rule);
		assert_offset(zone, 2840140800, rules[i].january_s);
		assert_offset(zone, 2855779200, rules[i].july_s);
		zone_destroy(zone);
	}
}

TEST(knows_leap_years_by_the_day_of_the_year)
{
	struct zone *julian = NULL;
	struct zone *counted = NULL;

	/* 1 March in every year; 29 February where there is one. */
	assert_int_equal(parse_rule("AAA0BBB,J60/0,J300", &julian), STATUS_OK);
	assert_int_equal(parse_rule("AAA0BBB,59/0,J300", &counted), STATUS_OK);
	assert_int_equal(zone_next_change_s(julian, 2840140800), 2845324800);
	assert_int_equal(zone_next_change_s(counted, 2840140800), 2845238400);
	assert_int_equal(zone_next_change_s(julian, 2871763200), 2876860800);
	zone_destroy(julian);
	zone_destroy(counted);
}

TEST(refuses_a_rule_that_is_none)
{
	static const char *const rules[] = { "U0", "UTC", "UTC26", "UTC0x",
		"UTC0:60", "<UTC0", "EST5EDT", "EST5EDT,M3.2.0",
		"EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
		"EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3-2.0,M11.1.0",
		"EST5EDT,M3.2-0,M11.1.0", "EST5EDT,M0.2.0,M11.1.0",
		"EST5EDT,J0,J300", "EST5EDT,J366,J300", "EST5EDT,366,300",
		"EST5EDT,x,J300", "EST5EDT,M3.2.0/168,M11.1.0",
		"EST5EDT,M3.2.0,M11.1.0,", "EST5E", "EST5EDT4x,M3.2.0,M11.1.0",
		"EST5EDT26,M3.2.0,M11.1.0" };

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct zone *zone = NULL;

		if (parse_rule(rules[i], &zone) != STATUS_BAD_INPUT)
			fail_msg("%s is taken", rules[i]);
		assert_null(zone);
	}
}

TEST(refuses_a_file_that_is_none)
{
	static uint8_t berlin[ZONE_FILE_MAX + 1];
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
	struct zone *zone = NULL;
	size_t len;

	assert_non_null(file);
	len = fread(berlin, 1, sizeof(berlin), file);
	(void)fclose(file);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(zone_parse(berlin, cut, &zone),
		    STATUS_BAD_INPUT);
	assert_int_equal(zone_parse(berlin, ZONE_FILE_MAX + 1, &zone),
	    STATUS_BAD_INPUT);
	berlin[0] = 'X';
	assert_int_equal(zone_parse(berlin, len, &zone), STATUS_BAD_INPUT);
	assert_null(zone);
	zone_destroy(zone);
}

TEST(reads_a_file_of_the_first_version)
{
	static const uint8_t file[] = "TZif\0" HEADER "\0\0\0\0\0\0\0\0\0\0\0\0"
	                              "\0\0\0\2\0\0\0\2\0\0\0\1"
	                              "\0\0\0\100\0\0\1\0"
	                              "\1\0"
	                              "\0\0\0\0\0\0"
	                              "\0\0\16\20\0\0"
	                              "\0";
	uint8_t broken[sizeof(file)];
	struct zone *zone = NULL;

	assert_int_equal(zone_parse(file, sizeof(file) - 1, &zone), STATUS_OK);
	assert_offset(zone, 0, 0);
	assert_offset(zone, 64, 3600);
	assert_offset(zone, 256, 0);
	assert_int_equal(zone_next_change_s(zone, 0), 64);
	assert_int_equal(zone_next_change_s(zone, 256), INT64_MAX);
	zone_destroy(zone);
	zone = NULL;
	/* Changes that do not ascend, a type there is not, an offset of days. */
	memcpy(broken, file, sizeof(file));
	broken[47] = 255;
	broken[46] = 255;
	assert_int_equal(zone_parse(broken, sizeof(file) - 1, &zone),
	    STATUS_BAD_INPUT);
	memcpy(broken, file, sizeof(file));
	broken[52] = 2;
	assert_int_equal(zone_parse(broken, sizeof(file) - 1, &zone),
	    STATUS_BAD_INPUT);
	memcpy(broken, file, sizeof(file));
	broken[54] = 1;
	assert_int_equal(zone_parse(broken, sizeof(file) - 1, &zone),
	    STATUS_BAD_INPUT);
	assert_null(zone);
}

TEST(knows_the_name_of_a_zone_from_a_path)
{
	static const char *const good[] = { "UTC", "Europe/Berlin",
		"America/Argentina/ComodRivadavia", "Etc/GMT+5", "EST5EDT" };
	static const char *const bad[] = { "", "/", "/etc/passwd", "../UTC",
		"Europe/../UTC", "Europe/", "Europe//Berlin", "Europe Berlin",
		"Europe/Berlin\n", "a.b",
		"0123456789012345678901234567890123456789012345678901234567890"
		"1234" };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(zone_is_name(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(zone_is_name(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_summer_and_winter),
		cmocka_unit_test(
		    goes_on_by_its_rule_after_the_last_change_of_its_file),
		cmocka_unit_test(knows_zones_that_never_change),
		cmocka_unit_test(reaches_a_reading_once),
		cmocka_unit_test(reads_every_form_of_a_rule),
		cmocka_unit_test(knows_leap_years_by_the_day_of_the_year),
		cmocka_unit_test(refuses_a_rule_that_is_none),
		cmocka_unit_test(refuses_a_file_that_is_none),
		cmocka_unit_test(reads_a_file_of_the_first_version),
		cmocka_unit_test(knows_the_name_of_a_zone_from_a_path),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
