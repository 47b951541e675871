#include "deliver/figures.h"

#include "base/attr.h"

#include <inttypes.h>

#define ABSENT (-1) /* there is no such number */

enum dimension {
	BY_NOTHING,
	BY_STAGE,
	BY_SERVICE,
	BY_REASON,
};

struct view {
	const struct figures *figures;
	const struct figures_instant *at;
};

struct series {
	const char *name;
	const char *type;
	enum dimension by;
	int64_t (*value)(const struct view *view, size_t number);
	const char *help;
};

static const char *const labels[] = {
	[BY_STAGE] = "stage",
	[BY_SERVICE] = "service",
	[BY_REASON] = "reason",
};

static int64_t
seconds_since(const struct view *view, int64_t since_ms)
{
	int64_t ms = view->at->monotonic_ms - since_ms;

	return ms > 0 ? ms / 1000 : 0;
}

static int64_t
uptime(const struct view *view, size_t number)
{
	(void)number;
	return seconds_since(view, view->figures->started_ms);
}

static int64_t
resident(const struct view *view, size_t number)
{
	(void)number;
	return view->at->resident > 0 ? view->at->resident : ABSENT;
}

static int64_t
is_connected(const struct view *view, size_t number)
{
	(void)number;
	return view->figures->connected_ms != 0;
}

static int64_t
connected(const struct view *view, size_t number)
{
	(void)number;
	return view->figures->connected_ms != 0
	    ? seconds_since(view, view->figures->connected_ms)
	    : 0;
}

static int64_t
events(const struct view *view, size_t number)
{
	(void)number;
	return view->figures->tally.accepted;
}

static int64_t
jobs(const struct view *view, size_t number)
{
	return view->figures->jobs.jobs[number];
}

static int64_t
oldest(const struct view *view, size_t number)
{
	int64_t since_ms = view->figures->jobs.since_ms[number];

	return since_ms != 0 ? seconds_since(view, since_ms) : 0;
}

static int64_t
sent(const struct view *view, size_t number)
{
	return view->figures->services[number].sent;
}

static int64_t
failed(const struct view *view, size_t number)
{
	return view->figures->services[number].failed;
}

static int64_t
retried(const struct view *view, size_t number)
{
	return view->figures->services[number].retried;
}

static int64_t
gone(const struct view *view, size_t number)
{
	return view->figures->services[number].gone;
}

static int64_t
is_broken(const struct view *view, size_t number)
{
	return view->figures->services[number].is_broken;
}

static int64_t
success_age(const struct view *view, size_t number)
{
	int64_t at_ms = view->figures->services[number].success_ms;

	return at_ms != 0 ? seconds_since(view, at_ms) : ABSENT;
}

static int64_t
suppressed(const struct view *view, size_t number)
{
	return view->figures->tally.suppressed[number].count;
}

static int64_t
dropped(const struct view *view, size_t number)
{
	(void)number;
	return tally_suppressed(&view->figures->tally, "limit");
}

/* clang-format off */
static const struct series all[] = {
	{ "uptime_seconds", "gauge", BY_NOTHING, uptime, "Since the bridge started." },
	{ "resident_memory_bytes", "gauge", BY_NOTHING, resident, "Memory that the bridge has in use." },
	{ "broker_connected", "gauge", BY_NOTHING, is_connected, "1 while the broker is there and has told all that it retains." },
	{ "broker_connected_seconds", "gauge", BY_NOTHING, connected, "For how long it has been; 0 while it is not." },
	{ "events_total", "counter", BY_NOTHING, events, "Events that were accepted." },
	{ "waiting_jobs", "gauge", BY_STAGE, jobs, "Notifications that wait, one for each event and device." },
	{ "waiting_oldest_seconds", "gauge", BY_STAGE, oldest, "Since the event of the oldest of them came; 0 if none waits." },
	{ "service_sent_total", "counter", BY_SERVICE, sent, "Notifications that the push service took." },
	{ "service_failed_total", "counter", BY_SERVICE, failed, "Notifications that it refused, or that expired before it took them." },
	{ "service_retried_total", "counter", BY_SERVICE, retried, "Attempts that failed and are made again." },
	{ "service_gone_total", "counter", BY_SERVICE, gone, "Devices that it reported gone." },
	{ "service_breaker_open", "gauge", BY_SERVICE, is_broken, "1 while it failed again and again and gets one probe at a time." },
	{ "service_success_age_seconds", "gauge", BY_SERVICE, success_age, "Since it last took something; absent until then." },
	{ "suppressed_total", "counter", BY_REASON, suppressed, "Notifications that a rule kept back for good." },
	{ "dropped_total", "counter", BY_NOTHING, dropped, "Events that a limit refused." },
};
/* clang-format on */

