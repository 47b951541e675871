#include "io/db.h"
#include "io/outbox.h"
#include "tell/asks.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1764000000000)
#define LIST_MAX 125000 /* bytes */

static char directory[] = "/tmp/nudge-unit-XXXXXX";
static struct settings settings;
static struct outbox *outbox;
static struct people *people;
static int64_t newest; /* seq of an event */

static void
open_all(void)
{
	struct fault fault = { "" };

	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(people_create(outbox, &people), STATUS_OK);
}

static void
close_all(void)
{
	people_destroy(people);
	outbox_close(outbox);
}

static int
set_up(void **state)
{
	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	memset(&settings, 0, sizeof(settings));
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "%s", directory);
	newest = 0;
	open_all();
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	close_all();
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

/* An event of alice that waits, as it is published. */
static void
put(const char *published)
{
	const struct arrival arrival = {
		.payload = published,
		.len = strlen(published),
		.at_ms = NOW_MS,
		.id = "msg_1",
	};
	struct fault fault = { "" };
	struct event event;

	assert_int_equal(event_parse(&arrival, &event, &fault), STATUS_OK);
	asks_put(people, "alice", &event,
	    &(struct people_ask){
	        .seq = ++newest,
	        .thread = outbox_number(outbox, "alice", "ses_1"),
	    });
	event_finish(&event);
}

/* What waits for alice; finish it with cJSON_Delete(). */
static cJSON *
list(size_t max)
{
	struct buf json;
	cJSON *asks;

	buf_init(&json, max);
	asks_write(people, "alice", NOW_MS, max, &json);
	assert_int_equal(buf_status(&json), STATUS_OK);
	asks = cJSON_Parse(buf_text(&json));
	assert_true(cJSON_IsArray(asks));
	buf_finish(&json);
	return asks;
}

static void
assert_listed(const char *expected)
{
	cJSON *ours = list(LIST_MAX);
	cJSON *theirs = cJSON_Parse(expected);

	assert_non_null(theirs);
	if (!cJSON_Compare(ours, theirs, true)) {
		char *text = cJSON_PrintUnformatted(ours);

		assert_string_equal(text, expected);
	}
	cJSON_Delete(ours);
	cJSON_Delete(theirs);
}

#define FULL                                                                \
	"{\"kind\":\"permission.asked\",\"id\":\"evt_1\",\"age_ms\":5,"     \
	"\"request\":{\"id\":\"per_1\",\"nonce\":\"n0nce\"},"               \
	"\"session\":{\"id\":\"ses_1\",\"title\":\"Fix \\\"login\\\"\"},"   \
	"\"project\":{\"name\":\"webshop\"},\"host\":\"workstation\","      \
	"\"ask\":{\"tool\":\"bash\",\"input\":\"rm\",\"always\":[\"rm *\"]" \
	"}}"
#define FULL_LISTED                                                       \
	"{\"id\":\"evt_1\",\"kind\":\"permission.asked\","                \
	"\"ts\":1763999999995,"                                           \
	"\"request\":{\"id\":\"per_1\",\"nonce\":\"n0nce\"},"             \
	"\"session\":{\"id\":\"ses_1\",\"title\":\"Fix \\\"login\\\"\"}," \
	"\"project\":\"webshop\",\"host\":\"workstation\","               \
	"\"ask\":{\"cut\":false,\"tool\":\"bash\",\"input\":\"rm\","      \
	"\"always\":[\"rm *\"]}}"

TEST(lists_nothing_where_nothing_waits)
{
	assert_listed("[]");
}

TEST(tells_all_that_an_answer_needs_the_newest_first)
{
	put(FULL);
	put("{\"kind\":\"question.asked\",\"id\":\"evt_2\"}");
	assert_listed("[{\"id\":\"evt_2\",\"kind\":\"question.asked\","
	              "\"ts\":1764000000000,\"request\":{\"id\":null,"
	              "\"nonce\":null},\"session\":null,\"project\":null,"
	              "\"host\":null,\"ask\":null}," FULL_LISTED "]");
}

TEST(knows_after_a_restart_what_it_knew)
{
	put(FULL);
	close_all();
	open_all();
	assert_listed("[" FULL_LISTED "]");
}

