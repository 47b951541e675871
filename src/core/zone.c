#include "core/zone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 44
#define TIMES_MAX 4096    /* transitions; tzdata's most are 236 */
#define OFFSET_MAX 100000 /* seconds; RFC 9636 3.2 advises less than 26 h */
#define DAY_S 86400
#define RULE_MAX 128 /* bytes of a footer */

/* A day of the year and the time of a change, POSIX TZ. */
struct rule {
	enum {
		RULE_JULIAN,
		RULE_DAY,
		RULE_MONTH
	} form;
	int month;
	int week;
	int day;
	int32_t time_s;
};

struct zone {
	size_t count;
	int64_t *at_s;     /* owned, ascending */
	int32_t *offset_s; /* owned; from at_s on */
	int32_t first_s;   /* offset before the first change */
	bool has_rule;     /* what follows the last change */
	bool has_summer;
	int32_t standard_s;
	int32_t summer_s;
	struct rule begins; /* the summer */
	struct rule ends;
};

struct counts {
	uint32_t utc;
	uint32_t standard;
	uint32_t leap;
	uint32_t time;
	uint32_t type;
	uint32_t name;
};

static uint32_t
read_32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t
read_time(const uint8_t *bytes, size_t width)
{
	if (width == 4)
		return (int32_t)read_32(bytes);
	return (int64_t)((uint64_t)read_32(bytes) << 32 | read_32(bytes + 4));
}

/* The header at bytes and the length of the data behind it; 0 = bad. */
static size_t
read_counts(const uint8_t *bytes, size_t len, size_t width,
    struct counts *counts)
{
	size_t size;

	if (len < HEADER_LEN || memcmp(bytes, "TZif", 4) != 0)
		return 0;
	counts->utc = read_32(bytes + 20);
	counts->standard = read_32(bytes + 24);
	counts->leap = read_32(bytes + 28);
	counts->time = read_32(bytes + 32);
	counts->type = read_32(bytes + 36);
	counts->name = read_32(bytes + 40);
	if (counts->time > TIMES_MAX || counts->type == 0 ||
	    counts->type > 256 || counts->name > 4096 || counts->leap > 4096 ||
	    counts->utc > 256 || counts->standard > 256)
		return 0;
	size = HEADER_LEN + counts->time * (width + 1) +
	    counts->type * (size_t)6 + counts->name +
	    counts->leap * (width + 4) + counts->standard + counts->utc;
	return size <= len ? size : 0;
}

static bool
read_offset(const uint8_t *types, uint32_t count, uint8_t number,
    int32_t *offset_s)
{
	if (number >= count)
		return false;
	*offset_s = (int32_t)read_32(types + number * (size_t)6);
	return *offset_s >= -OFFSET_MAX && *offset_s <= OFFSET_MAX;
}

static enum status
read_changes(const uint8_t *block, size_t width, const struct counts *counts,
    struct zone *zone)
{
	const uint8_t *times = block + HEADER_LEN;
	const uint8_t *numbers = times + counts->time * width;
	const uint8_t *types = numbers + counts->time;

	if (!read_offset(types, counts->type, 0, &zone->first_s))
		return STATUS_BAD_INPUT;
	zone->at_s = calloc(counts->time + 1u, sizeof(*zone->at_s));
	zone->offset_s = calloc(counts->time + 1u, sizeof(*zone->offset_s));
	if (zone->at_s == NULL || zone->offset_s == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < counts->time; i++) {
		zone->at_s[i] = read_time(times + i * width, width);
		if (i > 0 && zone->at_s[i] <= zone->at_s[i - 1])
			return STATUS_BAD_INPUT;
		if (!read_offset(types, counts->type, numbers[i],
		        &zone->offset_s[i]))
			return STATUS_BAD_INPUT;
	}
	zone->count = counts->time;
	return STATUS_OK;
}

/* Up to max as a decimal number, or -1. */
static int
take_number(const char **text, int max)
{
	int number = 0;

	if (**text < '0' || **text > '9')
		return -1;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		number = number * 10 + (**text - '0');
		if (number > max)
			return -1;
	}
	return number;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(const char **text, int hours_max, int32_t *time_s)
{
	int32_t factor = 3600;
	bool is_negative = **text == '-';

	*time_s = 0;
	if (**text == '-' || **text == '+')
		(*text)++;
	for (; factor > 0; factor /= 60) {
		int part = take_number(text, factor == 3600 ? hours_max : 59);

		if (part < 0)
			return false;
		*time_s += part * factor;
		if (**text != ':' || factor == 1)
			break;
		(*text)++;
	}
	if (is_negative)
		*time_s = -*time_s;
	return true;
}

