/* What a device is told of running turns, and when. */
#include "world.h"

#define SHOWS "{\"platform\":\"log\",\"progress\":{}}"
#define WISH "{\"progress\":true}"
#define SESSION(id, title, state)                                       \
	"{\"id\":\"" id "\",\"title\":\"" title                         \
	"\",\"project\":\"webshop\",\"state\":\"" state "\",\"since\":" \
	"1764000000000}"
#define AGENT(sessions)                                                             \
	"{\"state\":\"online\",\"running\":1,\"waiting\":0,\"sessions\":[" sessions \
	"]}"
#define BUSY AGENT(SESSION("ses_1", "Fix login", "busy"))
#define WAITING AGENT(SESSION("ses_1", "Fix login", "waiting"))
#define IDLE AGENT(SESSION("ses_1", "Fix login", "idle"))
#define PREFIX "> alice/phone: {\"progress\":"

static void
agent(const char *payload)
{
	world_retain("nudge/alice/agent/workstation", payload);
}

static void
phone(const char *registration)
{
	world_retain("nudge/alice/device/phone", registration);
}

/* A phone that shows progress, for somebody who wants it. */
static int
begin(void)
{
	phone(SHOWS);
	world_wish(WISH);
	return world.count;
}

static void
add_member(char *text, size_t size, const struct json_object *object,
    const char *name)
{
	const char *word = json_text(object, name, 256);
	size_t len = strlen(text);

	if (word != NULL)
		(void)snprintf(text + len, size - len, "%s ", word);
}

/* The members of one that is told, as "start busy Fix login ". */
static void
read_line(const char *line, char *text, size_t size)
{
	static const char *const members[] = { "event", "state", "title" };
	struct json_object object;
	struct json_object progress;
	struct fault fault = { "" };
	struct cJSON *root;

	assert_int_equal(strncmp(line, PREFIX, strlen(PREFIX)), 0);
	line = strchr(line, '{');
	assert_int_equal(json_parse(line, strlen(line), &fault, &root, &object),
	    STATUS_OK);
	progress = json_member(&object, "progress");
	assert_non_null(json_text(&progress, "id", 64));
	for (size_t i = 0; i < COUNT_OF(members); i++)
		add_member(text, size, &progress, members[i]);
	json_free(root);
}

/* What was told since a moment.
 * In/Out:  from  the first line; the next one then */
static void
expect(int *from, const char *expected)
{
	char text[4096] = "";

	for (; *from < world.count; (*from)++) {
		size_t len = strlen(text);

		read_line(world.lines[*from], text + len, sizeof(text) - len);
		(void)snprintf(text + strlen(text) - 1,
		    sizeof(text) - strlen(text), "\n");
	}
	assert_string_equal(text, expected);
}

TEST(begins_and_ends_with_a_turn)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_pass_s(3);
	agent(IDLE);
	expect(&at, "end idle Fix login\n");
	world_pass_s(7200);
	expect(&at, "");
}

TEST(tells_nobody_who_did_not_ask_for_it)
{
	int at;

	phone(SHOWS);
	agent(BUSY);
	at = 0;
	expect(&at, "");
	phone("{\"platform\":\"log\"}");
	world_wish(WISH);
	agent(BUSY);
	expect(&at, "");
	phone("{\"platform\":\"log\",\"progress\":{},"
	      "\"prefs\":{\"progress\":false}}");
	expect(&at, "");
	phone(SHOWS);
	expect(&at, "start busy Fix login\n");
}

TEST(tells_the_newest_state_once_in_fifteen_seconds)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_pass_s(5);
	agent(WAITING);
	agent(BUSY);
	agent(AGENT(SESSION("ses_1", "Other", "busy")));
	agent(WAITING);
	expect(&at, "");
	world_pass_ms(9999);
	expect(&at, "");
	world_pass_ms(1);
	expect(&at, "update waiting Fix login\n");
	agent(BUSY);
	world_pass_s(14);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "update busy Fix login\n");
}

TEST(waits_for_room_no_longer_than_a_moment)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	service_pause(roster_find(&world.delivery.roster, "log", "alice"), 500);
	agent(IDLE);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "end idle Fix login\n");
}

