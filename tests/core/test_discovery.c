#include "core/discovery.h"
#include "core/event.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME \
	"0123456789012345678901234567890123456789012345678901234567890_-_"

/* The messages of a discovery; text and topic are the caller's. */
static void
write_one(const struct discovery *discovery, size_t number, struct buf *topic,
    struct buf *payload)
{
	buf_init(topic, DISCOVERY_TOPIC_MAX);
	buf_init(payload, DISCOVERY_PAYLOAD_MAX);
	discovery_write(discovery, number, topic, payload);
	assert_int_equal(buf_status(topic), STATUS_OK);
	assert_int_equal(buf_status(payload), STATUS_OK);
}

static void
assert_line(const struct discovery *discovery, size_t number, char *line)
{
	struct buf payload;
	struct buf topic;

	write_one(discovery, number, &topic, &payload);
	assert_string_equal(strsep(&line, "\t"), buf_text(&topic));
	assert_string_equal(line, buf_text(&payload));
	assert_true(discovery_has(discovery, buf_text(&topic)));
	buf_finish(&payload);
	buf_finish(&topic);
}

TEST(says_what_home_assistant_was_seen_to_take)
{
	FILE *file = fopen("tests/vectors/discovery.tsv", "re");
	char before[256] = "";
	size_t number = 0;
	size_t size = 0;
	char *line = NULL;
	int count = 0;

	assert_non_null(file);
	for (; getline(&line, &size, file) > 0; count++) {
		struct discovery discovery = { .prefix = "homeassistant" };
		char *rest = line;
		char head[256];
		char *form;

		rest[strcspn(rest, "\n")] = '\0';
		form = strsep(&rest, "\t");
		discovery.form = strcmp(form, "device") == 0
		    ? DISCOVERY_DEVICE
		    : DISCOVERY_COMPONENT;
		discovery.root = strsep(&rest, "\t");
		discovery.bridge = strsep(&rest, "\t");
		discovery.user = strsep(&rest, "\t");
		discovery.version = "1.2.3";
		(void)snprintf(head, sizeof(head), "%s %s %s %s", form,
		    discovery.root, discovery.bridge, discovery.user);
		if (*discovery.user == '\0')
			discovery.user = NULL;
		number = strcmp(head, before) == 0 ? number + 1 : 0;
		assert_line(&discovery, number, rest);
		(void)snprintf(before, sizeof(before), "%s", head);
	}
	assert_int_equal(count, 2 * (1 + 1) + 2 * (15 + 8));
	free(line);
	(void)fclose(file);
}

TEST(tells_every_kind_of_event)
{
	const struct discovery discovery = { .prefix = "h",
		.root = "nudge",
		.bridge = "nudge",
		.user = "me",
		.version = "1",
		.form = DISCOVERY_DEVICE };
	struct buf payload;
	struct buf topic;

	write_one(&discovery, 0, &topic, &payload);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		char quoted[64];

		(void)snprintf(quoted, sizeof(quoted), "'%s'",
		    kind_str((enum kind)kind));
		assert_non_null(strstr(buf_text(&payload), quoted));
		(void)snprintf(quoted, sizeof(quoted), "\"%s\"",
		    kind_str((enum kind)kind));
		assert_non_null(strstr(buf_text(&payload), quoted));
	}
	buf_finish(&payload);
	buf_finish(&topic);
}

TEST(has_room_for_the_longest_names)
{
	for (int form = DISCOVERY_DEVICE; form <= DISCOVERY_COMPONENT; form++) {
		const struct discovery discovery = {
			.prefix = LONGEST_NAME "/" LONGEST_NAME,
			.root = LONGEST_NAME,
			.bridge = LONGEST_NAME,
			.user = LONGEST_NAME,
			.version = "1.2.3",
			.form = (enum discovery_form)form,
		};

		for (size_t i = 0; i < discovery_count(&discovery); i++) {
			struct buf payload;
			struct buf topic;

			write_one(&discovery, i, &topic, &payload);
			assert_true(payload.len < 16384);
			buf_finish(&payload);
			buf_finish(&topic);
		}
	}
}

TEST(says_nothing_where_nobody_asked)
{
	struct discovery discovery = { .form = DISCOVERY_OFF };

	assert_int_equal(discovery_count(&discovery), 0);
	assert_false(discovery_has(&discovery, "homeassistant/x"));
	discovery.form = DISCOVERY_WHEN_SEEN;
	assert_int_equal(discovery_count(&discovery), 0);
}

TEST(gives_no_two_devices_one_topic)
{
	static const char *const worlds[][3] = {
		{ "a", "b", "c_d" },
		{ "a_c", "b", "d" },
		{ "a", "d_b", "c" },
		{ "a", "b", "c-d" },
		{ "a", "b", "c-_d" },
		{ "a", "b", "c_-d" },
		{ "a", "b-", "c" },
		{ "a", "b", "c-" },
		{ "a", "b", NULL },
		{ "a", "b", "Bridge" },
	};
	char topics[COUNT_OF(worlds)][DISCOVERY_TOPIC_MAX];

	for (size_t i = 0; i < COUNT_OF(worlds); i++) {
		const struct discovery discovery = { .prefix = "h",
			.root = worlds[i][0],
			.bridge = worlds[i][1],
			.user = worlds[i][2],
			.version = "1",
			.form = DISCOVERY_DEVICE };
		struct buf topic;

		buf_init(&topic, DISCOVERY_TOPIC_MAX);
		discovery_write(&discovery, 0, &topic, NULL);
		(void)snprintf(topics[i], sizeof(topics[i]), "%s",
		    buf_text(&topic));
		buf_finish(&topic);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(topics[i], topics[j]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_home_assistant_was_seen_to_take),
		cmocka_unit_test(tells_every_kind_of_event),
		cmocka_unit_test(has_room_for_the_longest_names),
		cmocka_unit_test(says_nothing_where_nobody_asked),
		cmocka_unit_test(gives_no_two_devices_one_topic),
	};

	return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
