#include "core/throttle.h"
#include "unit.h"

#define MOST 8

static const struct throttle_policy policy = { .first_s = 1, .longest_s = 300 };

TEST(lets_everything_pass_while_nobody_complains)
{
	struct throttle throttle = { 0 };

	assert_int_equal(throttle_room(&throttle, 0, MOST, 0), MOST);
	assert_int_equal(throttle_room(&throttle, 5, MOST, 0), 3);
}

TEST(pauses_and_then_lets_one_pass_at_a_time)
{
	struct throttle throttle = { 0 };

	throttle_note_refusal(&throttle, &policy, 0);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 999), 0);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 1000), 1);
	assert_int_equal(throttle_room(&throttle, 1, MOST, 1000), 0);
	throttle_note_success(&throttle, MOST);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 1000), 1);
}

TEST(pauses_longer_each_time_up_to_the_longest)
{
	static const int64_t pauses_s[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256,
		300, 300 };
	struct throttle throttle = { 0 };
	int64_t now_ms = 0;

	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		throttle_note_refusal(&throttle, &policy, now_ms);
		assert_int_equal(throttle.until_ms - now_ms,
		    pauses_s[i] * 1000);
		now_ms = throttle.until_ms;
	}
}

TEST(counts_the_refusals_that_were_under_way_only_once)
{
	struct throttle throttle = { 0 };

	for (int i = 0; i < MOST; i++)
		throttle_note_refusal(&throttle, &policy, i);
	assert_int_equal(throttle.until_ms, 1000);
}

TEST(obeys_a_server_that_says_how_long)
{
	const struct throttle_policy asked = { .asked_s = 30,
		.first_s = 1,
		.longest_s = 300 };
	struct throttle throttle = { 0 };

	throttle_note_refusal(&throttle, &policy, 0);
	throttle_note_refusal(&throttle, &asked, 0);
	assert_int_equal(throttle.until_ms, 30000);
	throttle_note_refusal(&throttle, &policy, 10);
	assert_int_equal(throttle.until_ms, 30000);
}

TEST(ends_when_as_many_pass_in_a_row_as_may_be_under_way)
{
	struct throttle throttle = { 0 };

	throttle_note_refusal(&throttle, &policy, 0);
	for (int i = 0; i < MOST - 1; i++)
		throttle_note_success(&throttle, MOST);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 1000), 1);
	throttle_note_refusal(&throttle, &policy, 1000);
	for (int i = 0; i < MOST; i++)
		throttle_note_success(&throttle, MOST);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 2000), MOST);
}

TEST(ends_its_own_pause_in_time_for_a_last_attempt)
{
	struct throttle throttle = { 0 };

	throttle_note_refusal(&throttle, &policy, 0);
	throttle_hurry(&throttle, 700);
	assert_int_equal(throttle_room(&throttle, 0, MOST, 700), 1);
	throttle_hurry(&throttle, 5000);
	assert_int_equal(throttle.until_ms, 700);

	throttle_note_refusal(&throttle,
	    &(struct throttle_policy){ .asked_s = 30 }, 700);
	throttle_hurry(&throttle, 5000);
	assert_int_equal(throttle.until_ms, 30700);
}

/* A server that takes so many at once and then one per so many ms. */
struct server {
	double tokens;
	double burst;
	double each_ms;
	int64_t seen_ms;
};

static bool
takes(struct server *server, int64_t now_ms)
{
	server->tokens += (double)(now_ms - server->seen_ms) / server->each_ms;
	if (server->tokens > server->burst)
		server->tokens = server->burst;
	server->seen_ms = now_ms;
	if (server->tokens < 1)
		return false;
	server->tokens -= 1;
	return true;
}

/* How long it takes, where each answer takes 20 ms. */
static int64_t
time_for(int events, struct server server, int *refusals)
{
	struct throttle throttle = { 0 };
	int64_t now_ms = 0;

	*refusals = 0;
	while (events > 0) {
		int32_t room = throttle_room(&throttle, 0, MOST, now_ms);

		now_ms = room > 0 ? now_ms + 20 : throttle.until_ms;
		for (; room > 0 && events > 0; room--) {
			if (takes(&server, now_ms)) {
				throttle_note_success(&throttle, MOST);
				events--;
			} else {
				throttle_note_refusal(&throttle, &policy,
				    now_ms);
				++*refusals;
			}
		}
	}
	return now_ms;
}

TEST(brings_forty_five_at_twenty_and_one_per_two_seconds)
{
	int refusals;

	assert_in_range(time_for(45,
	                    (struct server){ .tokens = 20,
	                        .burst = 20,
	                        .each_ms = 2000 },
	                    &refusals),
	    48000, 60000);
	assert_in_range(refusals, 1, 60);
}

TEST(loses_little_time_whatever_the_limit_is)
{
	for (double each_ms = 500; each_ms < 20000; each_ms *= 1.3) {
		int refusals;
		int64_t took_ms = time_for(60,
		    (struct server){ .tokens = 10,
		        .burst = 10,
		        .each_ms = each_ms },
		    &refusals);

		/* Half as long again at most, and a last pause. */
		assert_in_range(took_ms, (int64_t)(49 * each_ms),
		    (int64_t)(75 * each_ms) + 2000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_everything_pass_while_nobody_complains),
		cmocka_unit_test(pauses_and_then_lets_one_pass_at_a_time),
		cmocka_unit_test(pauses_longer_each_time_up_to_the_longest),
		cmocka_unit_test(
		    counts_the_refusals_that_were_under_way_only_once),
		cmocka_unit_test(obeys_a_server_that_says_how_long),
		cmocka_unit_test(
		    ends_when_as_many_pass_in_a_row_as_may_be_under_way),
		cmocka_unit_test(ends_its_own_pause_in_time_for_a_last_attempt),
		cmocka_unit_test(
		    brings_forty_five_at_twenty_and_one_per_two_seconds),
		cmocka_unit_test(loses_little_time_whatever_the_limit_is),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