TEST(begins_again_fifteen_seconds_later_and_not_before)
{
	int at = begin();

	agent(BUSY);
	agent(IDLE);
	expect(&at, "start busy Fix login\nend idle Fix login\n");
	agent(BUSY);
	agent(IDLE);
	agent(BUSY);
	world_pass_s(14);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "start busy Fix login\n");
	agent(IDLE);
	world_pass_s(15);
	expect(&at, "end idle Fix login\n");
	assert_int_equal(world.delivery.showings.count, 0);
}

/* Returns: how often it began meanwhile. */
static int
work_for(int hours)
{
	int from = world.count;
	int starts = 0;

	for (int hour = 0; hour < hours; hour++) {
		world_pass_s(3600);
		agent(hour % 2 == 0 ? WAITING : BUSY);
	}
	for (int i = from; i < world.count; i++)
		starts += strstr(world.lines[i], "\"start\"") != NULL;
	return starts;
}

TEST(begins_anew_what_no_phone_shows_any_more)
{
	(void)begin();
	agent(BUSY);
	assert_int_equal(work_for(14), 1);
}

static void
set_clock(int64_t step_ms)
{
	world.set_ms += step_ms;
	outbox_follow_clock(world.outbox, step_ms);
	delivery_follow_clock(&world.delivery, step_ms);
}

TEST(ends_what_runs_though_the_clock_was_set)
{
	const int64_t years_ms = 10 * INT64_C(31536000000);
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	set_clock(years_ms);
	world_pass_s(30);
	agent(IDLE);
	expect(&at, "end idle Fix login\n");
	agent(BUSY);
	world_pass_s(60);
	expect(&at, "start busy Fix login\n");
	set_clock(-years_ms);
	assert_int_equal(work_for(11), 0);
	assert_int_equal(work_for(2), 1);
}

TEST(says_now_and_then_that_nothing_changed)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_pass_s(ACTIVITY_FRESH_MS / 1000 - 1);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "update busy Fix login\n");
}

TEST(forgets_what_did_not_come_to_be_news)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	agent(WAITING);
	agent(BUSY);
	world_pass_s(60);
	expect(&at, "");
}

TEST(tells_a_failure_as_such)
{
	int at = begin();

	agent(BUSY);
	agent(AGENT(SESSION("ses_1", "Fix login", "error")));
	expect(&at, "start busy Fix login\nend error Fix login\n");
}

TEST(ends_what_a_kill_left_running)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_kill();
	phone(SHOWS);
	world_wish(WISH);
	agent(IDLE);
	expect(&at, "end idle Fix login\n");
	/* And it is known that it did. */
	world_kill();
	phone(SHOWS);
	world_pass_s(120);
	expect(&at, "");
}

/* Seconds since 1970 of one that was told. */
static long long
second_of(const char *line)
{
	const char *ts = strstr(line, "\"ts\":");

	assert_non_null(ts);
	return strtoll(ts + strlen("\"ts\":"), NULL, 10) / 1000;
}

/* Apple takes none of the same second. */
TEST(tells_a_later_second_each_time_before_and_after_a_kill)
{
	int at = begin();

	agent(BUSY);
	agent(IDLE);
	agent(AGENT(SESSION("ses_2", "Fix login", "busy")));
	world_kill();
	agent(AGENT(SESSION("ses_2", "Fix login", "idle")));
	assert_int_equal(world.count - at, 4);
	for (int i = at + 1; i < world.count; i += 2)
		assert_true(
		    second_of(world.lines[i]) > second_of(world.lines[i - 1]));
}

TEST(goes_on_after_a_kill)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_kill();
	agent(BUSY);
	expect(&at, "update busy Fix login\n");
	agent(IDLE);
	expect(&at, "end idle Fix login\n");
}

TEST(ends_what_nobody_speaks_of_any_more)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	agent("{\"state\":\"offline\"}");
	world_pass_s(ACTIVITY_LOST_MS / 1000 - 1);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "end idle Fix login\n");
}

TEST(does_not_end_for_a_connection_that_comes_back)
{
	int at = begin();

	agent(BUSY);
	agent("{\"state\":\"offline\"}");
	world_pass_s(20);
	agent(BUSY);
	world_pass_s(60);
	expect(&at, "start busy Fix login\n");
}

