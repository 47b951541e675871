#include "io/mailbox.h"
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

#define WRITERS 3
#define LETTERS 5000 /* of each writer */

struct note {
	struct letter letter;
	int writer;
	int number;
};

static void
put(struct mailbox *mailbox, int writer, int number, size_t size)
{
	struct note *note = calloc(1, sizeof(*note));

	if (note == NULL)
		abort();
	note->letter.size = size;
	note->writer = writer;
	note->number = number;
	mailbox_put(mailbox, &note->letter);
}

static void
put_spare(struct mailbox *mailbox, int number, size_t size)
{
	struct note *note = calloc(1, sizeof(*note));

	if (note == NULL)
		abort();
	note->letter.size = size;
	note->letter.is_spare = true;
	note->number = number;
	mailbox_put(mailbox, &note->letter);
}

static void
put_owned(struct mailbox *mailbox, uint32_t owner, int number, size_t size)
{
	struct note *note = calloc(1, sizeof(*note));

	if (note == NULL)
		abort();
	note->letter.size = size;
	note->letter.owner = owner;
	note->number = number;
	mailbox_put(mailbox, &note->letter);
}

/* The number of the oldest note, or -1. */
static int
take(struct mailbox *mailbox)
{
	struct note *note = (struct note *)mailbox_take(mailbox);
	int number = note != NULL ? note->number : -1;

	free(note);
	return number;
}

static int
set_up(void **state)
{
	struct mailbox *mailbox = NULL;

	if (mailbox_create(&mailbox) != STATUS_OK)
		return -1;
	*state = mailbox;
	return 0;
}

static int
tear_down(void **state)
{
	mailbox_destroy(*state);
	return 0;
}

static void
hands_letters_on_in_order(void **state)
{
	assert_int_equal(take(*state), -1);
	for (int i = 0; i < 3; i++)
		put(*state, 0, i, sizeof(struct note));
	assert_int_equal(take(*state), 0);
	put(*state, 0, 3, sizeof(struct note));
	for (int i = 1; i <= 3; i++)
		assert_int_equal(take(*state), i);
	assert_int_equal(take(*state), -1);
	put(*state, 0, 4, sizeof(struct note));
	assert_int_equal(take(*state), 4);
	assert_false(mailbox_overflowed(*state));
}

static void
takes_letters_up_to_its_limit(void **state)
{
	put(*state, 0, 1, MAILBOX_MAX - 100);
	put(*state, 0, 2, 100);
	assert_false(mailbox_overflowed(*state));
	assert_int_equal(take(*state), 1);
	assert_int_equal(take(*state), 2);
}

static void
refuses_what_does_not_fit_and_says_so_once(void **state)
{
	put(*state, 0, 1, MAILBOX_MAX + MAILBOX_RESERVE - 100);
	put(*state, 0, 2, 101);
	put(*state, 0, 3, 100);
	assert_false(mailbox_skipped(*state));
	assert_true(mailbox_overflowed(*state));
	assert_false(mailbox_overflowed(*state));
	assert_int_equal(take(*state), 1);
	assert_int_equal(take(*state), 3);
	assert_int_equal(take(*state), -1);
}

static void
refuses_what_can_be_had_again_first(void **state)
{
	put_spare(*state, 1, MAILBOX_MAX - 100);
	put_spare(*state, 2, 101);
	put(*state, 0, 3, 101);
	put_spare(*state, 4, 1);
	assert_false(mailbox_overflowed(*state));
	assert_true(mailbox_skipped(*state));
	assert_false(mailbox_skipped(*state));
	assert_int_equal(take(*state), 1);
	assert_int_equal(take(*state), 3);
	assert_int_equal(take(*state), -1);
}

static void
leaves_room_for_others_whatever_one_sends(void **state)
{
	put_owned(*state, 7, 1, MAILBOX_SHARE);
	put_owned(*state, 7, 2, 1);
	put_owned(*state, 8, 3, MAILBOX_SHARE);
	put(*state, 0, 4, MAILBOX_SHARE);
	assert_false(mailbox_overflowed(*state));
	assert_false(mailbox_skipped(*state));
	assert_true(mailbox_crowded(*state));
	assert_false(mailbox_crowded(*state));
	assert_int_equal(take(*state), 1);
	put_owned(*state, 7, 5, MAILBOX_SHARE);
	assert_false(mailbox_crowded(*state));
	for (int i = 3; i <= 5; i++)
		assert_int_equal(take(*state), i);
	assert_int_equal(take(*state), -1);
}

