#include "tell/trouble.h"

#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PACE_MS 1000 /* between two changes that are kept and told */

/* Whose it is: len bytes, none = the bridge's own. */
static size_t
owner_len(const struct warning *entry)
{
	return strcspn(entry->device, "/");
}

static bool
is_of(const struct warning *entry, const char *user, size_t len)
{
	return owner_len(entry) == len &&
	    strncmp(entry->device, user, len) == 0;
}

/* Whoever has it is to be told; also who has nothing else any more. */
static void
touch(const struct trouble *trouble, const struct warning *entry)
{
	char user[sizeof(entry->device)];
	struct person *person;

	if (trouble->registry == NULL || *entry->device == '\0')
		return;
	(void)snprintf(user, sizeof(user), "%.*s", (int)owner_len(entry),
	    entry->device);
	person = registry_make_guest(trouble->registry, user);
	if (person != NULL)
		registry_touch(trouble->registry, person);
}

/* The first change is kept in this turn. */
static void
note_change(struct trouble *trouble)
{
	trouble->is_changed = true;
	if (trouble->pace.due_ms == TIMER_OFF)
		timer_set(&trouble->pace, 0);
}

static void
drop(struct trouble *trouble, size_t number)
{
	touch(trouble, &trouble->entries[number]);
	trouble->count--;
	memmove(&trouble->entries[number], &trouble->entries[number + 1],
	    (trouble->count - number) * sizeof(trouble->entries[0]));
	note_change(trouble);
}

static bool
is_same(const struct warning *one, const struct warning *other)
{
	return strcmp(one->service, other->service) == 0 &&
	    strcmp(one->device, other->device) == 0 &&
	    strcmp(one->reason, other->reason) == 0;
}

static size_t
count_of(const struct trouble *trouble, const struct warning *whose)
{
	size_t count = 0;

	for (size_t i = 0; i < trouble->count; i++)
		count += is_of(&trouble->entries[i], whose->device,
		    owner_len(whose));
	return count;
}

/* The oldest of whoever has the most; among equals, of whom the oldest is. */
static size_t
find_worst(const struct trouble *trouble)
{
	size_t worst = 0;
	size_t most = 0;

	for (size_t i = 0; i < trouble->count; i++) {
		size_t count = count_of(trouble, &trouble->entries[i]);

		if (count > most) {
			most = count;
			worst = i;
		}
	}
	return worst;
}

static size_t
find_oldest(const struct trouble *trouble, const struct warning *whose)
{
	size_t i = 0;

	while (i < trouble->count - 1 &&
	    !is_of(&trouble->entries[i], whose->device, owner_len(whose)))
		i++;
	return i;
}

static int64_t
end_ms(const struct warning *entry)
{
	return entry->at_ms +
	    (entry->is_gone ? TROUBLE_GONE_MS : TROUBLE_KEEP_MS);
}

static void
make_room(struct trouble *trouble, const struct warning *entry)
{
	if (count_of(trouble, entry) == TROUBLE_PERSON_MAX)
		drop(trouble, find_oldest(trouble, entry));
	else if (trouble->count == TROUBLE_MAX)
		drop(trouble, find_worst(trouble));
}

void
trouble_note(struct trouble *trouble, const struct warning *entry)
{
	for (size_t i = 0; i < trouble->count; i++) {
		if (is_same(&trouble->entries[i], entry)) {
			/* One that goes on is no news. */
			trouble->entries[i].at_ms = entry->at_ms;
			return;
		}
	}
	make_room(trouble, entry);
	timer_hasten(&trouble->old, end_ms(entry));
	trouble->entries[trouble->count++] = *entry;
	note_change(trouble);
	touch(trouble, entry);
}

void
trouble_end(struct trouble *trouble, const char *service, const char *device)
{
	for (size_t i = trouble->count; i-- > 0;) {
		const struct warning *entry = &trouble->entries[i];

		if (!entry->is_gone && strcmp(entry->service, service) == 0 &&
		    (*entry->device == '\0' ||
		        strcmp(entry->device, device) == 0))
			drop(trouble, i);
	}
}

void
trouble_end_device(struct trouble *trouble, const char *user,
    const char *device, int64_t since_ms)
{
	size_t len = strlen(user);

	for (size_t i = trouble->count; i-- > 0;) {
		const struct warning *entry = &trouble->entries[i];

		if (entry->at_ms <= since_ms && is_of(entry, user, len) &&
		    entry->device[len] == '/' &&
		    strcmp(entry->device + len + 1, device) == 0)
			drop(trouble, i);
	}
}

