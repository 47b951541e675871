#include "base/text.h"
#include "core/notice.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define BELL "\xf0\x9f\x94\x94" /* four bytes */
#define SHIN "\xd7\xa9"         /* two bytes, written to the left */

static struct notice
write_looking(const struct event *event, const struct look *look)
{
	struct notice notice;

	notice_write(event, look, &notice);
	assert_true(text_is_utf8(notice.title, strlen(notice.title)));
	assert_true(text_is_utf8(notice.subtitle, strlen(notice.subtitle)));
	assert_true(text_is_utf8(notice.body, strlen(notice.body)));
	assert_in_range(strlen(notice.title), 1, NOTICE_TITLE_MAX);
	assert_in_range(strlen(notice.subtitle), 0, NOTICE_SUBTITLE_MAX);
	assert_in_range(strlen(notice.body), 1, NOTICE_BODY_MAX);
	return notice;
}

static struct notice
write_notice(const struct event *event)
{
	return write_looking(event, &(struct look){ .names_host = true });
}

static const struct {
	enum kind kind;
	const char *title;
	const char *with_session;
	const char *body;
} words[] = {
	{ KIND_PERMISSION_ASKED, "Permission needed",
	    "Permission needed: Fix login",
	    "The agent waits for your permission." },
	{ KIND_QUESTION_ASKED, "Question", "Question: Fix login",
	    "The agent waits for your answer." },
	{ KIND_SESSION_ERROR, "Failed", "Failed: Fix login",
	    "The agent stopped with an error." },
	{ KIND_SESSION_IDLE, "Finished", "Finished: Fix login",
	    "The agent finished its turn." },
	{ KIND_NOTE, "Note", "Note: Fix login", "Something happened." },
	{ KIND_TEST, "Test", "Test: Fix login",
	    "Notifications reach this device." },
};

TEST(has_words_for_an_event_that_brings_none)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const struct event bare = { .kind = words[i].kind };
		const struct event empty = {
			.kind = words[i].kind,
			.title = "",
			.session_title = "",
			.body = "",
		};
		struct notice notice = write_notice(&bare);

		assert_string_equal(notice.title, words[i].title);
		assert_string_equal(notice.subtitle, "");
		assert_string_equal(notice.body, words[i].body);
		notice = write_notice(&empty);
		assert_string_equal(notice.title, words[i].title);
		assert_string_equal(notice.body, words[i].body);
	}
}

TEST(names_the_session_behind_what_happened)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const struct event event = {
			.kind = words[i].kind,
			.session_title = "Fix login",
			.body = "done",
		};
		struct notice notice = write_notice(&event);

		assert_string_equal(notice.title, words[i].with_session);
		assert_string_equal(notice.body, "done");
	}
}

TEST(prefers_the_title_the_event_brings)
{
	const struct event event = {
		.kind = KIND_NOTE,
		.title = "Doorbell",
		.session_title = "Fix login",
		.body = "Somebody is\nat the door",
	};
	struct notice notice = write_notice(&event);

	assert_string_equal(notice.title, "Doorbell");
	assert_string_equal(notice.body, "Somebody is\nat the door");
}

TEST(says_which_project_on_which_host)
{
	static const struct {
		const char *project;
		const char *host;
		const char *subtitle;
	} cases[] = {
		{ "webshop", "workstation", "webshop \xc2\xb7 workstation" },
		{ "webshop", NULL, "webshop" },
		{ NULL, "workstation", "workstation" },
		{ NULL, NULL, "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct event event = {
			.kind = KIND_SESSION_IDLE,
			.project_name = cases[i].project,
			.host = cases[i].host,
		};
		struct notice notice = write_notice(&event);

		assert_string_equal(notice.subtitle, cases[i].subtitle);
	}
}

TEST(keeps_only_line_breaks_and_tabs_of_control_characters)
{
	const struct event event = {
		.kind = KIND_NOTE,
		.title = "a\xc2\x9b"
		         "31mb",
		.body = "a\r\n\tb\r\x1b[1mc\x01\x7f",
	};
	struct notice notice = write_notice(&event);

	assert_string_equal(notice.title, "a[U+009B]31mb");
	assert_string_equal(notice.body,
	    "a\n\tb[U+000D][U+001B][1mc[U+0001][U+007F]");
}

