#include "io/db.h"
#include "tell/trouble.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
note(struct trouble *trouble, const char *service, const char *device,
    const char *reason, bool is_gone)
{
	struct warning entry = { .at_ms = 1, .is_gone = is_gone };

	(void)snprintf(entry.service, sizeof(entry.service), "%s", service);
	(void)snprintf(entry.device, sizeof(entry.device), "%s", device);
	(void)snprintf(entry.reason, sizeof(entry.reason), "%s", reason);
	trouble_note(trouble, &entry);
}

TEST(keeps_each_trouble_once)
{
	struct trouble trouble = { .count = 0 };
	struct warning again = { .at_ms = 7 };

	note(&trouble, "apns", "alice/phone", "InvalidProviderToken", false);
	note(&trouble, "apns", "bob/phone", "InvalidProviderToken", false);
	assert_int_equal(trouble.count, 2);
	assert_true(trouble.is_changed);
	trouble.is_changed = false;
	again = trouble.entries[0];
	again.at_ms = 7;
	trouble_note(&trouble, &again);
	assert_int_equal(trouble.count, 2);
	assert_int_equal(trouble.entries[0].at_ms, 7);
	assert_false(trouble.is_changed);
}

TEST(forgets_what_is_over_but_not_who_is_gone)
{
	struct trouble trouble = { .count = 0 };

	note(&trouble, "fcm", "", "invalid_grant", false);
	note(&trouble, "fcm", "alice/phone", "INVALID_ARGUMENT", false);
	note(&trouble, "fcm", "bob/phone", "INVALID_ARGUMENT", false);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	note(&trouble, "apns", "alice/phone", "TopicDisallowed", false);
	trouble_end(&trouble, "fcm", "alice/phone");
	assert_int_equal(trouble.count, 3);
	assert_string_equal(trouble.entries[0].device, "bob/phone");
	assert_true(trouble.entries[1].is_gone);
	assert_string_equal(trouble.entries[2].service, "apns");
}

TEST(ends_what_was_said_of_a_device_that_is_another_or_none_any_more)
{
	struct trouble trouble = { .count = 0 };

	note(&trouble, "fcm", "", "invalid_grant", false);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	note(&trouble, "apns", "alice/phone", "TopicDisallowed", false);
	note(&trouble, "fcm", "alice/phones", "UNREGISTERED", true);
	note(&trouble, "fcm", "alic/phone", "UNREGISTERED", true);
	trouble.entries[2].at_ms = 5;
	trouble.is_changed = false;
	trouble_end_device(&trouble, "alice", "phone", 0);
	assert_int_equal(trouble.count, 5);
	assert_false(trouble.is_changed);
	trouble_end_device(&trouble, "alice", "phone", 4);
	assert_int_equal(trouble.count, 4);
	assert_true(trouble.is_changed);
	assert_string_equal(trouble.entries[1].reason, "TopicDisallowed");
	trouble_end_device(&trouble, "alice", "phone", INT64_MAX);
	assert_int_equal(trouble.count, 3);
	assert_string_equal(trouble.entries[0].device, "");
	assert_string_equal(trouble.entries[1].device, "alice/phones");
	assert_string_equal(trouble.entries[2].device, "alic/phone");
}

TEST(tells_for_a_day_who_is_gone_and_for_thirty_what_did_not_work)
{
	struct trouble trouble = { .count = 0 };
	struct timers timers = { NULL };
	struct instant at = { .now_ms = 1 };

	trouble_use_timers(&trouble, &at, &timers);
	trouble_age(&trouble);
	note(&trouble, "apns", "alice/phone", "TopicDisallowed", false);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	trouble_run(&trouble);
	at.now_ms = TROUBLE_GONE_MS;
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 2);
	assert_int_equal(timer_wait_ms(&timers, 1000), 1);
	at.now_ms++;
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 1);
	assert_string_equal(trouble.entries[0].service, "apns");
	assert_int_equal(timer_wait_ms(&timers, 1000), 1000);
	trouble.entries[0].at_ms = 2; /* it goes on */
	at.now_ms = TROUBLE_KEEP_MS + 1;
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 1);
	at.now_ms++;
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 0);
	assert_int_equal(timer_wait_ms(&timers, 1000), 1000);
}

TEST(is_as_old_as_before_when_the_clock_is_set)
{
	struct trouble trouble = { .count = 0 };
	struct timers timers = { NULL };
	struct instant at = { .now_ms = 1 };
	const int64_t years_ms = 10 * INT64_C(31536000000);

	trouble_use_timers(&trouble, &at, &timers);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	trouble.is_changed = false;
	at.now_ms += years_ms;
	trouble_follow_clock(&trouble, years_ms);
	assert_true(trouble.is_changed);
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 1);
	assert_true(trouble.entries[0].at_ms == at.now_ms);
	at.now_ms -= years_ms;
	trouble_follow_clock(&trouble, -years_ms);
	at.now_ms += TROUBLE_GONE_MS;
	trouble_age(&trouble);
	assert_int_equal(trouble.count, 0);
}

