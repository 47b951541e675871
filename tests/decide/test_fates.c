/* Whatever happens, in whatever order: each request ends in exactly one way, and
 * nothing comes after its end. */
#include "world.h"

#define ROUNDS 20
#define ASKS 12
#define STEPS 60

/* What a round does to its requests. */
struct fate {
	bool is_asked;
	bool is_answered;
	int64_t asked_ms;
	int64_t ended_ms; /* answered, or seen for ten seconds; 0 = not */
};

static struct fate asks[ASKS];
static uint32_t dice;

/* Dice that always fall the same way. */
static uint32_t
roll(uint32_t sides)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 8) % sides;
}

static const char *const wishes[] = {
	"{}",
	"{\"remind_s\":{\"permission.asked\":[60,300,1800]}}",
	"{\"remind_s\":{\"permission.asked\":[]}}",
	"{\"escalate\":[{\"after_s\":120,\"devices\":[\"tablet\"]}]}",
	"{\"quiet\":[{\"from\":\"16:10\",\"to\":\"16:40\",\"tz\":\"UTC\"}]}",
	"{\"snooze_until\":1764001800000}",
	"{\"snooze_until\":1764001800000,\"snooze_allow\":[\"note\"]}",
	"{\"rate\":{\"asks\":{\"burst\":1,\"per_minute\":1}}}",
	"{\"delay_s\":{\"permission.asked\":90},\"hold_s\":120}",
};

static void
publish(const char *leaf, const char *before, int number, const char *after)
{
	char topic[64];
	char text[512];

	(void)snprintf(topic, sizeof(topic), "nudge/alice/%s", leaf);
	(void)snprintf(text, sizeof(text), "%s%d%s", before, number, after);
	world_publish(topic, text);
}

static void
ask(int number)
{
	char rest[256];

	if (asks[number].is_asked)
		return;
	asks[number].is_asked = true;
	asks[number].asked_ms = world.now_ms;
	(void)snprintf(rest, sizeof(rest),
	    "\",\"kind\":\"permission.asked\",\"ttl_s\":7200,\"request\":{"
	    "\"id\":\"per_%d\"}}",
	    number);
	publish("event", "{\"id\":\"a", number, rest);
}

static void
answer(int number)
{
	if (!asks[number].is_asked || asks[number].is_answered)
		return;
	asks[number].is_answered = true;
	if (asks[number].ended_ms == 0)
		asks[number].ended_ms = world.now_ms;
	publish("event",
	    "{\"kind\":\"permission.replied\",\"request\":{\"id\":\"per_",
	    number, "\"}}");
}

static void
see(int number)
{
	if (!asks[number].is_asked)
		return;
	if (asks[number].ended_ms == 0)
		asks[number].ended_ms = world.now_ms;
	publish("ack", "{\"event\":\"a", number,
	    "\",\"device\":\"phone\",\"open_s\":10}");
}

static void
act(void)
{
	int number = (int)roll(ASKS);

	switch (roll(9)) {
	case 0:
	case 1:
	case 2:
		ask(number);
		return;
	case 3:
		answer(number);
		return;
	case 4:
		see(number);
		return;
	case 5:
		if (asks[number].is_asked)
			publish("ack", "a", number, "");
		return;
	case 6:
		world_retain("nudge/alice/presence/phone",
		    roll(2) == 0 ? "background" : "foreground");
		return;
	case 7:
		world_wish(wishes[roll(COUNT_OF(wishes))]);
		return;
	default:
		world_kill();
	}
}

static void
write_line(char text[128], int number, const char *device, const char *fate)
{
	(void)snprintf(text, 128, "a%d %s %s", number, device, fate);
}

/* When a fate was told last; 0 = it was not. */
static int64_t
last_ms(int number, const char *device, const char *fate)
{
	int64_t last = 0;
	char text[128];

	write_line(text, number, device, fate);
	for (int i = 0; i < world.count; i++) {
		if (strcmp(world.lines[i], text) == 0)
			last = world.times_ms[i];
	}
	return last;
}

static int
count(int number, const char *device, const char *fate)
{
	char text[128];

	write_line(text, number, device, fate);
	return world_count(text);
}

/* One device's end of one request: pushed, or one of the others, and no second
 * one; and nothing comes when it is over. */
static void
check(int number, const char *device)
{
	const struct fate *one = &asks[number];
	int64_t reminded_ms = last_ms(number, device, "pushed reminder");
	int ends = count(number, device, "pushed") -
	    count(number, device, "pushed reminder") +
	    count(number, device, "suppressed");

	if (!one->is_asked)
		return;
	if (ends != 1)
		fail_msg("a%d on %s ended %d times", number, device, ends);
	if (one->ended_ms != 0 && reminded_ms > one->ended_ms)
		fail_msg("a%d on %s was reminded of after its end", number,
		    device);
	if (reminded_ms > one->asked_ms + 7200 * 1000)
		fail_msg("a%d on %s was reminded of when it had expired",
		    number, device);
}

static void
play(uint32_t seed)
{
	dice = seed;
	memset(asks, 0, sizeof(asks));
	world_device("phone");
	world_device("tablet");
	for (int i = 0; i < STEPS; i++) {
		act();
		world_pass_s(roll(3) == 0 ? roll(1200) : roll(5));
	}
	world_wish("{}");
	world_pass_s(86400);
	for (int i = 0; i < ASKS; i++) {
		check(i, "phone");
		check(i, "tablet");
	}
	/* Nothing waits for ever. */
	assert_true(shelf_next_due(world.shelf) == INT64_MAX);
}

TEST(each_request_ends_in_one_way_and_nothing_comes_after_it)
{
	for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
		assert_int_equal(world_set_up(NULL), 0);
		play(seed);
		assert_int_equal(world_tear_down(NULL), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_request_ends_in_one_way_and_nothing_comes_after_it),
	};

	return cmocka_run_group_tests_name("fates", tests, NULL, NULL);
}