/* What is left of alice's asks at a time, after a purge. */
static int32_t
count_after_purge(int64_t now_ms)
{
	int64_t until_ms;

	while (people_purge_asks(people, now_ms))
		continue;
	return people_count_asks(people, "alice", now_ms, &until_ms);
}

TEST(forgets_nothing_when_the_clock_is_set)
{
	const int64_t year_ms = INT64_C(31536000000);

	put(FULL);
	outbox_follow_clock(outbox, 3 * year_ms);
	assert_int_equal(count_after_purge(NOW_MS + 3 * year_ms), 1);
	outbox_follow_clock(outbox, -3 * year_ms);
	assert_listed("[" FULL_LISTED "]");
	assert_int_equal(count_after_purge(NOW_MS + year_ms), 0);
}

TEST(forgets_what_was_answered_or_is_worthless)
{
	put(FULL);
	put("{\"kind\":\"question.asked\",\"id\":\"old\",\"age_ms\":1000,"
	    "\"ttl_s\":1}");
	assert_listed("[" FULL_LISTED "]");
	people_remove_ask(people, 1);
	assert_listed("[]");
}

TEST(lists_the_newest_fifty)
{
	cJSON *asks;

	for (int i = 0; i < ASKS_MAX + 10; i++) {
		char text[128];

		(void)snprintf(text, sizeof(text),
		    "{\"kind\":\"permission.asked\",\"id\":\"evt_%d\","
		    "\"age_ms\":%d}",
		    i, 1000 - i);
		put(text);
	}
	asks = list(LIST_MAX);
	assert_int_equal(cJSON_GetArraySize(asks), ASKS_MAX);
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(asks, 0), "id")->valuestring,
	    "evt_59");
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(asks,
	                                            ASKS_MAX - 1),
	                        "id")
	                        ->valuestring,
	    "evt_10");
	cJSON_Delete(asks);
}

/* As long as each of its parts may be. */
static void
put_largest(int number)
{
	static char text[EVENT_MAX];
	static char names[400];

	memset(names, '\\', 256);
	(void)snprintf(text, sizeof(text),
	    "{\"kind\":\"permission.asked\",\"id\":\"evt_%060d\","
	    "\"host\":\"%064d\",\"request\":{\"id\":\"%064d\","
	    "\"nonce\":\"%s\"},\"session\":{\"id\":\"%064d\","
	    "\"title\":\"%s\"},\"project\":{\"name\":\"%s\"},\"ask\":{"
	    "\"tool\":\"bash\",\"input\":\"%.20000d\"}}",
	    number, 0, 0, names, 0, names, names, 0);
	put(text);
}

static const cJSON *
ask_of(const cJSON *entry)
{
	return cJSON_GetObjectItem(entry, "ask");
}

TEST(cuts_each_ask_and_says_so)
{
	cJSON *asks;
	char *text;

	put_largest(1);
	asks = list(LIST_MAX);
	text = cJSON_PrintUnformatted(ask_of(asks->child));
	assert_int_equal(strlen(text), ASKS_ONE_MAX);
	assert_true(
	    cJSON_IsTrue(cJSON_GetObjectItem(ask_of(asks->child), "cut")));
	free(text);
	cJSON_Delete(asks);
}

TEST(cuts_the_asks_further_where_all_would_be_too_long)
{
	static const size_t limits[] = { 100000, LIST_MAX, 1000000 };
	const cJSON *entry;
	cJSON *asks;

	for (int i = 0; i < ASKS_MAX; i++)
		put_largest(i);
	put("{\"kind\":\"permission.asked\",\"id\":\"small\",\"ask\":{"
	    "\"tool\":\"bash\",\"input\":\"ls\"}}");
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		asks = list(limits[i]);
		assert_int_equal(cJSON_GetArraySize(asks), ASKS_MAX);
		cJSON_ArrayForEach(entry, asks)
		{
			bool is_small = strcmp(cJSON_GetObjectItem(entry, "id")
			                           ->valuestring,
			                    "small") == 0;
			const cJSON *cut =
			    cJSON_GetObjectItem(ask_of(entry), "cut");

			assert_true(
			    is_small ? cJSON_IsFalse(cut) : cJSON_IsTrue(cut));
		}
		cJSON_Delete(asks);
	}
}

