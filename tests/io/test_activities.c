#include "io/activities.h"
#include "io/outbox.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static struct outbox *outbox;
static struct activities *activities;
static char found[1024];

static void
open_all(void)
{
	struct fault fault = { "" };

	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(activities_create(outbox_db(outbox), &activities,
	                     &fault),
	    STATUS_OK);
}

static void
close_all(void)
{
	activities_destroy(activities);
	outbox_close(outbox);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.state.directory, SETTING_MAX,
	    "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(settings.state.directory) == NULL)
		return -1;
	open_all();
	return 0;
}

static int
tear_down(void **state)
{
	char command[SETTING_MAX + 16];

	(void)state;
	close_all();
	(void)snprintf(command, sizeof(command), "rm -r %s",
	    settings.state.directory);
	return system(command);
}

static void
note(void *context, const struct activities_one *one)
{
	(void)context;
	(void)snprintf(found + strlen(found), sizeof(found) - strlen(found),
	    "%s/%s/%s@%s %d\n", one->user, one->device, one->session, one->host,
	    (int)one->started_ms);
}

static void
assert_all(const char *expected)
{
	*found = '\0';
	activities_visit(activities, note, NULL);
	assert_string_equal(found, expected);
}

static const struct activities_one one = { "alice", "phone", "ses_1", "pi", 7 };
static const struct activities_one two = { "alice", "phone", "ses_2", "pi", 8 };

TEST(knows_what_runs_after_a_restart)
{
	assert_all("");
	activities_put(activities, &two);
	activities_put(activities, &one);
	close_all();
	open_all();
	assert_all("alice/phone/ses_1@pi 7\nalice/phone/ses_2@pi 8\n");
}

TEST(knows_each_but_once)
{
	struct activities_one again = one;

	again.started_ms = 9;
	activities_put(activities, &one);
	activities_put(activities, &again);
	assert_all("alice/phone/ses_1@pi 9\n");
}

TEST(forgets_one_alone)
{
	activities_put(activities, &one);
	activities_put(activities, &two);
	activities_remove(activities, &one);
	activities_remove(activities, &one);
	assert_all("alice/phone/ses_2@pi 8\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(knows_what_runs_after_a_restart),
		CASE(knows_each_but_once),
		CASE(forgets_one_alone),
	};

	return cmocka_run_group_tests_name("activities", tests, NULL, NULL);
}