TEST(ends_when_the_person_wants_it_no_more)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	world_wish("{\"progress\":true,\"mute\":{\"projects\":[\"webshop\"]}}");
	expect(&at, "end idle Fix login\n");
	world_wish(WISH);
	world_pass_s(15);
	expect(&at, "start busy Fix login\n");
	world_wish("{}");
	expect(&at, "end idle Fix login\n");
	world_wish("{\"progress\":true,\"enabled\":false}");
	expect(&at, "");
}

TEST(begins_nothing_in_quiet_hours)
{
	int at;

	phone(SHOWS);
	world_wish("{\"progress\":true,\"quiet\":[{\"from\":\"00:00\","
	           "\"to\":\"24:00\",\"tz\":\"UTC\"}]}");
	at = world.count;
	agent(BUSY);
	expect(&at, "");
	world_wish("{\"progress\":true,\"snooze_until\":9007199254740991}");
	expect(&at, "");
	world_wish(WISH);
	expect(&at, "start busy Fix login\n");
	world_wish("{\"progress\":true,\"snooze_until\":9007199254740991}");
	agent(IDLE);
	expect(&at, "end idle Fix login\n");
}

TEST(leaves_the_title_out_with_less_privacy_than_full)
{
	int at = begin();

	world_wish("{\"progress\":true,\"privacy\":\"title\"}");
	agent(BUSY);
	expect(&at, "start busy\n");
	assert_null(strstr(world.lines[at - 1], "webshop"));
	assert_null(strstr(world.lines[at - 1], "ses_1"));
	assert_null(strstr(world.lines[at - 1], "workstation"));
	agent(IDLE);
	world_wish("{\"progress\":true,\"privacy\":\"none\"}");
	agent(BUSY);
	world_pass_s(15);
	expect(&at, "end idle\nstart busy\n");
}

TEST(shows_four_turns_of_a_device_and_no_more)
{
	int at = begin();

	agent(AGENT(SESSION("ses_1", "1", "busy") "," SESSION("ses_2", "2",
	    "busy") "," SESSION("ses_3", "3", "waiting") "," SESSION("ses_4",
	    "4", "busy") "," SESSION("ses_5", "5", "busy")));
	assert_int_equal(world.count - at, SHOWING_DEVICE_MAX);
}

/* How many turns are told to begin on devices of such a name. */
static int
count_starts(const char *device)
{
	char begin[128];
	int count = 0;

	(void)snprintf(begin, sizeof(begin), "> %s", device);
	for (int i = 0; i < world.count; i++)
		count += strncmp(world.lines[i], begin, strlen(begin)) == 0 &&
		    strstr(world.lines[i], "\"start\"") != NULL;
	return count;
}

/* Each of her devices shows one turn before one of them shows all. */
TEST(shows_nobody_more_turns_than_a_share_of_all)
{
	char topic[64];

	(void)begin();
	for (int i = 0; i < 20; i++) {
		(void)snprintf(topic, sizeof(topic), "nudge/alice/device/d%02d",
		    i);
		world_retain(topic, SHOWS);
	}
	agent(AGENT(SESSION("ses_1", "1", "busy") "," SESSION("ses_2", "2",
	    "busy") "," SESSION("ses_3", "3", "waiting") "," SESSION("ses_4",
	    "4", "busy")));
	world_pass_s(2);
	assert_int_equal(count_starts("alice/"), SHOWING_USER_MAX);
	assert_true(count_starts("alice/d19") >= 1);
	world_retain("nudge/bob/device/phone", SHOWS);
	world_retain("nudge/bob/prefs", WISH);
	world_retain("nudge/bob/agent/workstation", BUSY);
	assert_int_equal(count_starts("bob/"), 1);
	agent(IDLE);
	world_pass_s(60);
	assert_int_equal(world.delivery.showings.count, 1);
	agent(BUSY);
	assert_int_equal(count_starts("alice/d19"), 4);
}

TEST(ends_what_runs_when_the_app_says_again_how)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	phone("{\"platform\":\"log\"}");
	agent(IDLE);
	world_pass_s(120);
	expect(&at, "");
	phone(SHOWS);
	expect(&at, "end idle Fix login\n");
}

