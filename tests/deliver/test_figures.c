#include "deliver/figures.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const struct figures_instant at = {
	.now_ms = 1764000000123,
	.monotonic_ms = 100000,
	.resident = 4096,
};

/* One service that is on and works, one that fails, all others off. */
static struct figures
sample(void)
{
	struct figures figures = {
		.started_ms = 10000,
		.connected_ms = 40000,
		.jobs.jobs = { [STAGE_READY] = 2, [STAGE_QUIET] = 3 },
		/* It came before the machine started. */
		.jobs.since_ms = { [STAGE_READY] = 90000,
		    [STAGE_QUIET] = -50000 },
		.services = {
		    [0] = { .name = "apns", .sent = 7, .retried = 2,
		        .success_ms = 88000 },
		    [3] = { .name = "ntfy", .failed = 1, .gone = 4,
		        .is_broken = true },
		},
	};

	tally_count(&figures.tally, "accepted", NULL);
	tally_count(&figures.tally, "suppressed", "muted");
	tally_count(&figures.tally, "suppressed", "limit");
	return figures;
}

static cJSON *
as_json(const struct figures *figures)
{
	struct buf json;
	cJSON *object;

	buf_init(&json, FIGURES_TEXT_MAX);
	figures_write_json(figures, &at, &json);
	assert_int_equal(buf_status(&json), STATUS_OK);
	object = cJSON_Parse(buf_text(&json));
	assert_non_null(object);
	buf_finish(&json);
	return object;
}

static int
number(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItem(object, name);

	assert_true(cJSON_IsNumber(member));
	return member->valueint;
}

static int
number_of(const cJSON *object, const char *name, const char *label)
{
	return number(cJSON_GetObjectItem(object, name), label);
}

TEST(tells_ages_by_a_clock_that_nobody_sets)
{
	const struct figures figures = sample();
	cJSON *json = as_json(&figures);

	assert_int_equal(number(json, "uptime_seconds"), 90);
	assert_int_equal(number(json, "broker_connected"), 1);
	assert_int_equal(number(json, "broker_connected_seconds"), 60);
	assert_int_equal(number_of(json, "waiting_oldest_seconds", "ready"),
	    10);
	assert_int_equal(number_of(json, "waiting_oldest_seconds", "quiet"),
	    150);
	assert_int_equal(number_of(json, "waiting_oldest_seconds", "rate"), 0);
	assert_int_equal(number_of(json, "service_success_age_seconds", "apns"),
	    12);
	cJSON_Delete(json);
}

TEST(tells_of_services_that_are_on_and_of_no_others)
{
	const struct figures figures = sample();
	cJSON *json = as_json(&figures);
	const cJSON *sent = cJSON_GetObjectItem(json, "service_sent_total");
	const cJSON *ages =
	    cJSON_GetObjectItem(json, "service_success_age_seconds");

	assert_int_equal(cJSON_GetArraySize(sent), 2);
	assert_int_equal(number(sent, "apns"), 7);
	assert_int_equal(number(sent, "ntfy"), 0);
	/* One that never took anything has no such age. */
	assert_int_equal(cJSON_GetArraySize(ages), 1);
	assert_int_equal(number_of(json, "service_breaker_open", "ntfy"), 1);
	assert_int_equal(number_of(json, "service_breaker_open", "apns"), 0);
	assert_int_equal(number_of(json, "service_retried_total", "apns"), 2);
	assert_int_equal(number_of(json, "service_failed_total", "ntfy"), 1);
	assert_int_equal(number_of(json, "service_gone_total", "ntfy"), 4);
	cJSON_Delete(json);
}

TEST(tells_what_was_suppressed_and_what_a_limit_dropped)
{
	const struct figures figures = sample();
	cJSON *json = as_json(&figures);

	assert_int_equal(number(json, "events_total"), 1);
	assert_int_equal(number_of(json, "suppressed_total", "muted"), 1);
	assert_int_equal(number_of(json, "suppressed_total", "limit"), 1);
	assert_int_equal(number(json, "dropped_total"), 1);
	cJSON_Delete(json);
}

TEST(tells_the_last_error_once_there_was_one)
{
	struct figures figures = sample();
	cJSON *json = as_json(&figures);
	const cJSON *error;

	assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "last_error")));
	cJSON_Delete(json);
	figures.last_error.at_ms = 1764000000000;
	(void)snprintf(figures.last_error.service,
	    sizeof(figures.last_error.service), "ntfy");
	(void)snprintf(figures.last_error.reason,
	    sizeof(figures.last_error.reason), "status 400");
	json = as_json(&figures);
	error = cJSON_GetObjectItem(json, "last_error");
	assert_string_equal(cJSON_GetObjectItem(error, "reason")->valuestring,
	    "status 400");
	cJSON_Delete(json);
}

/* The value of a series as its line has it. */
static void
assert_line(const struct buf *text, const char *line)
{
	char wanted[160];

	(void)snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (strstr(buf_text(text), wanted) == NULL)
		fail_msg("no line '%s' in:\n%s", line, buf_text(text));
}

TEST(tells_prometheus_the_same_under_the_same_names)
{
	struct figures figures = sample();
	struct buf text;

	figures.last_error.at_ms = 1764000000999;
	(void)snprintf(figures.last_error.service,
	    sizeof(figures.last_error.service), "ntfy");
	(void)snprintf(figures.last_error.reason,
	    sizeof(figures.last_error.reason), "a \"b\"");
	buf_init(&text, FIGURES_TEXT_MAX);
	figures_write_metrics(&figures, &at, &text);
	assert_int_equal(buf_status(&text), STATUS_OK);
	assert_line(&text, "# TYPE nudge_service_sent_total counter");
	assert_line(&text, "nudge_uptime_seconds 90");
	assert_line(&text, "nudge_resident_memory_bytes 4096");
	assert_line(&text, "nudge_waiting_jobs{stage=\"quiet\"} 3");
	assert_line(&text, "nudge_waiting_jobs{stage=\"digest\"} 0");
	assert_line(&text, "nudge_service_sent_total{service=\"apns\"} 7");
	assert_line(&text, "nudge_suppressed_total{reason=\"muted\"} 1");
	assert_line(&text,
	    "nudge_last_error_timestamp_seconds{service=\"ntfy\","
	    "reason=\"a \\\"b\\\"\"} 1764000000");
	assert_null(strstr(buf_text(&text), "service=\"\""));
	buf_finish(&text);
}

TEST(says_when_there_is_no_broker)
{
	struct figures figures = sample();
	cJSON *json;

	figures.connected_ms = 0;
	json = as_json(&figures);
	assert_int_equal(number(json, "broker_connected"), 0);
	assert_int_equal(number(json, "broker_connected_seconds"), 0);
	cJSON_Delete(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_ages_by_a_clock_that_nobody_sets),
		cmocka_unit_test(
		    tells_of_services_that_are_on_and_of_no_others),
		cmocka_unit_test(
		    tells_what_was_suppressed_and_what_a_limit_dropped),
		cmocka_unit_test(tells_the_last_error_once_there_was_one),
		cmocka_unit_test(
		    tells_prometheus_the_same_under_the_same_names),
		cmocka_unit_test(says_when_there_is_no_broker),
	};

	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
