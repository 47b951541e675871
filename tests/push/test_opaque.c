#include "base/text.h"
#include "push/opaque.h"
#include "unit.h"

#include <ctype.h>
#include <string.h>

static const uint8_t key[OPAQUE_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
	29, 30, 31 };
static const uint8_t other_key[OPAQUE_KEY_LEN] = { 1 };

static const struct event finished = {
	.id = "evt_1",
	.kind = KIND_SESSION_IDLE,
	.session_id = "ses_1",
};
static const struct event asked = {
	.id = "evt_2",
	.kind = KIND_PERMISSION_ASKED,
	.session_id = "ses_1",
	.request_id = "per_1",
};

static struct job
job_of(const struct event *event)
{
	return (struct job){
		.event = event,
		.user = "alice",
		.device_name = "phone",
		.key = key,
	};
}

struct ids {
	char push[OPAQUE_UUID_LEN + 1];
	char collapse[OPAQUE_ID_LEN + 1];
	char thread[OPAQUE_ID_LEN + 1];
};

static struct ids
ids_of(const struct job *job)
{
	struct ids ids;

	assert_int_equal(opaque_push_id(job, ids.push), STATUS_OK);
	assert_int_equal(opaque_collapse_id(job, ids.collapse), STATUS_OK);
	assert_int_equal(opaque_thread_id(job, ids.thread), STATUS_OK);
	return ids;
}

/* Another program than ours computed these: a repeat must replace what an
 * earlier version of the bridge has sent. */
TEST(never_changes_from_version_to_version)
{
	struct job job = job_of(&finished);
	struct ids ids = ids_of(&job);

	assert_string_equal(ids.push, "5132b446-c8b4-8649-8699-7dc9462fb3df");
	assert_string_equal(ids.collapse, "c-fYCJMyrYDYaFuBBTQJCA");
	assert_string_equal(ids.thread, "675tcoIgFHhmJ4Y-a-ZyBA");
	job = job_of(&asked);
	ids = ids_of(&job);
	assert_string_equal(ids.collapse, "waXxJfm_BMUp3kAvOIUpXg");
	assert_string_equal(ids.thread, "675tcoIgFHhmJ4Y-a-ZyBA");
}

/* RFC 9562: 8-4-4-4-12 lower-case digits, version 8, variant 10. */
TEST(writes_a_canonical_uuid)
{
	static const char form[] = "xxxxxxxx-xxxx-8xxx-yxxx-xxxxxxxxxxxx";

	for (unsigned number = 0; number < 64; number++) {
		struct event event = finished;
		struct job job = job_of(&event);
		char uuid[OPAQUE_UUID_LEN + 1];

		event.id[3] = (char)('0' + number);
		assert_int_equal(opaque_push_id(&job, uuid), STATUS_OK);
		assert_int_equal(strlen(uuid), OPAQUE_UUID_LEN);
		for (size_t i = 0; i < OPAQUE_UUID_LEN; i++) {
			if (form[i] == 'x')
				assert_true(isdigit((unsigned char)uuid[i]) ||
				    (uuid[i] >= 'a' && uuid[i] <= 'f'));
			else if (form[i] == 'y')
				assert_non_null(strchr("89ab", uuid[i]));
			else
				assert_int_equal(uuid[i], form[i]);
		}
	}
}

TEST(writes_ids_that_any_header_takes)
{
	struct job job = job_of(&finished);
	struct ids ids = ids_of(&job);

	assert_int_equal(strlen(ids.collapse), OPAQUE_ID_LEN);
	assert_int_equal(strlen(ids.thread), OPAQUE_ID_LEN);
	assert_true(text_is_id(ids.collapse));
	assert_true(text_is_id(ids.thread));
}

TEST(says_nothing_of_what_it_stands_for)
{
	static const char *const raw[] = { "alice", "phone", "evt", "ses" };
	struct job job = job_of(&finished);
	struct ids ids = ids_of(&job);

	for (size_t i = 0; i < COUNT_OF(raw); i++) {
		assert_null(strstr(ids.push, raw[i]));
		assert_null(strstr(ids.collapse, raw[i]));
		assert_null(strstr(ids.thread, raw[i]));
	}
}