TEST(forgets_what_a_device_showed_that_is_gone)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	phone("");
	agent(IDLE);
	world_pass_s(120);
	expect(&at, "");
	assert_int_equal(world.delivery.showings.count, 0);
	phone(SHOWS);
	world_pass_s(120);
	expect(&at, "");
}

/* What the service says to the last thing that was told. */
static void
answer(enum outcome outcome)
{
	struct service service = { .provider = &log_provider };
	const struct flight flight = {
		.job = -world.delivery.showings.last_number,
		.service = &service,
		.user = "alice",
		.device = "phone",
		.response.status = 410,
	};
	const struct verdict verdict = { .outcome = outcome };

	showing_settle(&world.delivery, &flight, &verdict);
}

TEST(tells_no_more_of_a_turn_that_was_refused)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	answer(OUTCOME_GONE);
	agent(WAITING);
	world_pass_s(3600);
	agent(IDLE);
	world_pass_s(60);
	expect(&at, "");
	agent(BUSY);
	expect(&at, "start busy Fix login\n");
}

TEST(waits_a_minute_after_what_was_not_taken)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	answer(OUTCOME_RETRY);
	agent(WAITING);
	world_pass_s(59);
	expect(&at, "");
	world_pass_s(1);
	expect(&at, "update waiting Fix login\n");
}

TEST(logs_of_each_user_the_first_that_were_not_taken)
{
	static struct lines lines;

	lines_init(&lines, &world.at, &world.others);
	world.delivery.lines = &lines;
	(void)begin();
	agent(BUSY);
	for (int i = 0; i < LINES_FIRST + 3; i++)
		answer(OUTCOME_RETRY);
	assert_string_equal(lines.of[0].user, "alice");
	assert_int_equal(lines.of[0].left_out, 3);
}

TEST(forgets_after_a_kill_what_nobody_shows_any_more)
{
	int at = begin();

	agent(BUSY);
	expect(&at, "start busy Fix login\n");
	documents_remove(world.documents, "nudge/alice/device/phone");
	documents_remove(world.documents, "nudge/alice/prefs");
	world_kill();
	assert_int_equal(world.delivery.showings.count, 1);
	world_pass_s(60);
	expect(&at, "");
	assert_int_equal(world.delivery.showings.count, 0);
	world_kill();
	assert_int_equal(world.delivery.showings.count, 0);
}

#define STORY(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(begins_and_ends_with_a_turn),
		STORY(tells_nobody_who_did_not_ask_for_it),
		STORY(tells_the_newest_state_once_in_fifteen_seconds),
		STORY(waits_for_room_no_longer_than_a_moment),
		STORY(begins_again_fifteen_seconds_later_and_not_before),
		STORY(begins_anew_what_no_phone_shows_any_more),
		STORY(ends_what_runs_though_the_clock_was_set),
		STORY(says_now_and_then_that_nothing_changed),
		STORY(forgets_what_did_not_come_to_be_news),
		STORY(tells_a_failure_as_such),
		STORY(ends_what_a_kill_left_running),
		STORY(tells_a_later_second_each_time_before_and_after_a_kill),
		STORY(goes_on_after_a_kill),
		STORY(ends_what_nobody_speaks_of_any_more),
		STORY(does_not_end_for_a_connection_that_comes_back),
		STORY(ends_when_the_person_wants_it_no_more),
		STORY(begins_nothing_in_quiet_hours),
		STORY(leaves_the_title_out_with_less_privacy_than_full),
		STORY(shows_four_turns_of_a_device_and_no_more),
		STORY(tells_no_more_of_a_turn_that_was_refused),
		STORY(waits_a_minute_after_what_was_not_taken),
		STORY(logs_of_each_user_the_first_that_were_not_taken),
		STORY(forgets_after_a_kill_what_nobody_shows_any_more),
		STORY(shows_nobody_more_turns_than_a_share_of_all),
		STORY(ends_what_runs_when_the_app_says_again_how),
		STORY(forgets_what_a_device_showed_that_is_gone),
	};

	return cmocka_run_group_tests_name("showing", tests, NULL, NULL);
}
