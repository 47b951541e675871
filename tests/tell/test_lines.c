#include "io/log.h"
#include "tell/lines.h"
#include "unit.h"

#include <stdio.h>

/* Both are borrowed by the lines. */
struct scene {
	struct instant at;
	struct timers timers;
	struct lines lines;
};

static void
begin(struct scene *scene)
{
	*scene = (struct scene){ .at = { .monotonic_ms = 1000 } };
	lines_init(&scene->lines, &scene->at, &scene->timers);
}

static int
count_allowed(struct scene *scene, const char *user, int asked)
{
	int allowed = 0;

	for (int i = 0; i < asked; i++)
		allowed +=
		    lines_allow(&scene->lines, user, LOG_LEVEL_WARN) ? 1 : 0;
	return allowed;
}

static void
pass_minutes(struct scene *scene, int minutes)
{
	for (int i = 0; i < minutes; i++) {
		scene->at.monotonic_ms += 60000;
		timer_run(&scene->timers);
	}
}

TEST(writes_the_first_of_each_person_and_counts_the_rest)
{
	struct scene scene;

	begin(&scene);
	assert_int_equal(count_allowed(&scene, "alice", 1000), LINES_FIRST);
	assert_int_equal(count_allowed(&scene, "bob", 3), 3);
	assert_int_equal(scene.lines.of[0].left_out, 1000 - LINES_FIRST);
}

TEST(writes_a_few_more_each_minute)
{
	struct scene scene;

	begin(&scene);
	(void)count_allowed(&scene, "alice", 1000);
	scene.at.monotonic_ms += 59999;
	timer_run(&scene.timers);
	assert_int_equal(count_allowed(&scene, "alice", 1), 0);
	scene.at.monotonic_ms += 1;
	timer_run(&scene.timers);
	assert_int_equal(count_allowed(&scene, "alice", 1000), LINES_LATER);
	/* A minute in which she waits gives no more than others do. */
	pass_minutes(&scene, 2);
	assert_int_equal(count_allowed(&scene, "alice", 1000), 2 * LINES_LATER);
	assert_int_equal(count_allowed(&scene, "bob", 1), 1);
	pass_minutes(&scene, LINES_FIRST / LINES_LATER);
	/* The loop has no reason to turn while there is nothing to count. */
	assert_int_equal(timer_wait_ms(&scene.timers, 123456), 123456);
	assert_int_equal(count_allowed(&scene, "alice", 1000), LINES_FIRST);
}

TEST(counts_no_line_that_the_log_leaves_out)
{
	struct scene scene;

	begin(&scene);
	log_set_level(LOG_LEVEL_WARN);
	for (int i = 0; i < 1000; i++)
		assert_true(lines_allow(&scene.lines, "alice", LOG_LEVEL_INFO));
	assert_int_equal(count_allowed(&scene, "alice", 1000), LINES_FIRST);
	log_set_level(LOG_LEVEL_INFO);
}

TEST(counts_many_names_as_one)
{
	struct scene scene;
	char name[16];
	int allowed = 0;

	begin(&scene);
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		allowed += count_allowed(&scene, name, 1);
	}
	assert_int_equal(allowed, LINES_PERSONS - 1 + LINES_FIRST);
	assert_int_equal(scene.lines.count, LINES_PERSONS);
}

TEST(writes_all_where_nobody_counts)
{
	for (int i = 0; i < 1000; i++)
		assert_true(lines_allow(NULL, "alice", LOG_LEVEL_WARN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    writes_the_first_of_each_person_and_counts_the_rest),
		cmocka_unit_test(writes_a_few_more_each_minute),
		cmocka_unit_test(counts_no_line_that_the_log_leaves_out),
		cmocka_unit_test(counts_many_names_as_one),
		cmocka_unit_test(writes_all_where_nobody_counts),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
