/* A day of three agents on two hosts, told as a diary: docs/a-day.md. With DAY_FILE
 * set, the diary is written there. */
#include "world.h"

#define GOLDEN "docs/a-day.md"
#define DIARY_MAX 131072
#define WILD_LINES 4

/* 24 November 2025, 08:30 UTC, a Monday. */
#define MORNING_MS INT64_C(1763973000000)

struct happening {
	const char *time; /* "09:02:10" */
	const char *what; /* in the diary */
	const char *leaf; /* of alice's topics */
	const char *text;
};

#define LOGIN                                                          \
	"\"host\":\"workstation\",\"project\":{\"name\":\"webshop\"}," \
	"\"session\":{\"id\":\"ses_login\",\"title\":\"Fix login\"}"
#define DOCS                                                        \
	"\"host\":\"workstation\",\"project\":{\"name\":\"blog\"}," \
	"\"session\":{\"id\":\"ses_docs\",\"title\":\"Tidy the docs\"}"
#define PORT                                                     \
	"\"host\":\"laptop\",\"project\":{\"name\":\"engine\"}," \
	"\"session\":{\"id\":\"ses_port\",\"title\":\"Port to ARM\"}"
#define ASKS(id, who, body)                                     \
	"{\"id\":\"" id "\",\"kind\":\"permission.asked\"," who \
	",\"body\":\"" body "\",\"request\":{\"id\":\"per_" id "\"}}"
#define WONDERS(id, who, body)                                \
	"{\"id\":\"" id "\",\"kind\":\"question.asked\"," who \
	",\"body\":\"" body "\",\"request\":{\"id\":\"que_" id "\"}}"
#define ANSWERED(id, who)                       \
	"{\"kind\":\"permission.replied\"," who \
	",\"request\":{\"id\":\"per_" id "\"}}"
#define REPLIED(id, who)                                                       \
	"{\"kind\":\"question.replied\"," who ",\"request\":{\"id\":\"que_" id \
	"\"}}"
#define FINISHED(id, who) \
	"{\"id\":\"" id "\",\"kind\":\"session.idle\"," who "}"
#define FAILED(id, who, body)                                \
	"{\"id\":\"" id "\",\"kind\":\"session.error\"," who \
	",\"body\":\"" body "\"}"

#define LUNCH "\"quiet\":[{\"from\":\"12:30\",\"to\":\"13:30\",\"tz\":\"UTC\"}]"
#define USUAL                                                          \
	"\"gather_s\":30,\"escalate\":[{\"after_s\":300,\"devices\":[" \
	"\"tablet\"]}]"

