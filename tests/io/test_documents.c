#include "io/documents.h"
#include "io/events.h"
#include "io/outbox.h"
#include "unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LONGEST (SETTING_MAX + 64)
#define PREFS "nudge/alice/prefs"
#define PHONE "nudge/alice/device/phone"

static struct settings settings;
static struct outbox *outbox;
static struct documents *documents;

static void
open_all(void)
{
	struct fault fault = { "" };

	assert_int_equal(outbox_open(&settings, &outbox, &fault), STATUS_OK);
	assert_int_equal(documents_create(outbox_db(outbox), &documents),
	    STATUS_OK);
}

static void
close_all(void)
{
	documents_destroy(documents);
	outbox_close(outbox);
	documents = NULL;
	outbox = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof(settings));
	settings.state.durability = DURABILITY_PROCESS;
	(void)snprintf(settings.state.directory,
	    sizeof(settings.state.directory), "/tmp/nudge-unit-XXXXXX");
	if (mkdtemp(settings.state.directory) == NULL)
		return -1;
	open_all();
	return 0;
}

static int
tear_down(void **state)
{
	char path[PATH_LONGEST];
	glob_t found = { 0 };

	(void)state;
	close_all();
	(void)snprintf(path, sizeof(path), "%s/*", settings.state.directory);
	(void)glob(path, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		(void)unlink(found.gl_pathv[i]);
	globfree(&found);
	return rmdir(settings.state.directory);
}

/* Keep a text that came at now_ms; the time since when it is known. */
static int64_t
put(const char *topic, const char *text, int64_t now_ms)
{
	const struct document document = {
		.topic = topic,
		.payload = text,
		.len = strlen(text),
		.since_ms = now_ms,
	};
	int64_t since_ms = -1;

	since_ms = documents_put(documents, &document);
	return since_ms;
}

static void
assert_kept(const char *topic, const char *text, int64_t since_ms)
{
	struct document document;

	assert_true(documents_find(documents, topic, &document));
	assert_string_equal(document.topic, topic);
	assert_int_equal(document.len, strlen(text));
	assert_memory_equal(document.payload, text, document.len);
	assert_true(document.since_ms == since_ms);
}

static void
assert_absent(const char *topic)
{
	struct document document;

	assert_false(documents_find(documents, topic, &document));
}

/* What the other thread commits between two reads of this one. */
static void
store_event(void)
{
	const struct outbox_event event = {
		.topic = "nudge/alice/event",
		.payload = "x",
		.len = 1,
	};

	(void)events_store(outbox, &event, 1);
}

static void
assert_can_write(void)
{
	store_event();
	outbox_begin(outbox);
	outbox_commit(outbox);
}

TEST(keeps_nothing_at_first)
{
	struct document document;

	assert_absent(PREFS);
	assert_false(documents_after(documents, "", &document));
}

TEST(keeps_the_last_of_each_topic)
{
	(void)put(PREFS, "{}", 1);
	(void)put(PHONE, "{\"platform\":\"log\"}", 2);
	(void)put(PREFS, "{\"enabled\":false}", 3);
	assert_kept(PREFS, "{\"enabled\":false}", 3);
	assert_kept(PHONE, "{\"platform\":\"log\"}", 2);
	assert_absent("nudge/alice/device/tablet");
}

TEST(knows_since_when_it_has_had_a_content)
{
	assert_true(put(PHONE, "a", 10) == 10);
	assert_true(put(PHONE, "a", 20) == 10);
	assert_true(put(PHONE, "b", 30) == 30);
	assert_true(put(PHONE, "ba", 40) == 40);
	assert_true(put(PHONE, "a", 50) == 50);
}

TEST(forgets_what_is_removed)
{
	(void)put(PREFS, "{}", 1);
	documents_remove(documents, PREFS);
	documents_remove(documents, PREFS);
	assert_absent(PREFS);
}

TEST(tells_each_document_in_turn)
{
	static const char *const topics[] = { "a", "b",
		"b/long/enough/to/need/"
		"memory/of/its/own/in/every/library",
		"c" };
	struct document document = { .topic = "" };

	for (size_t i = COUNT_OF(topics); i-- > 0;)
		(void)put(topics[i], topics[i], (int64_t)i);
	for (size_t i = 0; i < COUNT_OF(topics); i++) {
		assert_true(
		    documents_after(documents, document.topic, &document));
		assert_string_equal(document.topic, topics[i]);
		assert_memory_equal(document.payload, topics[i],
		    strlen(topics[i]));
		assert_true(document.since_ms == (int64_t)i);
	}
	assert_false(documents_after(documents, document.topic, &document));
}

TEST(keeps_the_largest_message)
{
	static char text[65537];

	memset(text, 'x', sizeof(text) - 1);
	(void)put(PHONE, text, 1);
	assert_kept(PHONE, text, 1);
}

/* A reader left open holds an old view of the file, from which SQLite lets
 * nobody write once another thread has: the bridge would end. */
TEST(holds_nobody_up_after_a_look)
{
	struct document document;

	(void)put(PREFS, "{}", 1);
	(void)put(PHONE, "a", 1);
	assert_true(documents_find(documents, PREFS, &document));
	assert_can_write();
	assert_true(documents_after(documents, "", &document));
	assert_can_write();
	(void)put(PHONE, "a", 1);
	assert_can_write();
}

TEST(survives_a_restart)
{
	(void)put(PREFS, "{}", 7);
	close_all();
	open_all();
	assert_kept(PREFS, "{}", 7);
}

#define DOCUMENTS_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Where the phone was found, as the next look tells. */
static void
assert_reached(const char *origin)
{
	struct document document;

	assert_true(documents_find(documents, PHONE, &document));
	assert_non_null(document.topic);
	assert_string_equal(document.reached_at, origin);
}

TEST(remembers_where_a_device_was_found_until_it_registers_anew)
{
	(void)put(PHONE, "one", 1000);
	assert_reached("");
	documents_note_reached(documents, PHONE, "https://sandbox");
	(void)put(PHONE, "one", 2000);
	assert_reached("https://sandbox");
	close_all();
	open_all();
	assert_reached("https://sandbox");
	(void)put(PHONE, "two", 3000);
	assert_reached("");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DOCUMENTS_TEST(keeps_nothing_at_first),
		DOCUMENTS_TEST(keeps_the_last_of_each_topic),
		DOCUMENTS_TEST(knows_since_when_it_has_had_a_content),
		DOCUMENTS_TEST(forgets_what_is_removed),
		DOCUMENTS_TEST(tells_each_document_in_turn),
		DOCUMENTS_TEST(keeps_the_largest_message),
		DOCUMENTS_TEST(holds_nobody_up_after_a_look),
		DOCUMENTS_TEST(survives_a_restart),
		DOCUMENTS_TEST(
		    remembers_where_a_device_was_found_until_it_registers_anew),
	};

	return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
