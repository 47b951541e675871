#include "push/progress.h"
#include "sample.h"

#include <stdio.h>

#define TURN "X-gAdXUeO1bk8xh6xIXxhA"
#define PHONE                                                               \
	"{\"platform\":\"apns\",\"token\":\"aa\",\"topic\":"                \
	"\"dev.example.app\",\"servers\":{\"workstation\":\"" SAMPLE_SERVER \
	"\"},\"progress\":{\"start\":\"00AA\",\"turns\":{\"" TURN           \
	"\":\"11bb\"}}}"
#define SEALED                                                               \
	"{\"platform\":\"apns\",\"token\":\"aa\",\"topic\":"                 \
	"\"dev.example.app\",\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT        \
	"\",\"auth\":\"" SAMPLE_AUTH "\"},\"progress\":{\"start\":\"00aa\"," \
	"\"turns\":{\"" TURN "\":\"11bb\"}}}"
#define BROWSER                                                       \
	"{\"platform\":\"webpush\",\"endpoint\":"                     \
	"\"https://ntfy.sh/up\",\"keys\":{\"p256dh\":\"" SAMPLE_POINT \
	"\",\"auth\":\"" SAMPLE_AUTH "\"}%s}"

static const struct agent_session session = {
	.id = "ses_1",
	.title = "Fix \"login\"",
	.project = "webshop",
	.doing = AGENT_BUSY,
	.since_ms = INT64_C(1763999900000),
};

static const struct event busy = {
	.id = "progress-1-1764000000123",
	.kind = KIND_SESSION_BUSY,
	.host = "workstation",
	.session_id = "ses_1",
	.expires_ms = INT64_C(1764001800123),
};

static struct progress
progress_of(enum activity_step step)
{
	return (struct progress){
		.step = step,
		.session = &session,
		.ts_ms = INT64_C(1764000000123),
		.stale_ms = INT64_C(1764001800123),
	};
}

/* What a step becomes; finish it. */
static struct request
encode(const struct provider *provider, const char *device,
    enum activity_step step, enum privacy privacy)
{
	const struct progress progress = progress_of(step);
	const struct look look = { .privacy = privacy, .sound = "" };
	const struct sample sample = {
		.device = device,
		.settings = "[webpush]\nsubject = mailto:a@example.org\n",
		.authorization = "TOKEN",
		.event = &busy,
		.look = &look,
		.purpose = PURPOSE_PROGRESS,
		.progress = &progress,
	};

	return sample_encode(provider, &sample);
}

#define HEADERS(priority)                                      \
	"authorization: bearer TOKEN\n"                        \
	"content-type: application/json\n"                     \
	"apns-push-type: liveactivity\n"                       \
	"apns-topic: dev.example.app.push-type.liveactivity\n" \
	"apns-id: 4784d61a-8e1a-87f0-90b8-333b165d7165\n"      \
	"apns-expiration: 1764001800\n"                        \
	"apns-priority: " priority "\n"
#define STATE                                                            \
	"\"content-state\":{\"state\":\"busy\",\"since\":1763999900000," \
	"\"title\":\"Fix \\\"login\\\"\",\"project\":\"webshop\","       \
	"\"session_id\":\"ses_1\",\"host\":\"workstation\",\"href\":"    \
	"\"/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1\"}"
#define BARE "\"content-state\":{\"state\":\"busy\",\"since\":1763999900000}"
#define STALE "\"stale-date\":1764001800"

TEST(begins_a_live_activity_with_words_of_its_own)
{
	struct request request =
	    encode(&apns_provider, PHONE, ACTIVITY_START, PRIVACY_FULL);

	assert_string_equal(buf_text(&request.url),
	    "https://api.push.apple.com/3/device/00aa");
	assert_string_equal(buf_text(&request.headers), HEADERS("5"));
	sample_assert_body(&request,
	    "{\"aps\":{\"timestamp\":1764000000,\"event\":\"start\"," STATE
	    ",\"attributes-type\":\"NudgeTurn\",\"attributes\":{\"id\":\"" TURN
	    "\"},\"alert\":{\"title\":\"Working: Fix \\\"login\\\"\","
	    "\"body\":\"webshop\"}," STALE "}}");
	request_finish(&request);
}

TEST(updates_it_at_its_own_token)
{
	struct request request =
	    encode(&apns_provider, PHONE, ACTIVITY_UPDATE, PRIVACY_FULL);

	assert_string_equal(buf_text(&request.url),
	    "https://api.push.apple.com/3/device/11bb");
	assert_string_equal(buf_text(&request.headers), HEADERS("5"));
	sample_assert_body(&request,
	    "{\"aps\":{\"timestamp\":1764000000,\"event\":\"update\"," STATE
	    "," STALE "}}");
	request_finish(&request);
}