/* count times the same character. */
static const char *
repeat(char *out, const char *character, size_t count)
{
	size_t size = strlen(character);

	for (size_t i = 0; i < count; i++)
		memcpy(out + i * size, character, size);
	out[count * size] = '\0';
	return out;
}

TEST(ends_what_it_had_to_cut_with_an_ellipsis)
{
	char text[NOTICE_BODY_MAX + 2];
	struct event event = { .kind = KIND_NOTE };
	struct notice notice;

	event.body = repeat(text, "x", NOTICE_BODY_MAX);
	notice = write_notice(&event);
	assert_string_equal(notice.body, text);
	event.body = repeat(text, "x", NOTICE_BODY_MAX + 1);
	notice = write_notice(&event);
	assert_int_equal(strlen(notice.body), NOTICE_BODY_MAX);
	assert_memory_equal(notice.body, text, NOTICE_BODY_MAX - 3);
	assert_string_equal(notice.body + NOTICE_BODY_MAX - 3, ELLIPSIS);
}

TEST(cuts_a_title_and_a_subtitle_too)
{
	char text[EVENT_TITLE_MAX + 1];
	const struct event event = {
		.kind = KIND_PERMISSION_ASKED,
		.session_title = repeat(text, "x", EVENT_TITLE_MAX),
		.project_name = text,
		.host = "workstation",
	};
	struct notice notice = write_notice(&event);

	assert_int_equal(strlen(notice.title), NOTICE_TITLE_MAX);
	assert_memory_equal(notice.title, "Permission needed: x", 20);
	assert_string_equal(notice.title + NOTICE_TITLE_MAX - 3, ELLIPSIS);
	assert_int_equal(strlen(notice.subtitle), NOTICE_SUBTITLE_MAX);
	assert_string_equal(notice.subtitle + NOTICE_SUBTITLE_MAX - 3,
	    ELLIPSIS);
}

TEST(never_cuts_inside_a_character)
{
	static const char *const characters[] = { "x", SHIN, "\xe2\x82\xac",
		BELL };
	char text[4 * NOTICE_BODY_MAX + 8];

	for (size_t i = 0; i < COUNT_OF(characters); i++) {
		/* Each lead moves the cut by one byte. */
		for (size_t lead = 0; lead < 4; lead++) {
			struct event event = { .kind = KIND_NOTE };
			size_t max = EVENT_TITLE_MAX - lead;

			memset(text, '.', lead);
			(void)repeat(text + lead, characters[i],
			    NOTICE_BODY_MAX);
			event.body = text;
			(void)write_notice(&event);
			text[lead +
			    max / strlen(characters[i]) *
			        strlen(characters[i])] = '\0';
			event.title = text;
			event.project_name = text;
			(void)write_notice(&event);
		}
	}
}

#define JOINER "\xe2\x80\x8d"
#define FAMILY \
	"\xf0\x9f\x91\xa8" JOINER "\xf0\x9f\x91\xa9" JOINER "\xf0\x9f\x91\xa7"
#define FLAG "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"
#define DARK_THUMB "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbe"
#define KEYCAP "1\xef\xb8\x8f\xe2\x83\xa3"
#define ACCENTED "e\xcc\x81\xcc\xa3"

TEST(never_cuts_inside_what_a_reader_sees_as_one_character)
{
	static const char *const characters[] = { FAMILY, FLAG, DARK_THUMB,
		KEYCAP, ACCENTED, SHIN };

	for (size_t i = 0; i < COUNT_OF(characters); i++) {
		size_t size = strlen(characters[i]);

		for (size_t lead = 0; lead < size; lead++) {
			char text[EVENT_BODY_MAX + 1];
			struct event event = { .kind = KIND_NOTE,
				.body = text };
			struct notice notice;
			size_t shown;

			memset(text, '.', lead);
			(void)repeat(text + lead, characters[i],
			    (EVENT_BODY_MAX - lead) / size);
			notice = write_notice(&event);
			shown = strlen(notice.body) - strlen(ELLIPSIS);
			assert_string_equal(notice.body + shown, ELLIPSIS);
			assert_int_equal((shown - lead) % size, 0);
			/* And no more is cut than must be. */
			assert_true(
			    shown + size + strlen(ELLIPSIS) > NOTICE_BODY_MAX);
		}
	}
}