static const struct happening day[] = {
	{ "08:45:00", "Fix login asks for npm install", "event",
	    ASKS("m1", LOGIN, "npm install") },
	{ "08:45:00", "... which a rule of the agent allows", "event",
	    ANSWERED("m1", LOGIN) },
	{ "09:02:00", "Tidy the docs finishes", "event", FINISHED("m2", DOCS) },
	{ "09:02:12", "Port to ARM finishes", "event", FINISHED("m3", PORT) },
	{ "09:02:20", "Fix login finishes", "event", FINISHED("m4", LOGIN) },
	{ "09:20:00", "Fix login asks for git push", "event",
	    ASKS("a1", LOGIN, "git push --force") },
	{ "09:21:00", "Alice opens the page, and glances at it",
	    "presence/phone", "{\"state\":\"foreground\",\"ttl_s\":60}" },
	{ "09:21:02", "", "ack", "{\"event\":\"a1\",\"device\":\"phone\"}" },
	{ "09:21:05", "... and puts the phone away", "presence/phone",
	    "background" },
	{ "09:37:00", "she allows it", "event", ANSWERED("a1", LOGIN) },
	{ "10:05:00", "Port to ARM wonders which cache to use", "event",
	    WONDERS("q1", PORT, "Which cache?") },
	{ "10:06:00", "Alice reads it for twelve seconds", "ack",
	    "{\"event\":\"q1\",\"device\":\"phone\",\"open_s\":12}" },
	{ "10:40:00", "and answers when she knows", "event",
	    REPLIED("q1", PORT) },
	{ "11:00:00", "Port to ARM fails, and again", "event",
	    FAILED("e1", PORT, "ld: cannot find -lm") },
	{ "11:00:03", "Alice looks at the page while Tidy the docs asks",
	    "presence/phone", "{\"state\":\"foreground\",\"ttl_s\":60}" },
	{ "11:00:05", "", "event", ASKS("a2", DOCS, "rm -rf build") },
	{ "11:00:07", "and allows it there", "event", ANSWERED("a2", DOCS) },
	{ "11:00:30", "she puts the phone away", "presence/phone",
	    "background" },
	{ "12:29:00", "Fix login asks for sudo", "event",
	    ASKS("a3", LOGIN, "sudo make install") },
	{ "12:35:00", "lunch: Tidy the docs finishes", "event",
	    FINISHED("l1", DOCS) },
	{ "12:50:00", "Port to ARM fails", "event",
	    FAILED("l2", PORT, "No space left on device") },
	{ "13:05:00", "somebody rings", "event",
	    "{\"id\":\"l3\",\"kind\":\"note\",\"title\":\"Doorbell\"}" },
	{ "13:10:00", "the backup is done", "event",
	    "{\"id\":\"l4\",\"kind\":\"note\",\"title\":\"Backup done\"}" },
	{ "13:15:00", "Port to ARM tries again and finishes", "event",
	    FINISHED("l5", PORT) },
	{ "13:40:00", "Alice allows sudo", "event", ANSWERED("a3", LOGIN) },
	{ "14:00:00", "a meeting: Alice snoozes until 15:00", "prefs/set",
	    "{\"snooze_until\":1763996400000}" },
	{ "14:10:00", "Tidy the docs asks twice", "event",
	    ASKS("s1", DOCS, "npx prettier --write .") },
	{ "14:11:00", "", "event", ASKS("s2", DOCS, "git commit -a") },
	{ "14:20:00", "Fix login finishes", "event", FINISHED("s3", LOGIN) },
	{ "14:30:00", "somebody at the desk answers one", "event",
	    ANSWERED("s1", DOCS) },
	{ "14:40:00", "Port to ARM finishes", "event", FINISHED("s4", PORT) },
	{ "15:10:00", "Alice allows the other", "event", ANSWERED("s2", DOCS) },
	{ "15:30:00", "Fix login goes wild", "wild", "" },
	{ "15:31:30", "and is stopped", "event",
	    "{\"kind\":\"session.deleted\"," LOGIN "}" },
	{ "16:20:00", "the bridge is killed, and comes back", "kill", "" },
	{ "16:30:00", "Tidy the docs finishes for today", "event",
	    FINISHED("z1", DOCS) },
	{ "16:45:00", "", "", "" },
};

static char diary[DIARY_MAX];
static size_t len;