TEST(ends_it_at_once_and_lets_it_go_later)
{
	struct request request =
	    encode(&apns_provider, PHONE, ACTIVITY_END, PRIVACY_FULL);

	assert_string_equal(buf_text(&request.headers), HEADERS("10"));
	sample_assert_body(&request,
	    "{\"aps\":{\"timestamp\":1764000000,\"event\":\"end\"," STATE
	    ",\"dismissal-date\":1764000300}}");
	request_finish(&request);
}

TEST(tells_apple_nothing_but_the_state_unless_all_may_be_told)
{
	static const enum privacy privacies[] = { PRIVACY_TITLE, PRIVACY_NONE };

	for (size_t i = 0; i < COUNT_OF(privacies); i++) {
		struct request request =
		    encode(&apns_provider, PHONE, ACTIVITY_START, privacies[i]);

		sample_assert_body(&request,
		    "{\"aps\":{\"timestamp\":1764000000,\"event\":\"start\"," BARE
		    ",\"attributes-type\":\"NudgeTurn\",\"attributes\":"
		    "{\"id\":\"" TURN "\"},\"alert\":{\"title\":\"nudge\","
		    "\"body\":\"There is news from your agents.\"}," STALE
		    "}}");
		request_finish(&request);
	}
}

TEST(seals_the_words_for_the_widget)
{
	struct request request =
	    encode(&apns_provider, SEALED, ACTIVITY_START, PRIVACY_FULL);
	const char *body = buf_text(&request.body);

	assert_in_range(request.body.len, 1, 4096);
	assert_null(strstr(body, "login"));
	assert_null(strstr(body, "webshop"));
	assert_null(strstr(body, "ses_1"));
	assert_null(strstr(body, "workstation"));
	assert_non_null(strstr(body, "\"since\":1763999900000,\"e\":\""));
	assert_non_null(strstr(body, "\"title\":\"nudge\""));
	request_finish(&request);
}

/* Whether a registration can be told of a step. */
static bool
shows(const struct provider *provider, const char *registration,
    enum activity_step step)
{
	const struct progress progress = progress_of(step);
	struct fault fault = { "" };
	struct device device;
	const struct job job = {
		.purpose = PURPOSE_PROGRESS,
		.event = &busy,
		.device = &device,
		.user = "alice",
		.device_name = "phone",
		.key = sample_key,
		.progress = &progress,
	};
	bool is_shown;

	assert_int_equal(device_parse(registration, strlen(registration),
	                     &device, &fault),
	    STATUS_OK);
	is_shown = provider->shows(&job);
	device_finish(&device);
	return is_shown;
}

TEST(needs_a_token_for_each_step)
{
	static const char no_start[] =
	    "{\"platform\":\"apns\",\"progress\":{\"turns\":{\"" TURN
	    "\":\"11bb\"}}}";
	static const char no_turn[] =
	    "{\"platform\":\"apns\",\"progress\":{\"start\":\"00aa\","
	    "\"turns\":{\"other\":\"11bb\"}}}";

	assert_false(shows(&apns_provider, no_start, ACTIVITY_START));
	assert_true(shows(&apns_provider, no_start, ACTIVITY_UPDATE));
	assert_true(shows(&apns_provider, no_start, ACTIVITY_END));
	assert_true(shows(&apns_provider, no_turn, ACTIVITY_START));
	assert_false(shows(&apns_provider, no_turn, ACTIVITY_UPDATE));
	assert_false(shows(&apns_provider, no_turn, ACTIVITY_END));
}

TEST(takes_only_tokens_that_are_hexadecimal)
{
	assert_string_equal(sample_check(&apns_provider, PHONE, ""), "");
	assert_string_equal(
	    sample_check(&apns_provider,
	        "{\"platform\":\"apns\",\"token\":\"aa\",\"topic\":\"a.b\","
	        "\"progress\":{\"start\":\"../\"}}",
	        ""),
	    "progress.start: must be hexadecimal");
	assert_string_equal(
	    sample_check(&apns_provider,
	        "{\"platform\":\"apns\",\"token\":\"aa\",\"topic\":\"a.b\","
	        "\"progress\":{\"turns\":{\"t\":\"00/\"}}}",
	        ""),
	    "progress.turns.t: must be hexadecimal");
}

