#include "base/text.h"
#include "core/notice.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define BELL "\xf0\x9f\x94\x94" /* four bytes */
#define SHIN "\xd7\xa9"         /* two bytes, written to the left */

static struct notice
write_notice(const struct event *event)
{
	struct notice notice;

	notice_write(event, &notice);
	assert_true(text_is_utf8(notice.title, strlen(notice.title)));
	assert_true(text_is_utf8(notice.subtitle, strlen(notice.subtitle)));
	assert_true(text_is_utf8(notice.body, strlen(notice.body)));
	assert_in_range(strlen(notice.title), 1, NOTICE_TITLE_MAX);
	assert_in_range(strlen(notice.subtitle), 0, NOTICE_SUBTITLE_MAX);
	assert_in_range(strlen(notice.body), 1, NOTICE_BODY_MAX);
	return notice;
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
		.body = "a\n\tb\r\x1b[1mc\x01\x7f",
	};
	struct notice notice = write_notice(&event);

	assert_string_equal(notice.body, "a\n\tb  [1mc  ");
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
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