TEST(lets_no_text_turn_its_neighbours_around)
{
	const struct event event = {
		.kind = KIND_NOTE,
		.title = "a\xe2\x80\xae" SHIN "b",
		.project_name = "\xe2\x81\xa7p\xe2\x81\xa9",
		.host = "h",
		.body = "\xe2\x80\xaa\xe2\x80\xac",
	};
	struct notice notice = write_notice(&event);

	assert_string_equal(notice.title, "a[U+202E]" SHIN "b");
	assert_string_equal(notice.subtitle, "[U+2067]p[U+2069] \xc2\xb7 h");
	assert_string_equal(notice.body, "[U+202A][U+202C]");
}

/* The notice of an event as it is published. */
static struct notice
write_published(const char *text)
{
	const struct arrival arrival = {
		.payload = text,
		.len = strlen(text),
		.at_ms = INT64_C(1764000000000),
		.id = "evt_1",
	};
	struct fault fault = { "" };
	struct notice notice;
	struct event event;

	assert_int_equal(event_parse(&arrival, &event, &fault), STATUS_OK);
	notice = write_notice(&event);
	event_finish(&event);
	return notice;
}

TEST(shows_what_blank_lines_would_push_out_of_sight)
{
	char text[3 * EVENT_BODY_MAX];
	struct notice notice;

	(void)snprintf(text, sizeof(text),
	    "{\"kind\":\"permission.asked\",\"body\":\"ls%*s%s\"}", 4000, "",
	    "; rm -rf /");
	notice = write_published(text);
	assert_string_equal(notice.body, "ls[4000 spaces]; rm -rf /");
	assert_false(notice.is_cut);
	/* And what lies behind all that we keep is not there. */
	(void)snprintf(text, sizeof(text),
	    "{\"kind\":\"permission.asked\",\"body\":\"ls%*s%s\"}",
	    EVENT_BODY_MAX - 2, "", "; rm -rf /");
	notice = write_published(text);
	assert_string_equal(notice.body, "ls[4094 spaces]");
	assert_true(notice.is_cut);
}

#define PERMISSION "{\"kind\":\"permission.asked\""
#define QUESTION "{\"kind\":\"question.asked\""

TEST(says_what_is_asked_where_no_body_does)
{
	struct notice notice =
	    write_published(PERMISSION ",\"ask\":{\"tool\":\"bash\","
	                               "\"input\":\"rm -rf \u202ebuild\"}}");

	assert_string_equal(notice.body, "bash: rm -rf [U+202E]build");
	assert_false(notice.is_cut);
	notice = write_published(PERMISSION ",\"body\":\"Delete the build?\","
	                                    "\"ask\":{\"tool\":\"bash\"}}");
	assert_string_equal(notice.body, "Delete the build?");
	assert_false(notice.is_cut);
	notice = write_published(
	    QUESTION ",\"ask\":{\"questions\":[{\"text\":\"Go on?\","
	             "\"options\":[{\"label\":\"Yes\"}]}]}}");
	assert_string_equal(notice.body, "Go on?\n- Yes");
	assert_false(notice.is_cut);
}

TEST(knows_where_not_all_that_is_asked_is_shown)
{
	char body[NOTICE_BODY_MAX + 2];
	struct event event = { .kind = KIND_PERMISSION_ASKED };
	struct look look = { .names_host = true };

	assert_true(write_notice(&event).is_cut);
	event.body = " \t\n ";
	assert_true(write_notice(&event).is_cut);
	assert_string_equal(write_notice(&event).body,
	    "The agent waits for your permission.");
	event.body = repeat(body, "x", NOTICE_BODY_MAX);
	assert_false(write_notice(&event).is_cut);
	event.ask.is_cut = true;
	assert_true(write_notice(&event).is_cut);
	event.ask.is_cut = false;
	event.body = repeat(body, "x", NOTICE_BODY_MAX + 1);
	assert_true(write_notice(&event).is_cut);
	event.body = "ls";
	for (look.privacy = PRIVACY_FULL; look.privacy <= PRIVACY_NONE;
	     look.privacy++)
		assert_int_equal(write_looking(&event, &look).is_cut,
		    look.privacy != PRIVACY_FULL);
	assert_true(
	    write_published(PERMISSION ",\"ask\":{\"tool\":\"bash\","
	                               "\"input\":\"ls\",\"cut\":true}}")
	        .is_cut);
	assert_true(write_published(PERMISSION ",\"ask\":{}}").is_cut);
}