/* "CEST" or "<+0545>" */
static bool
take_name(const char **text)
{
	const char *start = *text;

	if (**text == '<') {
		*text += strcspn(*text, ">");
		return *(*text)++ == '>';
	}
	while ((**text >= 'A' && **text <= 'Z') ||
	    (**text >= 'a' && **text <= 'z'))
		(*text)++;
	return *text - start >= 3;
}

/* "M3.5.0" behind its M */
static bool
take_month(const char **text, struct rule *rule)
{
	rule->form = RULE_MONTH;
	rule->month = take_number(text, 12);
	if (*(*text)++ != '.')
		return false;
	rule->week = take_number(text, 5);
	if (*(*text)++ != '.')
		return false;
	rule->day = take_number(text, 6);
	return rule->month >= 1 && rule->week >= 1 && rule->day >= 0;
}

/* ",M3.5.0/2", ",J60" or ",59" */
static bool
take_rule(const char **text, struct rule *rule)
{
	bool is_good;

	if (**text != ',')
		return false;
	(*text)++;
	if (**text == 'M') {
		(*text)++;
		is_good = take_month(text, rule);
	} else {
		rule->form = **text == 'J' ? RULE_JULIAN : RULE_DAY;
		*text += rule->form == RULE_JULIAN;
		rule->day = take_number(text, 365);
		is_good = rule->day >= (rule->form == RULE_JULIAN ? 1 : 0);
	}
	rule->time_s = 2 * 3600;
	if (!is_good || **text != '/')
		return is_good;
	(*text)++;
	return take_time(text, 167, &rule->time_s);
}

static bool
read_rule(const char *text, struct zone *zone)
{
	int32_t west_s;

	if (*text == '\0')
		return true;
	if (!take_name(&text) || !take_time(&text, 25, &west_s))
		return false;
	zone->has_rule = true;
	zone->standard_s = -west_s;
	if (*text == '\0')
		return true;
	if (!take_name(&text))
		return false;
	zone->has_summer = true;
	zone->summer_s = zone->standard_s + 3600;
	if (*text != ',') {
		if (!take_time(&text, 25, &west_s))
			return false;
		zone->summer_s = -west_s;
	}
	return take_rule(&text, &zone->begins) &&
	    take_rule(&text, &zone->ends) && *text == '\0';
}

/* The line between two newlines at the end of a file of version 2 or later. */
static enum status
read_footer(const uint8_t *bytes, size_t len, struct zone *zone)
{
	char text[RULE_MAX] = "";

	if (len < 2 || bytes[0] != '\n' || bytes[len - 1] != '\n' ||
	    len - 2 >= sizeof(text))
		return STATUS_BAD_INPUT;
	memcpy(text, bytes + 1, len - 2);
	if (strlen(text) != len - 2 || !read_rule(text, zone))
		return STATUS_BAD_INPUT;
	return STATUS_OK;
}

/* The second block of a file of version 2 or later counts in 64 bits. */
static enum status
read_file(const uint8_t *bytes, size_t len, struct zone *zone)
{
	struct counts counts;
	size_t size = read_counts(bytes, len, 4, &counts);
	enum status status;

	if (size == 0)
		return STATUS_BAD_INPUT;
	if (bytes[4] < '2')
		return read_changes(bytes, 4, &counts, zone);
	bytes += size;
	len -= size;
	size = read_counts(bytes, len, 8, &counts);
	if (size == 0)
		return STATUS_BAD_INPUT;
	status = read_changes(bytes, 8, &counts, zone);
	if (status == STATUS_OK)
		status = read_footer(bytes + size, len - size, zone);
	return status;
}

enum status
zone_parse(const uint8_t *bytes, size_t len, struct zone **zone)
{
	struct zone *fresh = calloc(1, sizeof(*fresh));
	enum status status = STATUS_NO_MEMORY;

	if (fresh != NULL)
		status = len <= ZONE_FILE_MAX ? read_file(bytes, len, fresh)
		                              : STATUS_BAD_INPUT;
	if (status == STATUS_OK)
		*zone = fresh;
	else
		zone_destroy(fresh);
	return status;
}

void
zone_destroy(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->at_s);
	free(zone->offset_s);
	free(zone);
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1 January 1970 to 1 January of a year. */
static int64_t
days_to_year(int64_t year)
{
	int64_t past = year - 1;

	return 365 * (year - 1970) + (past / 4 - 492) - (past / 100 - 19) +
	    (past / 400 - 4);
}

