#include "core/quiet.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_S INT64_C(60)
#define DAY_S 86400
#define HOPS_MAX 32 /* from rule to rule; the end is looked at again then */

/* Unix seconds; begins == ends: not at all. */
struct span {
	int64_t begins_s;
	int64_t ends_s;
};

enum status
quiet_copy(const struct quiet *quiet, struct quiet *copy)
{
	*copy = (struct quiet){ .rules = NULL };
	if (quiet->count == 0)
		return STATUS_OK;
	copy->rules = calloc(quiet->count, sizeof(*copy->rules));
	if (copy->rules == NULL)
		return STATUS_NO_MEMORY;
	copy->count = quiet->count;
	memcpy(copy->rules, quiet->rules, copy->count * sizeof(*copy->rules));
	return STATUS_OK;
}

void
quiet_finish(struct quiet *quiet)
{
	free(quiet->rules);
	*quiet = (struct quiet){ .rules = NULL };
}

static int64_t
floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Day 0 is 1 January 1970, a Thursday. */
static bool
begins_on(const struct quiet_rule *rule, int64_t day)
{
	int64_t weekday = day + 3 - floor_div(day + 3, 7) * 7;

	return (rule->days >> weekday & 1) != 0;
}

static struct span
span_of(const struct quiet_rule *rule, int64_t day)
{
	int64_t end_day = rule->to <= rule->from ? day + 1 : day;
	struct span span = {
		.begins_s = zone_reach_s(rule->zone,
		    day * DAY_S + rule->from * MINUTE_S),
		.ends_s = zone_reach_s(rule->zone,
		    end_day * DAY_S + rule->to * MINUTE_S),
	};

	return span;
}

static int64_t
local_day(const struct quiet_rule *rule, int64_t now_s)
{
	return floor_div(now_s + zone_offset_s(rule->zone, now_s), DAY_S);
}

/* Where now is in one of the rule's spans: its end, else 0. Clocks that go back
 * over midnight show yesterday after today began. */
static int64_t
end_s(const struct quiet_rule *rule, int64_t now_s)
{
	int64_t today;

	if (rule->zone == NULL)
		return 0;
	today = local_day(rule, now_s);
	for (int64_t day = today - 1; day <= today + 1; day++) {
		struct span span;

		if (!begins_on(rule, day))
			continue;
		span = span_of(rule, day);
		if (span.begins_s <= now_s && now_s < span.ends_s)
			return span.ends_s;
	}
	return 0;
}

static bool
allows(const struct quiet_rule *rule, enum kind kind)
{
	return (rule->allow >> kind & 1) != 0;
}

/* The last end of the rules that keep kind back; 0 = none does. */
static int64_t
last_end_s(const struct quiet *quiet, enum kind kind, int64_t now_s,
    struct quiet_verdict *verdict)
{
	int64_t last_s = 0;

	for (size_t i = 0; i < quiet->count; i++) {
		const struct quiet_rule *rule = &quiet->rules[i];
		int64_t rule_end_s =
		    allows(rule, kind) ? 0 : end_s(rule, now_s);

		if (rule_end_s == 0)
			continue;
		if (last_s == 0)
			verdict->rule = i;
		verdict->digest |= rule->digest;
		if (rule_end_s > last_s)
			last_s = rule_end_s;
	}
	return last_s;
}

struct quiet_verdict
quiet_judge(const struct quiet *quiet, enum kind kind, int64_t now_ms)
{
	struct quiet_verdict verdict = { .is_quiet = false };
	struct quiet_verdict later = { .is_quiet = false };
	int64_t now_s = floor_div(now_ms, 1000);
	int64_t until_s = last_end_s(quiet, kind, now_s, &verdict);
	int64_t next_s = until_s;

	/* Where one rule ends another may be on. */
	for (int i = 0; i < HOPS_MAX && next_s != 0; i++) {
		until_s = next_s;
		next_s = last_end_s(quiet, kind, until_s, &later);
	}
	verdict.is_quiet = until_s != 0;
	verdict.until_ms = until_s * 1000;
	return verdict;
}

bool
quiet_is_on(const struct quiet *quiet, int64_t now_ms)
{
	for (size_t i = 0; i < quiet->count; i++) {
		if (end_s(&quiet->rules[i], floor_div(now_ms, 1000)) != 0)
			return true;
	}
	return false;
}

static int64_t
next_s(const struct quiet_rule *rule, int64_t now_s)
{
	int64_t next = INT64_MAX;
	int64_t today;

	if (rule->zone == NULL)
		return next;
	today = local_day(rule, now_s);
	for (int64_t day = today - 1; day <= today + 8; day++) {
		struct span span;

		if (!begins_on(rule, day))
			continue;
		span = span_of(rule, day);
		if (span.begins_s > now_s && span.begins_s < next)
			next = span.begins_s;
		if (span.ends_s > now_s && span.ends_s < next)
			next = span.ends_s;
	}
	return next;
}

int64_t
quiet_next_ms(const struct quiet *quiet, int64_t now_ms)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < quiet->count; i++) {
		int64_t rule_next =
		    next_s(&quiet->rules[i], floor_div(now_ms, 1000));

		if (rule_next < next)
			next = rule_next;
	}
	return next == INT64_MAX ? next : next * 1000;
}