/* The value of the series' label, or NULL behind the last; "" = left out. */
static const char *
label_at(const struct series *series, const struct figures *figures,
    size_t number)
{
	static const char *const stages[BACKLOG_STAGES] = {
		[STAGE_READY] = "ready",
		[STAGE_DELAY] = "delay",
		[STAGE_PRESENCE] = "presence",
		[STAGE_QUIET] = "quiet",
		[STAGE_RATE] = "rate",
		[STAGE_FOLDED] = "digest",
	};

	switch (series->by) {
	case BY_NOTHING:
		break;
	case BY_STAGE:
		return number < BACKLOG_STAGES ? stages[number] : NULL;
	case BY_SERVICE:
		if (number == FIGURES_SERVICES_MAX)
			return NULL;
		return figures->services[number].name != NULL
		    ? figures->services[number].name
		    : "";
	case BY_REASON:
		return number < figures->tally.suppressed_count
		    ? figures->tally.suppressed[number].reason
		    : NULL;
	}
	return NULL;
}

static void
add_members(const struct series *series, const struct view *view,
    struct buf *json)
{
	const char *separator = "";
	const char *label;

	buf_addf(json, "{");
	for (size_t i = 0; (label = label_at(series, view->figures, i)) != NULL;
	     i++) {
		int64_t value =
		    *label != '\0' ? series->value(view, i) : ABSENT;

		if (value == ABSENT)
			continue;
		buf_addf(json, "%s\"%s\":%" PRId64, separator, label, value);
		separator = ",";
	}
	buf_addf(json, "}");
}

static void
add_last_error(const struct figures *figures, struct buf *json)
{
	if (figures->last_error.at_ms == 0) {
		buf_addf(json, ",\"last_error\":null");
		return;
	}
	buf_addf(json, ",\"last_error\":{\"ts\":%" PRId64 ",\"service\":",
	    figures->last_error.at_ms);
	buf_add_json(json, figures->last_error.service);
	buf_addf(json, ",\"reason\":");
	buf_add_json(json, figures->last_error.reason);
	buf_addf(json, "}");
}

void
figures_write_json(const struct figures *figures,
    const struct figures_instant *at, struct buf *json)
{
	const struct view view = { figures, at };

	buf_addf(json, "{\"ts\":%" PRId64, at->now_ms);
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		int64_t value;

		if (all[i].by != BY_NOTHING) {
			buf_addf(json, ",\"%s\":", all[i].name);
			add_members(&all[i], &view, json);
			continue;
		}
		value = all[i].value(&view, 0);
		if (value != ABSENT)
			buf_addf(json, ",\"%s\":%" PRId64, all[i].name, value);
	}
	add_last_error(figures, json);
	buf_addf(json, "}");
}

static void
add_head(const char *name, const char *type, const char *help, struct buf *text)
{
	buf_addf(text, "# HELP nudge_%s %s\n# TYPE nudge_%s %s\n", name, help,
	    name, type);
}

static void
add_lines(const struct series *series, const struct view *view,
    struct buf *text)
{
	const char *label;

	for (size_t i = 0; (label = label_at(series, view->figures, i)) != NULL;
	     i++) {
		int64_t value =
		    *label != '\0' ? series->value(view, i) : ABSENT;

		if (value != ABSENT)
			buf_addf(text, "nudge_%s{%s=\"%s\"} %" PRId64 "\n",
			    series->name, labels[series->by], label, value);
	}
}

/* A reason is a service's word: nothing in it needs to be escaped but a quote. */
static void
add_last_error_line(const struct figures *figures, struct buf *text)
{
	if (figures->last_error.at_ms == 0)
		return;
	add_head("last_error_timestamp_seconds", "gauge",
	    "When a push service last did not take something, and why.", text);
	buf_addf(text,
	    "nudge_last_error_timestamp_seconds{service=\"%s\",reason=",
	    figures->last_error.service);
	buf_add_json(text, figures->last_error.reason);
	buf_addf(text, "} %" PRId64 "\n", figures->last_error.at_ms / 1000);
}

void
figures_write_metrics(const struct figures *figures,
    const struct figures_instant *at, struct buf *text)
{
	const struct view view = { figures, at };

	add_head("info", "gauge", "This bridge.", text);
	buf_addf(text, "nudge_info{version=\"%s\"} 1\n", VERSION);
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		int64_t value;

		add_head(all[i].name, all[i].type, all[i].help, text);
		if (all[i].by != BY_NOTHING) {
			add_lines(&all[i], &view, text);
			continue;
		}
		value = all[i].value(&view, 0);
		if (value != ABSENT)
			buf_addf(text, "nudge_%s %" PRId64 "\n", all[i].name,
			    value);
	}
	add_last_error_line(figures, text);
}
