#include "io/mailbox.h"
#include "io/mqtt_inside.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct mqtt mqtt;

static int
set_up(void **state)
{
	(void)state;
	memset(&mqtt, 0, sizeof(mqtt));
	return mailbox_create(&mqtt.mailbox) == STATUS_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	mailbox_destroy(mqtt.mailbox);
	return 0;
}

static void
hear(const char *payload)
{
	mqtt_tell(&mqtt,
	    &(struct mqtt_news){
	        .kind = MQTT_MESSAGE,
	        .message = { .topic = "nudge/alice/prefs",
	            .payload = payload,
	            .len = strlen(payload) },
	    });
}

/* How many come with that payload. */
static int
count(const char *payload)
{
	struct mqtt_news news;
	int count = 0;

	while (mqtt_next(&mqtt, &news)) {
		count += news.message.len == strlen(payload) &&
		    memcmp(news.message.payload, payload, news.message.len) ==
		        0;
		mqtt_news_finish(&news);
	}
	return count;
}

static void
hear_many(void)
{
	for (int i = 0; i < MAILBOX_MANY; i++)
		hear("{\"hold_s\":1}");
}

TEST(hands_on_the_newest_of_many)
{
	hear_many();
	hear("{\"hold_s\":2}");
	hear("{\"hold_s\":3}");
	assert_int_equal(count("{\"hold_s\":2}"), 0);
	hear_many();
	hear("{\"hold_s\":3}");
	assert_int_equal(count("{\"hold_s\":3}"), 1);
}

/* Ours says what was true when the other was on its way. */
TEST(hands_on_what_came_before_an_answer_of_ours)
{
	const char *ours = "{\"hold_s\":1,\"rev\":7}";

	hear_many();
	hear("{\"hold_s\":2}");
	mqtt_note_own(&mqtt, ours, strlen(ours));
	hear(ours);
	assert_int_equal(count("{\"hold_s\":2}"), 1);
}

TEST(takes_no_other_for_an_answer_of_ours)
{
	const char *ours = "{\"hold_s\":1,\"rev\":7}";

	hear_many();
	mqtt_note_own(&mqtt, ours, strlen(ours));
	hear("{\"hold_s\":2,\"rev\":7}");
	hear("{\"hold_s\":3,\"rev\":7}");
	assert_int_equal(count("{\"hold_s\":2,\"rev\":7}"), 0);
}

/* As many as a broker gets back that lost its memory. */
TEST(knows_thousands_of_answers_of_ours)
{
	char ours[64];
	int known = 0;

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(ours, sizeof(ours), "{\"name\":\"d%d\"}", i);
		mqtt_note_own(&mqtt, ours, strlen(ours));
	}
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(ours, sizeof(ours), "{\"name\":\"d%d\"}", i);
		hear_many();
		hear("{\"hold_s\":2}");
		hear(ours);
		known += count("{\"hold_s\":2}");
	}
	assert_true(known > 1400);
}

TEST(notes_nothing_without_a_broker)
{
	mqtt_note_own(NULL, "", 0);
	hear("");
	assert_int_equal(count(""), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(hands_on_the_newest_of_many),
		CASE(hands_on_what_came_before_an_answer_of_ours),
		CASE(takes_no_other_for_an_answer_of_ours),
		CASE(knows_thousands_of_answers_of_ours),
		CASE(notes_nothing_without_a_broker),
	};

	return cmocka_run_group_tests_name("mqtt", tests, NULL, NULL);
}