static void
write_time(int64_t at_ms)
{
	int64_t second = at_ms / 1000 % 86400;

	len += (size_t)snprintf(diary + len, DIARY_MAX - len, "%02d:%02d:%02d",
	    (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* What was pushed, and what was not and why. A device that hears of it now and
 * what was accepted are no news. */
static void
write_lines(int *from)
{
	for (; *from < world.count; (*from)++) {
		const char *line = world.lines[*from];
		bool is_push = strncmp(line, "> alice/", 8) == 0;

		if (!is_push && strstr(line, " pushed") != NULL)
			continue;
		len += (size_t)snprintf(diary + len, DIARY_MAX - len, "  ");
		write_time(world.times_ms[*from]);
		len += (size_t)snprintf(diary + len, DIARY_MAX - len,
		    is_push ? "  PUSH %s\n" : "       %s\n",
		    is_push ? line + 8 : line);
	}
}

static int64_t
time_of(const char *text)
{
	int hour = atoi(text);
	int minute = atoi(text + 3);
	int second = atoi(text + 6);

	return MORNING_MS / 86400000 * 86400000 +
	    ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
}

/* Two hundred permissions in a minute. */
static void
go_wild(void)
{
	for (int i = 0; i < 200; i++) {
		char text[512];

		(void)snprintf(text, sizeof(text),
		    "{\"id\":\"w%d\",\"kind\":\"permission.asked\"," LOGIN
		    ",\"body\":\"curl http://10.0.0.%d\",\"request\":{\"id\":"
		    "\"per_w%d\"}}",
		    i, i, i);
		world_event(text);
		world_pass_ms(300);
	}
}

static void
do_one(const struct happening *one)
{
	char topic[64];

	(void)snprintf(topic, sizeof(topic), "nudge/alice/%s", one->leaf);
	if (strcmp(one->leaf, "wild") == 0)
		go_wild();
	else if (strcmp(one->leaf, "kill") == 0)
		world_kill();
	else if (strncmp(one->leaf, "presence", 8) == 0)
		world_retain(topic, one->text);
	else if (*one->leaf != '\0')
		world_publish(topic, one->text);
}

/* One of the wild minute, but for what stands for several. */
static bool
is_wild(const char *line)
{
	const char *event = strstr(line, " w");

	return (event != NULL && event[2] >= '0' && event[2] <= '9') ||
	    (strstr(line, "curl http") != NULL &&
	        strstr(line, " wait in ") == NULL);
}

/* Of the wild minute only its begin is worth its lines. */
static void
shorten(void)
{
	char *line = diary;
	char *out = diary;
	int count = 0;

	while (*line != '\0') {
		char *end = strchr(line, '\n');

		*end = '\0';
		count += is_wild(line);
		if (is_wild(line) && count == WILD_LINES + 1)
			line = memcpy(end - 5, "  ...", 5);
		if (!is_wild(line) || count <= WILD_LINES) {
			memmove(out, line, (size_t)(end - line));
			out += end - line;
			*out++ = '\n';
		}
		line = end + 1;
	}
	*out = '\0';
	len = (size_t)(out - diary);
}

static void
live(void)
{
	int from = world.count;

	for (size_t i = 0; i < COUNT_OF(day); i++) {
		int64_t at_ms = time_of(day[i].time);

		world_pass_ms(at_ms - world.now_ms);
		write_lines(&from);
		if (*day[i].what != '\0') {
			write_time(world.now_ms);
			len += (size_t)snprintf(diary + len, DIARY_MAX - len,
			    "  %s\n", day[i].what);
		}
		do_one(&day[i]);
		write_lines(&from);
	}
}

/* What stands between the marks of the page. */
static void
read_golden(char *text, size_t size)
{
	FILE *file = fopen(GOLDEN, "r");
	char *begin;
	char *end;
	size_t got;

	assert_non_null(file);
	got = fread(text, 1, size - 1, file);
	(void)fclose(file);
	text[got] = '\0';
	begin = strstr(text, "```text\n");
	assert_non_null(begin);
	begin += strlen("```text\n");
	end = strstr(begin, "```");
	assert_non_null(end);
	*end = '\0';
	memmove(text, begin, strlen(begin) + 1);
}

static void
write_out(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fwrite(diary, 1, len, file);
	(void)fclose(file);
}

TEST(a_day_reads_as_its_diary)
{
	static char golden[DIARY_MAX];
	const char *path = getenv("DAY_FILE");

	world_close();
	world.now_ms = MORNING_MS;
	world_open();
	world_device("phone");
	world_device("tablet");
	world_wish("{" USUAL "," LUNCH "}");
	live();
	shorten();
	if (path != NULL)
		write_out(path);
	read_golden(golden, sizeof(golden));
	assert_string_equal(diary, golden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_day_reads_as_its_diary,
		    world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests_name("day", tests, NULL, NULL);
}
