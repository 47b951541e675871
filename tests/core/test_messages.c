/* The bridge holds to the same examples as docs/schema, the plugin and the
 * apps: tests/messages/<message>/{valid,invalid}-*.json. */
#include "core/device.h"
#include "core/event.h"
#include "core/preferences.h"
#include "unit.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXAMPLE_MAX 8192 /* bytes */

static enum status
read_event(const char *text, size_t len, struct fault *fault)
{
	const struct arrival arrival = {
		.payload = text,
		.len = len,
		.at_ms = 1764000000200,
		.id = "arrival",
	};
	struct event event;
	enum status status = event_parse(&arrival, &event, fault);

	event_finish(&event);
	return status;
}

static enum status
read_preferences(const char *text, size_t len, struct fault *fault)
{
	const struct preferences_origin origin = { .layer = LAYER_USER };
	struct preferences preferences = preferences_default;
	enum status status =
	    preferences_parse(text, len, &origin, &preferences, fault);

	preferences_finish(&preferences);
	return status;
}

static enum status
read_device(const char *text, size_t len, struct fault *fault)
{
	struct device device;
	enum status status = device_parse(text, len, &device, fault);

	device_finish(&device);
	return status;
}

static enum status
read_presence(const char *text, size_t len, struct fault *fault)
{
	int64_t ttl_s;

	return device_parse_presence(text, len, 0, &ttl_s, fault);
}

static void
check(const char *path, bool is_valid,
    enum status (*reader)(const char *text, size_t len, struct fault *fault))
{
	struct fault fault = { "" };
	char text[EXAMPLE_MAX];
	FILE *stream = fopen(path, "re");
	enum status status;
	size_t len;

	assert_non_null(stream);
	len = fread(text, 1, sizeof(text), stream);
	assert_true(len > 0 && len < sizeof(text));
	(void)fclose(stream);

	status = reader(text, len, &fault);
	if ((status == STATUS_OK) != is_valid)
		fail_msg("%s: %s %s", path,
		    status == STATUS_OK ? "is taken" : "is refused:",
		    fault.text);
	assert_int_equal(fault_is_set(&fault), !is_valid);
}

/* Each example of a message; there must be some of both. */
static void
check_all(const char *message,
    enum status (*reader)(const char *text, size_t len, struct fault *fault))
{
	int counts[2] = { 0, 0 };
	struct dirent *entry;
	char path[512];
	DIR *folder;

	(void)snprintf(path, sizeof(path), "tests/messages/%s", message);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		bool is_valid = strncmp(entry->d_name, "valid-", 6) == 0;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "tests/messages/%s/%s",
		    message, entry->d_name);
		check(path, is_valid, reader);
		counts[is_valid]++;
	}
	(void)closedir(folder);
	assert_true(counts[0] > 0 && counts[1] > 0);
}

TEST(takes_the_valid_events_and_no_others)
{
	check_all("event", read_event);
}

TEST(takes_the_valid_preferences_and_no_others)
{
	check_all("preferences", read_preferences);
}

TEST(takes_the_valid_patches_and_no_others)
{
	check_all("preferences-patch", read_preferences);
}

TEST(takes_the_valid_registrations_and_no_others)
{
	check_all("device", read_device);
}

TEST(takes_the_valid_presences_and_no_others)
{
	check_all("presence", read_presence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_valid_events_and_no_others),
		cmocka_unit_test(takes_the_valid_preferences_and_no_others),
		cmocka_unit_test(takes_the_valid_patches_and_no_others),
		cmocka_unit_test(takes_the_valid_registrations_and_no_others),
		cmocka_unit_test(takes_the_valid_presences_and_no_others),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