/* What the bridge before this one wrote down. */
TEST(takes_over_a_file_that_knows_only_what_waits)
{
	static const char old[] =
	    "DROP TABLE ask; DROP TABLE event; DROP TABLE job; DROP TABLE mark;"
	    "DROP TABLE seen; DROP TABLE thread; DROP TABLE run;"
	    "CREATE TABLE event(seq INTEGER PRIMARY KEY, arrived_ms INTEGER,"
	    " expires_ms INTEGER, topic TEXT, payload BLOB, user TEXT, id TEXT,"
	    " thread TEXT);"
	    "CREATE TABLE job(id INTEGER PRIMARY KEY, stage, service, due_ms,"
	    " attempts, seq, user, thread, request, device, kind, expires_ms,"
	    " withdraws, reason, cancelled, carrier);"
	    "CREATE TABLE ask(user TEXT NOT NULL, event TEXT NOT NULL,"
	    " kind INTEGER NOT NULL, thread TEXT NOT NULL,"
	    " request TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
	    " PRIMARY KEY(user, event)) WITHOUT ROWID;"
	    "INSERT INTO event VALUES(1, 1763999999000, 0, 't', 'x', 'alice',"
	    " 'one', 'ses_1');"
	    "INSERT INTO ask VALUES('alice', 'one', 0, 'ses_1', 'per_1',"
	    " 1764000001000), ('alice', 'two', 1, 'two', '', 1764000001000);"
	    "PRAGMA user_version = 2;";
	struct fault fault = { "" };

	assert_int_equal(db_execute(outbox_db(outbox), old, &fault), STATUS_OK);
	close_all();
	open_all();
	assert_listed("[{\"id\":\"one\",\"kind\":\"permission.asked\","
	              "\"ts\":1763999999000,\"request\":{\"id\":\"per_1\"},"
	              "\"ask\":null},{\"id\":\"two\",\"kind\":"
	              "\"question.asked\",\"ts\":0,\"request\":{\"id\":null},"
	              "\"ask\":null}]");
	newest = 1;
	put(FULL);
	close_all();
	open_all();
	people_remove_ask(people, 1);  /* the event that has its id */
	people_remove_ask(people, -2); /* of no event */
	assert_listed("[" FULL_LISTED "]");
}

TEST(ends_an_ask_of_an_older_file_when_it_was_to_end)
{
	static const char old[] =
	    "UPDATE mark SET offset_ms = 94608000000;" /* three years */
	    "UPDATE ask SET expires_ms = 1764000001000;"
	    "ALTER TABLE mark ADD COLUMN folding INTEGER NOT NULL DEFAULT 0;"
	    "DROP TABLE run; DROP TABLE seen; DROP TABLE thread;"
	    "CREATE TABLE seen(number INTEGER PRIMARY KEY, seq, arrived_ms);"
	    "CREATE TABLE thread(user, thread, request, id);"
	    "CREATE TABLE ask_of(user, seq);"
	    "CREATE TRIGGER job_gone AFTER DELETE ON job BEGIN SELECT 1; END;"
	    "CREATE TRIGGER ask_gone AFTER DELETE ON ask BEGIN SELECT 1; END;"
	    "PRAGMA user_version = 6;";
	struct fault fault = { "" };

	put(FULL);
	assert_int_equal(db_execute(outbox_db(outbox), old, &fault), STATUS_OK);
	close_all();
	open_all();
	assert_listed("[" FULL_LISTED "]");
	assert_int_equal(count_after_purge(NOW_MS + 1000), 0);
}

#define ASKS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASKS_TEST(lists_nothing_where_nothing_waits),
		ASKS_TEST(tells_all_that_an_answer_needs_the_newest_first),
		ASKS_TEST(knows_after_a_restart_what_it_knew),
		ASKS_TEST(forgets_nothing_when_the_clock_is_set),
		ASKS_TEST(forgets_what_was_answered_or_is_worthless),
		ASKS_TEST(lists_the_newest_fifty),
		ASKS_TEST(cuts_each_ask_and_says_so),
		ASKS_TEST(cuts_the_asks_further_where_all_would_be_too_long),
		ASKS_TEST(takes_over_a_file_that_knows_only_what_waits),
		ASKS_TEST(ends_an_ask_of_an_older_file_when_it_was_to_end),
	};

	return cmocka_run_group_tests_name("asks", tests, NULL, NULL);
}