TEST(seals_it_whole_for_an_app_with_web_push)
{
	char device[512];
	struct request request;

	(void)snprintf(device, sizeof(device), BROWSER, ",\"progress\":{}");
	request =
	    encode(&webpush_provider, device, ACTIVITY_UPDATE, PRIVACY_FULL);
	assert_string_equal(buf_text(&request.headers),
	    "authorization: TOKEN\n"
	    "content-encoding: aes128gcm\n"
	    "content-type: application/octet-stream\n"
	    "ttl: 1800\n"
	    "urgency: low\n"
	    "topic: " TURN "\n");
	request_finish(&request);
	request = encode(&webpush_provider, device, ACTIVITY_END, PRIVACY_FULL);
	assert_non_null(
	    strstr(buf_text(&request.headers), "urgency: normal\n"));
	request_finish(&request);
}

TEST(tells_no_browser)
{
	char device[512];

	(void)snprintf(device, sizeof(device), BROWSER, "");
	assert_false(shows(&webpush_provider, device, ACTIVITY_UPDATE));
	(void)snprintf(device, sizeof(device), BROWSER, ",\"progress\":{}");
	assert_true(shows(&webpush_provider, device, ACTIVITY_UPDATE));
	assert_null(fcm_provider.shows);
	assert_null(ntfy_provider.shows);
}

TEST(says_in_a_message_which_turn_and_until_when)
{
	struct request request = encode(&log_provider, "{\"platform\":\"log\"}",
	    ACTIVITY_UPDATE, PRIVACY_FULL);
	const char *line = buf_text(&request.body);

	assert_string_equal(line,
	    "alice/phone: {\"progress\":{\"id\":\"" TURN
	    "\",\"event\":\"update\",\"ts\":1764000000123,"
	    "\"stale\":1764001800123,\"state\":\"busy\","
	    "\"since\":1763999900000,\"title\":\"Fix \\\"login\\\"\","
	    "\"project\":\"webshop\",\"session_id\":\"ses_1\","
	    "\"host\":\"workstation\"}}");
	request_finish(&request);
	request = encode(&log_provider, "{\"platform\":\"log\"}",
	    ACTIVITY_UPDATE, PRIVACY_TITLE);
	assert_null(strstr(buf_text(&request.body), "login"));
	assert_null(strstr(buf_text(&request.body), "ses_1"));
	request_finish(&request);
}

/* A title of what hides, each character as long as its mark. */
static struct agent_session
hidden_session(void)
{
	struct agent_session hidden = session;
	char *end = hidden.title;

	while (end + 3 < hidden.title + AGENT_LINE_MAX) {
		memcpy(end, "\xe2\x80\xae", 4);
		end += 3;
	}
	memset(hidden.project, '"', AGENT_LINE_MAX);
	memset(hidden.id, 'i', 64);
	return hidden;
}

TEST(marks_what_hides_and_always_fits)
{
	const struct agent_session hidden = hidden_session();
	struct progress progress = progress_of(ACTIVITY_START);
	const struct look look = { .privacy = PRIVACY_FULL, .sound = "" };
	struct event event = busy;
	const struct sample sample = {
		.device = SEALED,
		.authorization = "TOKEN",
		.event = &event,
		.look = &look,
		.purpose = PURPOSE_PROGRESS,
		.progress = &progress,
	};
	struct sample open = sample;
	struct request request;

	progress.session = &hidden;
	event.session_id = event.host = hidden.id;
	request = sample_encode(&apns_provider, &sample);
	assert_in_range(request.body.len, 1, 4096);
	request_finish(&request);
	open.device = PHONE;
	request = sample_encode(&apns_provider, &open);
	assert_non_null(strstr(buf_text(&request.body), "[U+202E][U+202E]"));
	assert_null(strstr(buf_text(&request.body), "\xe2\x80\xae"));
	request_finish(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_a_live_activity_with_words_of_its_own),
		cmocka_unit_test(updates_it_at_its_own_token),
		cmocka_unit_test(ends_it_at_once_and_lets_it_go_later),
		cmocka_unit_test(
		    tells_apple_nothing_but_the_state_unless_all_may_be_told),
		cmocka_unit_test(seals_the_words_for_the_widget),
		cmocka_unit_test(needs_a_token_for_each_step),
		cmocka_unit_test(takes_only_tokens_that_are_hexadecimal),
		cmocka_unit_test(seals_it_whole_for_an_app_with_web_push),
		cmocka_unit_test(tells_no_browser),
		cmocka_unit_test(says_in_a_message_which_turn_and_until_when),
		cmocka_unit_test(marks_what_hides_and_always_fits),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