TEST(offers_words_only_for_a_question_that_they_answer)
{
	assert_true(write_published(
	    QUESTION ",\"ask\":{\"questions\":[{\"text\":\"Which?\"},"
	             "{\"text\":\"And how?\"}]}}")
	                .is_cut);
	assert_true(write_published(
	    QUESTION ",\"ask\":{\"questions\":[{\"text\":\"Go on?\","
	             "\"options\":[{\"label\":\"Yes\"}],\"custom\":false}]}}")
	                .is_cut);
	assert_false(write_published(QUESTION ",\"body\":\"Go on?\"}").is_cut);
}

TEST(shows_of_an_error_only_its_first_line)
{
	const struct event event = {
		.kind = KIND_SESSION_ERROR,
		.body = "Rate limit reached\n  at provider.ts:12",
	};

	assert_string_equal(write_notice(&event).body, "Rate limit reached");
}

static const struct event secret = {
	.kind = KIND_PERMISSION_ASKED,
	.project_name = "webshop",
	.host = "workstation",
	.session_title = "Fix login",
	.body = "rm -rf build",
};

TEST(names_the_host_only_where_there_are_several)
{
	const struct look look = { .names_host = false };

	assert_string_equal(write_looking(&secret, &look).subtitle, "webshop");
}

TEST(keeps_the_body_back_when_only_the_title_may_be_shown)
{
	const struct look look = { .privacy = PRIVACY_TITLE,
		.names_host = true };
	struct notice notice = write_looking(&secret, &look);

	assert_string_equal(notice.title, "Permission needed: Fix login");
	assert_string_equal(notice.subtitle, "");
	assert_string_equal(notice.body,
	    "The agent waits for your permission.");
}

TEST(says_nothing_at_all_when_nothing_may_be_shown)
{
	struct look look = { .privacy = PRIVACY_NONE, .names_host = true };
	struct notice notice = write_looking(&secret, &look);

	assert_memory_equal(&notice, &notice_neutral, sizeof(notice));
	look.digest = "3 finished";
	notice = write_looking(&secret, &look);
	assert_memory_equal(&notice, &notice_neutral, sizeof(notice));
}

TEST(stands_for_several)
{
	struct look look = { .digest = "2 finished, 1 failed",
		.names = "Finished: Fix login (2)\nFailed: Deploy" };
	struct notice notice = write_looking(&secret, &look);

	assert_string_equal(notice.title, "2 finished, 1 failed");
	assert_string_equal(notice.subtitle, "");
	assert_string_equal(notice.body, look.names);
	look.names = NULL;
	notice = write_looking(&secret, &look);
	assert_string_equal(notice.body, "2 finished, 1 failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_words_for_an_event_that_brings_none),
		cmocka_unit_test(names_the_session_behind_what_happened),
		cmocka_unit_test(prefers_the_title_the_event_brings),
		cmocka_unit_test(says_which_project_on_which_host),
		cmocka_unit_test(
		    keeps_only_line_breaks_and_tabs_of_control_characters),
		cmocka_unit_test(ends_what_it_had_to_cut_with_an_ellipsis),
		cmocka_unit_test(cuts_a_title_and_a_subtitle_too),
		cmocka_unit_test(never_cuts_inside_a_character),
		cmocka_unit_test(
		    never_cuts_inside_what_a_reader_sees_as_one_character),
		cmocka_unit_test(lets_no_text_turn_its_neighbours_around),
		cmocka_unit_test(
		    shows_what_blank_lines_would_push_out_of_sight),
		cmocka_unit_test(says_what_is_asked_where_no_body_does),
		cmocka_unit_test(knows_where_not_all_that_is_asked_is_shown),
		cmocka_unit_test(
		    offers_words_only_for_a_question_that_they_answer),
		cmocka_unit_test(shows_of_an_error_only_its_first_line),
		cmocka_unit_test(names_the_host_only_where_there_are_several),
		cmocka_unit_test(
		    keeps_the_body_back_when_only_the_title_may_be_shown),
		cmocka_unit_test(says_nothing_at_all_when_nothing_may_be_shown),
		cmocka_unit_test(stands_for_several),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