/* Somebody's device that fails and works by turns. */
static void
change(struct trouble *trouble, int times)
{
	for (int i = 0; i < times; i++) {
		note(trouble, "webhook", "alice/phone", "status 500", false);
		trouble_run(trouble);
		trouble_end(trouble, "webhook", "alice/phone");
		trouble_run(trouble);
	}
}

static bool
take_news(struct trouble *trouble)
{
	bool is_news = trouble->is_untold;

	trouble->is_untold = false;
	return is_news;
}

TEST(is_told_at_once_and_then_once_a_second_however_often_it_changes)
{
	struct trouble trouble = { .count = 0 };
	struct timers timers = { NULL };
	struct instant at = { .now_ms = 1 };

	trouble_use_timers(&trouble, &at, &timers);
	trouble_age(&trouble);
	trouble_run(&trouble);
	assert_false(take_news(&trouble));
	note(&trouble, "webhook", "alice/phone", "status 400", false);
	assert_int_equal(timer_wait_ms(&timers, 5000), 0);
	trouble_run(&trouble);
	assert_true(take_news(&trouble));
	change(&trouble, 100);
	at.monotonic_ms += 999;
	change(&trouble, 100);
	assert_false(take_news(&trouble));
	/* The last state is told in the end, without another push. */
	assert_int_equal(timer_wait_ms(&timers, 5000), 1);
	at.monotonic_ms++;
	trouble_run(&trouble);
	assert_true(take_news(&trouble));
	/* The loop has no reason to turn while nothing changes. */
	at.monotonic_ms += 1000;
	trouble_run(&trouble);
	assert_false(take_news(&trouble));
	assert_int_equal(timer_wait_ms(&timers, 5000), 5000);
	/* What a bridge that ends knows is not lost. */
	change(&trouble, 1);
	assert_true(take_news(&trouble));
	change(&trouble, 1);
	trouble_save(&trouble);
	assert_true(take_news(&trouble));
}

TEST(keeps_the_newest_of_each_person)
{
	struct trouble trouble = { .count = 0 };
	char device[32];

	note(&trouble, "fcm", "", "invalid_grant", false);
	note(&trouble, "fcm", "alic/phone", "UNREGISTERED", true);
	for (int i = 0; i < TROUBLE_PERSON_MAX + 2; i++) {
		(void)snprintf(device, sizeof(device), "alice/%d", i);
		note(&trouble, "apns", device, "Unregistered", true);
	}
	assert_int_equal(trouble.count, TROUBLE_PERSON_MAX + 2);
	assert_string_equal(trouble.entries[0].device, "");
	assert_string_equal(trouble.entries[1].device, "alic/phone");
	assert_string_equal(trouble.entries[2].device, "alice/2");
	(void)snprintf(device, sizeof(device), "alice/%d",
	    TROUBLE_PERSON_MAX + 1);
	assert_string_equal(trouble.entries[trouble.count - 1].device, device);
}

TEST(lets_nobody_push_out_who_has_less)
{
	struct trouble trouble = { .count = 0 };
	char device[32];

	note(&trouble, "fcm", "", "invalid_grant", false);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	for (int i = 0; i < 8 * TROUBLE_PERSON_MAX; i++) {
		(void)snprintf(device, sizeof(device), "many%d/%d", i % 8, i);
		note(&trouble, "apns", device, "Unregistered", true);
	}
	assert_int_equal(trouble.count, TROUBLE_MAX);
	assert_true(trouble_has(&trouble, ""));
	assert_true(trouble_has(&trouble, "alice"));
	assert_false(trouble_has(&trouble, "alic"));
	assert_int_equal(trouble_count_devices(&trouble), TROUBLE_MAX - 1);
}

static void
assert_written(const struct trouble *trouble, const char *user, size_t max,
    const char *expected)
{
	struct buf json;

	buf_init(&json, 4096);
	trouble_write(trouble, user, max, &json);
	assert_int_equal(buf_status(&json), STATUS_OK);
	assert_string_equal(buf_text(&json), expected);
	buf_finish(&json);
}