static void
has_room_again_once_it_is_read(void **state)
{
	for (int i = 0; i < 10; i++) {
		put(*state, 0, i, MAILBOX_MAX);
		assert_int_equal(take(*state), i);
	}
	assert_false(mailbox_overflowed(*state));
}

static void
refuses_a_letter_larger_than_everything(void **state)
{
	put(*state, 0, 1, (size_t)MAILBOX_MAX + MAILBOX_RESERVE + 1);
	put(*state, 0, 2, SIZE_MAX);
	assert_true(mailbox_overflowed(*state));
	assert_int_equal(take(*state), -1);
}

static void
does_not_wait_when_there_is_a_letter(void **state)
{
	put(*state, 0, 1, sizeof(struct note));
	mailbox_wait(*state, 3600 * 1000);
	assert_int_equal(take(*state), 1);
}

static void
waits_no_longer_than_it_was_told(void **state)
{
	mailbox_wait(*state, 0);
	mailbox_wait(*state, 1);
	assert_int_equal(take(*state), -1);
}

struct writer {
	pthread_t thread;
	struct mailbox *mailbox;
	int number;
};

static void *
write_letters(void *closure)
{
	const struct writer *writer = closure;

	for (int i = 0; i < LETTERS; i++)
		put(writer->mailbox, writer->number, i, sizeof(struct note));
	return NULL;
}

static void
keeps_the_order_of_each_of_many_writers(void **state)
{
	struct writer writers[WRITERS];
	int next[WRITERS] = { 0 };

	for (int i = 0; i < WRITERS; i++) {
		writers[i].mailbox = *state;
		writers[i].number = i;
		assert_int_equal(pthread_create(&writers[i].thread, NULL,
		                     write_letters, &writers[i]),
		    0);
	}
	for (int i = 0; i < WRITERS * LETTERS; i++) {
		struct note *note;

		mailbox_wait(*state, 60 * 1000);
		note = (struct note *)mailbox_take(*state);
		assert_non_null(note);
		assert_int_equal(note->number, next[note->writer]);
		next[note->writer]++;
		free(note);
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
	assert_int_equal(take(*state), -1);
	assert_false(mailbox_overflowed(*state));
}

static void
frees_what_nobody_took(void **state)
{
	put(*state, 0, 1, sizeof(struct note));
	put(*state, 0, 2, sizeof(struct note));
	mailbox_destroy(NULL);
}

static void
put_named(struct mailbox *mailbox, const char *name, int number)
{
	struct note *note = calloc(1, sizeof(*note));

	if (note == NULL)
		abort();
	note->letter.size = sizeof(*note);
	note->letter.name = name;
	note->number = number;
	mailbox_put(mailbox, &note->letter);
}

TEST(hands_on_only_the_newest_of_a_name_where_many_wait)
{
	struct mailbox *mailbox = *state;

	put_named(mailbox, "a", 1);
	put_named(mailbox, "a", 2);
	for (int i = 0; i < MAILBOX_MANY; i++)
		put(mailbox, 0, 100, 100);
	put_named(mailbox, "b", 3);
	put_named(mailbox, "a", 4);
	put_named(mailbox, "a", 5);
	assert_int_equal(take(mailbox), 1); /* when it came few waited */
	for (int i = 0; i < MAILBOX_MANY; i++)
		assert_int_equal(take(mailbox), 100);
	assert_int_equal(take(mailbox), 3);
	assert_int_equal(take(mailbox), 5);
	assert_int_equal(take(mailbox), -1);
	put_named(mailbox, "a", 6);
	assert_int_equal(take(mailbox), 6);
}

#define MAILBOX_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MAILBOX_TEST(hands_letters_on_in_order),
		MAILBOX_TEST(takes_letters_up_to_its_limit),
		MAILBOX_TEST(refuses_what_does_not_fit_and_says_so_once),
		MAILBOX_TEST(refuses_what_can_be_had_again_first),
		MAILBOX_TEST(leaves_room_for_others_whatever_one_sends),
		MAILBOX_TEST(has_room_again_once_it_is_read),
		MAILBOX_TEST(refuses_a_letter_larger_than_everything),
		MAILBOX_TEST(does_not_wait_when_there_is_a_letter),
		MAILBOX_TEST(waits_no_longer_than_it_was_told),
		MAILBOX_TEST(
		    hands_on_only_the_newest_of_a_name_where_many_wait),
		MAILBOX_TEST(keeps_the_order_of_each_of_many_writers),
		MAILBOX_TEST(frees_what_nobody_took),
	};

	return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
