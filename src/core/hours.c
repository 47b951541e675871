#include "core/hours.h"

#include "base/attr.h"
#include "base/text.h"

#include <string.h>

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri",
	"sat", "sun" };

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* Minutes after midnight, or -1. */
static int
minutes_of(const char *text)
{
	int hour;
	int minute;

	if (text == NULL || strlen(text) != 5 || text[2] != ':')
		return -1;
	for (size_t i = 0; i < 5; i++) {
		if (i != 2 && digit(text[i]) < 0)
			return -1;
	}
	hour = digit(text[0]) * 10 + digit(text[1]);
	minute = digit(text[3]) * 10 + digit(text[4]);
	if (hour > 24 || minute > 59 || (hour == 24 && minute > 0))
		return -1;
	return hour * 60 + minute;
}

static int16_t
read_minutes(const struct json_object *object, const char *name, int max)
{
	int minutes = minutes_of(json_text(object, name, TEXT_ID_MAX));

	if (minutes >= 0 && minutes <= max)
		return (int16_t)minutes;
	fault_set(object->fault, "%s%s: must be a time from 00:00 to %s",
	    object->path, name, max < 1440 ? "23:59" : "24:00");
	return 0;
}

static uint8_t
read_days(const struct json_object *object)
{
	struct json_list list = json_list(object, "days");
	uint8_t days = 0;

	if (!json_has(object, "days"))
		return 0x7f;
	while (list.next != NULL) {
		int index = list.index;
		const char *name = json_next_line(&list, TEXT_ID_MAX);
		size_t i = 0;

		while (name != NULL && i < COUNT_OF(weekdays) &&
		    strcmp(weekdays[i], name) != 0)
			i++;
		if (name != NULL && i == COUNT_OF(weekdays))
			fault_set(object->fault,
			    "%s[%d]: must be mon, tue, wed, thu, fri, sat or "
			    "sun",
			    list.path, index);
		days |= (uint8_t)(1U << i & 0x7f);
	}
	return days;
}

static void
read_zone(const struct json_object *object, const struct zone_source *zones,
    struct quiet_rule *rule)
{
	const char *name = json_text(object, "tz", ZONE_NAME_MAX + 1);

	if (name == NULL) {
		fault_set(object->fault,
		    "%stz: is missing, as in Europe/Berlin", object->path);
		return;
	}
	if (zone_is_name(name)) {
		memcpy(rule->tz, name, strlen(name) + 1);
		rule->zone =
		    zones != NULL ? zones->find(zones->context, name) : NULL;
	}
	if (rule->tz[0] == '\0' || (zones != NULL && rule->zone == NULL))
		fault_set(object->fault,
		    "%stz: '%.64s' is no zone of the IANA database",
		    object->path, name);
}

uint16_t
hours_read_kinds(const struct json_object *object, const char *name)
{
	struct json_list list = json_list(object, name);
	uint16_t kinds = 0;

	while (list.next != NULL) {
		int index = list.index;
		const char *text = json_next_line(&list, TEXT_ID_MAX);
		int kind = text != NULL ? kind_find(text) : KIND_COUNT;

		if (kind < KIND_COUNT && kind_has_wishes((enum kind)kind))
			kinds |= (uint16_t)(1U << kind);
		else if (text != NULL)
			fault_set(object->fault, "%s[%d]: '%s' is no kind",
			    list.path, index, text);
	}
	return kinds;
}

static void
read_rule(const struct json_object *object, const struct zone_source *zones,
    struct quiet_rule *rule)
{
	*rule = (struct quiet_rule){ .zone = NULL };
	rule->days = read_days(object);
	rule->from = read_minutes(object, "from", 1439);
	rule->to = read_minutes(object, "to", 1440);
	rule->allow = hours_read_kinds(object, "allow");
	rule->digest = json_bool(object, "digest", true);
	read_zone(object, zones, rule);
}

enum status
hours_read(const struct json_object *document, const struct zone_source *zones,
    struct quiet *quiet)
{
	struct quiet_rule rules[QUIET_RULES_MAX];
	struct quiet draft = { .rules = rules };
	struct json_list list = json_list(document, "quiet");
	struct json_object object;

	if (list.count > QUIET_RULES_MAX)
		fault_set(document->fault, "%squiet: at most %d rules",
		    document->path, QUIET_RULES_MAX);
	while (draft.count < QUIET_RULES_MAX && json_next(&list, &object))
		read_rule(&object, zones, &rules[draft.count++]);
	return quiet_copy(&draft, quiet);
}