TEST(tells_each_their_own)
{
	struct trouble trouble = { .count = 0 };

	note(&trouble, "fcm", "", "invalid_grant", false);
	note(&trouble, "apns", "alice/phone", "Unregistered", true);
	note(&trouble, "fcm", "alice/phone", "INVALID_ARGUMENT", false);
	note(&trouble, "apns", "bob/tablet", "TopicDisallowed", false);
	(void)snprintf(trouble.entries[3].advice, WARNING_ADVICE_MAX,
	    "say \"topic\"");
	assert_int_equal(trouble_count_devices(&trouble), 2);
	assert_written(&trouble, "", 4096,
	    "[{\"ts\":1,\"service\":\"fcm\",\"reason\":\"invalid_grant\","
	    "\"gone\":false}]");
	assert_written(&trouble, "bob", 4096,
	    "[{\"ts\":1,\"service\":\"apns\",\"device\":\"tablet\","
	    "\"reason\":\"TopicDisallowed\",\"advice\":\"say \\\"topic\\\"\","
	    "\"gone\":false}]");
	/* Where both do not fit the older one is left out. */
	assert_written(&trouble, "alice", 100,
	    "[{\"ts\":1,\"service\":\"fcm\",\"device\":\"phone\","
	    "\"reason\":\"INVALID_ARGUMENT\",\"gone\":false}]");
	assert_written(&trouble, "alice", 2, "[]");
	assert_written(&trouble, "carol", 4096, "[]");
}

/* Who is to be told, one after the other. */
static void
assert_touched(struct registry *registry, const char *user)
{
	struct person *person = registry_take_touched(registry);

	if (*user == '\0') {
		assert_null(person);
		return;
	}
	assert_non_null(person);
	assert_string_equal(person->name, user);
}

TEST(says_whom_a_change_concerns)
{
	struct trouble trouble = { .count = 0 };

	assert_int_equal(registry_create(&trouble.registry), STATUS_OK);
	note(&trouble, "fcm", "", "invalid_grant", false);
	assert_touched(trouble.registry, "");
	note(&trouble, "fcm", "alice/phone", "INVALID_ARGUMENT", false);
	assert_touched(trouble.registry, "alice");
	note(&trouble, "fcm", "alice/phone", "INVALID_ARGUMENT", false);
	assert_touched(trouble.registry, "");
	trouble_end(&trouble, "fcm", "alice/phone");
	assert_touched(trouble.registry, "alice");
	assert_touched(trouble.registry, "");
	registry_destroy(trouble.registry);
}

/* A bridge that ends, and the next one. */
static void
restart(struct trouble *trouble, const struct settings *settings,
    int64_t now_ms)
{
	struct warnings *warnings = trouble->warnings;

	trouble_save(trouble);
	*trouble = (struct trouble){ .warnings = warnings };
	trouble_load(trouble, settings, now_ms);
}

TEST(knows_after_a_restart_what_it_knew)
{
	static struct settings settings = { .fcm.service_account_file = "f" };
	char directory[] = "/tmp/nudge-unit-XXXXXX";
	char path[64];
	struct trouble trouble = { .count = 0 };
	struct fault fault = { "" };
	struct db *db;

	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/nudge.db", directory);
	assert_int_equal(db_open(path, &db, &fault), STATUS_OK);
	assert_int_equal(warnings_create(db, &trouble.warnings, &fault),
	    STATUS_OK);

	note(&trouble, "apns", "alice/phone", "switched off meanwhile", false);
	note(&trouble, "fcm", "alice/phone", "UNREGISTERED", true);
	note(&trouble, "fcm", "", "invalid_grant", false);
	(void)snprintf(trouble.entries[2].advice, WARNING_ADVICE_MAX, "renew");
	restart(&trouble, &settings, 1000);
	assert_int_equal(trouble.count, 2);
	assert_string_equal(trouble.entries[0].device, "alice/phone");
	assert_true(trouble.entries[0].is_gone);
	assert_int_equal(trouble.entries[0].at_ms, 1);
	assert_string_equal(trouble.entries[1].device, "");
	assert_string_equal(trouble.entries[1].advice, "renew");
	assert_false(trouble.entries[1].is_gone);

	restart(&trouble, &settings, TROUBLE_GONE_MS + 1);
	assert_int_equal(trouble.count, 1);
	assert_string_equal(trouble.entries[0].device, "");
	restart(&trouble, &settings, TROUBLE_KEEP_MS + 1);
	assert_int_equal(trouble.count, 0);

	warnings_destroy(trouble.warnings);
	db_close(db);
	(void)unlink(path);
	(void)rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_each_trouble_once),
		cmocka_unit_test(forgets_what_is_over_but_not_who_is_gone),
		cmocka_unit_test(
		    ends_what_was_said_of_a_device_that_is_another_or_none_any_more),
		cmocka_unit_test(
		    tells_for_a_day_who_is_gone_and_for_thirty_what_did_not_work),
		cmocka_unit_test(is_as_old_as_before_when_the_clock_is_set),
		cmocka_unit_test(
		    is_told_at_once_and_then_once_a_second_however_often_it_changes),
		cmocka_unit_test(keeps_the_newest_of_each_person),
		cmocka_unit_test(lets_nobody_push_out_who_has_less),
		cmocka_unit_test(tells_each_their_own),
		cmocka_unit_test(says_whom_a_change_concerns),
		cmocka_unit_test(knows_after_a_restart_what_it_knew),
	};

	return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
