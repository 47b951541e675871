/* examine_health.c - what the running bridge counted. */
#include "base/attr.h"
#include "command/examine.h"
#include "io/clock.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_MAX (INT64_MAX / 2)
#define SILENT_S 180 /* it tells each minute */
#define LATE_S 600   /* so long nothing waits that can be pushed */
#define WORD_MAX 80  /* bytes */

/* So long, in words. */
struct span {
	char text[32];
};

static struct span
span_of(int64_t seconds)
{
	static const struct {
		int64_t unit_s;
		const char *name;
	} units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" } };
	struct span span;

	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (seconds < 2 * units[i].unit_s)
			continue;
		(void)snprintf(span.text, sizeof(span.text), "%" PRId64 " %s",
		    seconds / units[i].unit_s, units[i].name);
		return span;
	}
	(void)snprintf(span.text, sizeof(span.text), "%" PRId64 " s", seconds);
	return span;
}

static int64_t
number(const struct json_object *object, const char *name)
{
	return json_integer(object, name, 0, NUMBER_MAX, 0);
}

static int64_t
number_of(const struct json_object *health, const char *name, const char *label)
{
	struct json_object member = json_member(health, name);

	return number(&member, label);
}

/* What waits for whatever. */
static int64_t
waiting(const struct json_object *health)
{
	static const char *const stages[] = { "ready", "delay", "presence",
		"quiet", "rate", "digest" };
	int64_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(stages); i++)
		sum += number_of(health, "waiting_jobs", stages[i]);
	return sum;
}

static void
examine_service(struct examination *examination,
    const struct json_object *health, const char *name)
{
	struct json_object ages =
	    json_member(health, "service_success_age_seconds");
	int64_t age_s = number(&ages, name);

	if (number_of(health, "service_breaker_open", name) == 0)
		return;
	if (json_has(&ages, name))
		examine_say(examination, GRADE_WARN, name,
		    "it fails again and again, and gets one probe at a time; "
		    "it last took something %s ago",
		    span_of(age_s).text);
	else
		examine_say(examination, GRADE_WARN, name,
		    "it fails again and again, and gets one probe at a time; "
		    "it took nothing since the bridge started");
}

static void
examine_waiting(struct examination *examination,
    const struct json_object *health)
{
	int64_t jobs = number_of(health, "waiting_jobs", "ready");
	int64_t age_s = number_of(health, "waiting_oldest_seconds", "ready");
	int64_t dropped = number(health, "dropped_total");

	if (jobs > 0 && age_s > LATE_S)
		examine_say(examination, GRADE_WARN, "health",
		    "%" PRId64 " notifications wait for their push service, "
		    "the oldest for %s",
		    jobs, span_of(age_s).text);
	if (dropped > 0)
		examine_say(examination, GRADE_WARN, "health",
		    "%" PRId64 " messages were refused by [limits]: whoever "
		    "published them gets receipts with the reason limit",
		    dropped);
}

static void
examine_last_error(struct examination *examination,
    const struct json_object *health, int64_t now_ms)
{
	struct json_object error = json_member(health, "last_error");
	const char *service = json_line(&error, "service", WORD_MAX);
	const char *reason = json_line(&error, "reason", WORD_MAX);

	if (service == NULL || reason == NULL)
		return;
	examine_say(examination, GRADE_OK, "health",
	    "the last error was %s ago: %s, %s",
	    span_of((now_ms - number(&error, "ts")) / 1000).text, service,
	    reason);
}

void
examine_health(struct examination *examination,
    const struct json_object *health)
{
	int64_t now_ms = clock_now_ms();
	int64_t silent_s = (now_ms - number(health, "ts")) / 1000;

	if (silent_s < 0)
		silent_s = 0; /* another machine's clock */
	if (silent_s > SILENT_S) {
		examine_say(examination, GRADE_WARN, "health",
		    "the bridge told nothing for %s: it does not run, it "
		    "hangs, or its clock differs",
		    span_of(silent_s).text);
		return;
	}
	examine_say(examination, GRADE_OK, "health",
	    "up for %s; as of %s ago %" PRId64 " events, %" PRId64
	    " notifications wait",
	    span_of(number(health, "uptime_seconds") + silent_s).text,
	    span_of(silent_s).text, number(health, "events_total"),
	    waiting(health));
	for (size_t i = 0; i < provider_count(); i++)
		examine_service(examination, health, provider_at(i)->name);
	examine_waiting(examination, health);
	examine_last_error(examination, health, now_ms);
}