TEST(keeps_every_bridge_apart)
{
	struct job job = job_of(&finished);
	struct ids ours = ids_of(&job);
	struct ids theirs;

	job.key = other_key;
	theirs = ids_of(&job);
	assert_string_not_equal(ours.push, theirs.push);
	assert_string_not_equal(ours.collapse, theirs.collapse);
	assert_string_not_equal(ours.thread, theirs.thread);
}

TEST(keeps_every_person_apart)
{
	struct job job = job_of(&finished);
	struct ids alices = ids_of(&job);
	struct ids bobs;

	job.user = "bob";
	bobs = ids_of(&job);
	assert_string_not_equal(alices.push, bobs.push);
	assert_string_not_equal(alices.collapse, bobs.collapse);
	assert_string_not_equal(alices.thread, bobs.thread);
}

TEST(gives_each_event_on_each_device_its_own_push_id)
{
	struct event event = finished;
	struct job job = job_of(&event);
	struct ids first = ids_of(&job);
	struct ids second;

	job.device_name = "tablet";
	second = ids_of(&job);
	assert_string_not_equal(first.push, second.push);
	job.device_name = "phone";
	memcpy(event.id, "evt_9", 6);
	second = ids_of(&job);
	assert_string_not_equal(first.push, second.push);
}

TEST(replaces_within_a_session_and_class)
{
	struct event failed = finished;
	struct job job = job_of(&finished);
	struct ids first = ids_of(&job);
	struct ids second;

	failed.kind = KIND_SESSION_ERROR;
	memcpy(failed.id, "evt_9", 6);
	job.event = &failed;
	second = ids_of(&job);
	assert_string_equal(first.collapse, second.collapse);
	assert_string_equal(first.thread, second.thread);
	failed.session_id = "ses_2";
	second = ids_of(&job);
	assert_string_not_equal(first.collapse, second.collapse);
	assert_string_not_equal(first.thread, second.thread);
}

TEST(replaces_no_question_by_anything_else)
{
	struct event event = asked;
	struct job job = job_of(&event);
	struct ids first = ids_of(&job);
	struct ids second;

	event.request_id = "per_2";
	second = ids_of(&job);
	assert_string_not_equal(first.collapse, second.collapse);
	assert_string_equal(first.thread, second.thread);
	job.event = &finished;
	second = ids_of(&job);
	assert_string_not_equal(first.collapse, second.collapse);
}

TEST(lets_what_belongs_to_no_session_stand_alone)
{
	struct event note = { .id = "evt_1", .kind = KIND_NOTE };
	struct job job = job_of(&note);
	struct ids first = ids_of(&job);
	struct ids second;

	assert_string_equal(first.collapse, "DqG7vtW5HbU3eN_flSIhAA");
	memcpy(note.id, "evt_9", 6);
	second = ids_of(&job);
	assert_string_not_equal(first.collapse, second.collapse);
}

TEST(takes_names_of_the_greatest_length)
{
	static const char name[] = "0123456789012345678901234567890123456789"
	                           "012345678901234567890123";
	struct event event = {
		.kind = KIND_PERMISSION_ASKED,
		.session_id = name,
		.request_id = name,
	};
	struct job job = {
		.event = &event,
		.user = name,
		.device_name = name,
		.key = key,
	};

	memcpy(event.id, name, sizeof(name));
	(void)ids_of(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_changes_from_version_to_version),
		cmocka_unit_test(writes_a_canonical_uuid),
		cmocka_unit_test(writes_ids_that_any_header_takes),
		cmocka_unit_test(says_nothing_of_what_it_stands_for),
		cmocka_unit_test(keeps_every_bridge_apart),
		cmocka_unit_test(keeps_every_person_apart),
		cmocka_unit_test(
		    gives_each_event_on_each_device_its_own_push_id),
		cmocka_unit_test(replaces_within_a_session_and_class),
		cmocka_unit_test(replaces_no_question_by_anything_else),
		cmocka_unit_test(lets_what_belongs_to_no_session_stand_alone),
		cmocka_unit_test(takes_names_of_the_greatest_length),
	};

	return cmocka_run_group_tests_name("opaque", tests, NULL, NULL);
}