/* Years are counted from 1601 to 9999; nobody's quiet hours lie outside. */
static int64_t
year_of(int64_t local_s)
{
	int64_t year = 1970 + local_s / (366 * (int64_t)DAY_S);

	if (local_s < 0 || year > 9999)
		return local_s < 0 ? 1970 : 9999;
	while (days_to_year(year + 1) * DAY_S <= local_s)
		year++;
	return year;
}

static int64_t
day_of_month_rule(const struct rule *rule, int64_t year)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334, 365 };
	bool leap = is_leap(year);
	int64_t first = before[rule->month - 1] + (leap && rule->month > 2);
	int64_t next = before[rule->month] + (leap && rule->month > 1);
	/* 1 January 1970 was a Thursday, day 4 of POSIX' weeks. */
	int64_t weekday = (days_to_year(year) + first + 4) % 7;
	int64_t day = first + (rule->day - weekday + 7) % 7 +
	    (rule->week - 1) * INT64_C(7);

	return day >= next ? day - 7 : day;
}

/* The local reading, by the clocks before it, at which a rule applies. */
static int64_t
rule_local_s(const struct rule *rule, int64_t year)
{
	int64_t day = rule->day;

	if (rule->form == RULE_MONTH)
		day = day_of_month_rule(rule, year);
	else if (rule->form == RULE_JULIAN)
		day = rule->day - 1 + (is_leap(year) && rule->day >= 60);
	return (days_to_year(year) + day) * DAY_S + rule->time_s;
}

static int32_t
offset_by_rule(const struct zone *zone, int64_t unix_s)
{
	int64_t year = year_of(unix_s + zone->standard_s);
	int64_t begins_s;
	int64_t ends_s;
	bool is_summer;

	if (!zone->has_summer)
		return zone->standard_s;
	begins_s = rule_local_s(&zone->begins, year) - zone->standard_s;
	ends_s = rule_local_s(&zone->ends, year) - zone->summer_s;
	/* In the south the year begins in summer. */
	is_summer = begins_s < ends_s ? unix_s >= begins_s && unix_s < ends_s
	                              : unix_s >= begins_s || unix_s < ends_s;
	return is_summer ? zone->summer_s : zone->standard_s;
}

/* How many changes are not after an instant. */
static size_t
past_changes(const struct zone *zone, int64_t unix_s)
{
	size_t low = 0;
	size_t high = zone->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->at_s[middle] <= unix_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t
zone_offset_s(const struct zone *zone, int64_t unix_s)
{
	size_t past = past_changes(zone, unix_s);

	if (past == zone->count && zone->has_rule)
		return offset_by_rule(zone, unix_s);
	return past > 0 ? zone->offset_s[past - 1] : zone->first_s;
}

static int64_t
next_by_rule(const struct zone *zone, int64_t unix_s)
{
	int64_t year = year_of(unix_s + zone->standard_s);
	int64_t next_s = INT64_MAX;

	if (!zone->has_summer)
		return INT64_MAX;
	for (int64_t y = year; y <= year + 1; y++) {
		int64_t begins_s =
		    rule_local_s(&zone->begins, y) - zone->standard_s;
		int64_t ends_s = rule_local_s(&zone->ends, y) - zone->summer_s;

		if (begins_s > unix_s && begins_s < next_s)
			next_s = begins_s;
		if (ends_s > unix_s && ends_s < next_s)
			next_s = ends_s;
	}
	return next_s;
}

int64_t
zone_next_change_s(const struct zone *zone, int64_t unix_s)
{
	size_t past = past_changes(zone, unix_s);

	if (past < zone->count)
		return zone->at_s[past];
	return zone->has_rule ? next_by_rule(zone, unix_s) : INT64_MAX;
}

int64_t
zone_reach_s(const struct zone *zone, int64_t local_s)
{
	/* Before any zone's clocks show it. */
	int64_t from_s = local_s - OFFSET_MAX;

	for (;;) {
		int64_t change_s = zone_next_change_s(zone, from_s);
		int64_t reached_s = local_s - zone_offset_s(zone, from_s);

		if (reached_s < from_s)
			reached_s = from_s;
		if (reached_s < change_s)
			return reached_s;
		from_s = change_s;
	}
}

bool
zone_is_name(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "abcdefghijklmnopqrstuvwxyz"
	                              "0123456789_+-";
	size_t len = strlen(text);

	if (len == 0 || len > ZONE_NAME_MAX)
		return false;
	for (;;) {
		size_t part = strspn(text, letters);

		if (part == 0)
			return false;
		text += part;
		if (*text == '\0')
			return true;
		if (*text++ != '/')
			return false;
	}
}
