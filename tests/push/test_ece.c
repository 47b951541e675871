#include "base/b64url.h"
#include "push/ece.h"
#include "unit.h"

#include <string.h>

/* RFC 8291 5 and appendix A. */
#define TEXT "When I grow up, I want to be a watermelon"
#define OUR_PRIVATE "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define THEIR_PUBLIC                                                          \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7" \
	"Vd8pZGH6SRpkNtoIAiw4"
#define AUTH "BTBZMqHH6r4Tts7J_aSIgg"
#define SALT "DGv6ra1nlYgDCS1FRnbzlw"
#define BODY                                                                   \
	"DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMo" \
	"ZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf" \
	"1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"

static struct device_keys
their_keys(void)
{
	struct device_keys keys;

	assert_true(b64url_read(THEIR_PUBLIC, keys.point, sizeof(keys.point)));
	assert_true(b64url_read(AUTH, keys.auth, sizeof(keys.auth)));
	return keys;
}

static void
make_dice(uint8_t dice[ECE_DICE_LEN])
{
	assert_true(b64url_read(OUR_PRIVATE, dice, 32));
	assert_true(b64url_read(SALT, dice + 32, 16));
}

TEST(makes_the_message_of_the_rfc)
{
	const struct device_keys keys = their_keys();
	const struct ece_text text = {
		.bytes = TEXT,
		.len = strlen(TEXT),
		.padded_len = strlen(TEXT),
	};
	uint8_t dice[ECE_DICE_LEN];
	struct buf body;
	struct buf coded;

	make_dice(dice);
	buf_init(&body, 4096);
	buf_init(&coded, 4096);
	assert_int_equal(ece_encrypt(&keys, dice, &text, &body), STATUS_OK);
	assert_int_equal(body.len, 144);
	b64url_add(&coded, body.data, body.len);
	assert_string_equal(buf_text(&coded), BODY);
	buf_finish(&body);
	buf_finish(&coded);
}

TEST(hides_the_length_of_the_text)
{
	static const struct {
		size_t len;
		size_t padded_len;
	} cases[] = { { 0, 256 }, { 1, 256 }, { 256, 256 }, { 257, 512 },
		{ 512, 512 }, { 1024, 1024 }, { 1025, 2048 },
		{ ECE_TEXT_MAX, 2048 } };
	const struct device_keys keys = their_keys();
	uint8_t dice[ECE_DICE_LEN];
	char bytes[ECE_TEXT_MAX];

	make_dice(dice);
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct ece_text text = { .bytes = bytes,
			.len = cases[i].len };
		struct buf body;

		buf_init(&body, 4096);
		assert_int_equal(ece_encrypt(&keys, dice, &text, &body),
		    STATUS_OK);
		assert_int_equal(body.len, cases[i].padded_len + ECE_OVERHEAD);
		buf_finish(&body);
	}
}

TEST(refuses_what_is_too_long)
{
	const struct device_keys keys = their_keys();
	char bytes[ECE_TEXT_MAX + 1] = "";
	const struct ece_text text = { .bytes = bytes, .len = sizeof(bytes) };
	uint8_t dice[ECE_DICE_LEN];
	struct buf body;

	make_dice(dice);
	buf_init(&body, 8192);
	assert_int_equal(ece_encrypt(&keys, dice, &text, &body),
	    STATUS_TOO_LARGE);
	assert_int_equal(body.len, 0);
	buf_finish(&body);
}

TEST(refuses_a_key_that_is_not_on_the_curve)
{
	struct device_keys keys = their_keys();
	const struct ece_text text = { .bytes = TEXT, .len = 3 };
	uint8_t dice[ECE_DICE_LEN];
	struct buf body;

	assert_true(ece_is_key(keys.point));
	keys.point[64] ^= 1;
	assert_false(ece_is_key(keys.point));
	make_dice(dice);
	buf_init(&body, 4096);
	assert_int_equal(ece_encrypt(&keys, dice, &text, &body),
	    STATUS_BAD_INPUT);
	buf_finish(&body);
	memset(keys.point, 0, sizeof(keys.point));
	assert_false(ece_is_key(keys.point));
}

/* One random number of 2^32 is too large to be a key, and 0 is none. */
TEST(finds_a_key_in_any_dice)
{
	const struct device_keys keys = their_keys();
	const struct ece_text text = { .bytes = TEXT, .len = 3 };
	static const int fill[] = { 0x00, 0xff };

	for (size_t i = 0; i < COUNT_OF(fill); i++) {
		uint8_t dice[ECE_DICE_LEN];
		struct buf body;

		memset(dice, fill[i], sizeof(dice));
		buf_init(&body, 4096);
		assert_int_equal(ece_encrypt(&keys, dice, &text, &body),
		    STATUS_OK);
		assert_true(ece_is_key((const uint8_t *)body.data + 21));
		buf_finish(&body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_message_of_the_rfc),
		cmocka_unit_test(hides_the_length_of_the_text),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(refuses_a_key_that_is_not_on_the_curve),
		cmocka_unit_test(finds_a_key_in_any_dice),
	};

	return cmocka_run_group_tests_name("ece", tests, NULL, NULL);
}