void
trouble_use_timers(struct trouble *trouble, const struct instant *at,
    struct timers *timers)
{
	trouble->old = (struct timer){ .now_ms = &at->now_ms };
	trouble->pace = (struct timer){ .now_ms = &at->monotonic_ms };
	timer_add(timers, &trouble->old);
	timer_add(timers, &trouble->pace);
}

void
trouble_age(struct trouble *trouble)
{
	int64_t now_ms = *trouble->old.now_ms;

	if (!timer_is_due(&trouble->old))
		return;
	timer_set(&trouble->old, TIMER_OFF);
	for (size_t i = trouble->count; i-- > 0;) {
		int64_t due_ms = end_ms(&trouble->entries[i]);

		if (due_ms <= now_ms)
			drop(trouble, i);
		else
			timer_hasten(&trouble->old, due_ms);
	}
}

/* In the file their times follow by themselves. */
void
trouble_follow_clock(struct trouble *trouble, int64_t step_ms)
{
	for (size_t i = 0; i < trouble->count; i++)
		trouble->entries[i].at_ms += step_ms;
	if (trouble->count > 0)
		note_change(trouble);
	timer_set(&trouble->old, 0);
}

/* What a service of before said, or one that is switched off, helps nobody. */
static bool
is_stale(const struct warning *entry, const struct settings *settings,
    int64_t now_ms)
{
	const struct provider *provider = provider_find(entry->service);

	return provider == NULL || !provider_is_on(provider, settings) ||
	    end_ms(entry) <= now_ms;
}

void
trouble_load(struct trouble *trouble, const struct settings *settings,
    int64_t now_ms)
{
	trouble->count = warnings_load(trouble->warnings, trouble->entries);
	for (size_t i = trouble->count; i-- > 0;) {
		if (is_stale(&trouble->entries[i], settings, now_ms))
			drop(trouble, i);
		else
			touch(trouble, &trouble->entries[i]);
	}
}

void
trouble_save(struct trouble *trouble)
{
	if (!trouble->is_changed)
		return;
	trouble->is_changed = false;
	trouble->is_untold = true;
	if (trouble->warnings != NULL)
		warnings_keep(trouble->warnings, trouble->entries,
		    trouble->count);
}

void
trouble_run(struct trouble *trouble)
{
	if (!timer_is_due(&trouble->pace))
		return;
	timer_set_in(&trouble->pace, trouble->is_changed ? PACE_MS : INT64_MAX);
	trouble_save(trouble);
}

bool
trouble_has(const struct trouble *trouble, const char *user)
{
	for (size_t i = 0; i < trouble->count; i++) {
		if (is_of(&trouble->entries[i], user, strlen(user)))
			return true;
	}
	return false;
}

size_t
trouble_count_devices(const struct trouble *trouble)
{
	size_t count = 0;

	for (size_t i = 0; i < trouble->count; i++) {
		const char *device = trouble->entries[i].device;
		size_t first = 0;

		while (strcmp(trouble->entries[first].device, device) != 0)
			first++;
		count += *device != '\0' && first == i;
	}
	return count;
}

static void
add_member(struct buf *json, const char *name, const char *text)
{
	if (*text == '\0')
		return;
	buf_addf(json, ",\"%s\":", name);
	buf_add_json(json, text);
}

static void
write_entry(const struct warning *entry, struct buf *json)
{
	const char *device = entry->device + owner_len(entry);

	buf_addf(json, "{\"ts\":%" PRId64, entry->at_ms);
	add_member(json, "service", entry->service);
	add_member(json, "device", *device == '/' ? device + 1 : device);
	add_member(json, "reason", entry->reason);
	add_member(json, "advice", entry->advice);
	buf_addf(json, ",\"gone\":%s}", entry->is_gone ? "true" : "false");
}

/* Write somebody's from the nth on, all of them or none. */
static bool
write_from(const struct trouble *trouble, const char *user, size_t number,
    struct buf *list)
{
	size_t len = strlen(user);

	buf_clear(list);
	buf_addf(list, "[");
	for (size_t i = number; i < trouble->count; i++) {
		if (!is_of(&trouble->entries[i], user, len))
			continue;
		buf_addf(list, list->len > 1 ? "," : "");
		write_entry(&trouble->entries[i], list);
	}
	buf_addf(list, "]");
	return buf_status(list) == STATUS_OK;
}

void
trouble_write(const struct trouble *trouble, const char *user, size_t max,
    struct buf *json)
{
	struct buf list;
	size_t first = 0;

	buf_init(&list, max);
	while (
	    !write_from(trouble, user, first, &list) && first < trouble->count)
		first++;
	buf_add(json, buf_text(&list), list.len);
	buf_finish(&list);
}
