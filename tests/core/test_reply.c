#include "core/reply.h"
#include "unit.h"
#include "vectors.h"

#include <string.h>

/* Sign a vector's text with the key of the document. */
static void
sign(const struct json_object *document, const char *text, struct buf *mac)
{
	uint8_t key[REPLY_KEY_LEN];

	assert_true(reply_read_key(json_text(document, "key", 64), key));
	buf_init(mac, REPLY_KEY_TEXT_LEN);
	reply_sign(key, text, strlen(text), mac);
	assert_int_equal(buf_status(mac), STATUS_OK);
}

TEST(signs_as_every_other_language)
{
	struct json_object document;
	struct json_object vector;
	struct cJSON *root =
	    vectors_read("tests/vectors/replies.json", &document);
	struct json_list good = json_list(&document, "good");

	while (json_next(&good, &vector)) {
		struct buf mac;

		sign(&document, json_text(&vector, "signed", REPLY_MAX), &mac);
		assert_string_equal(buf_text(&mac),
		    json_text(&vector, "mac", 64));
		buf_finish(&mac);
	}
	assert_true(good.index > 0);
	json_free(root);
}

TEST(never_signs_what_the_others_refuse)
{
	struct json_object document;
	struct json_object vector;
	struct cJSON *root =
	    vectors_read("tests/vectors/replies.json", &document);
	struct json_list bad = json_list(&document, "bad");

	while (json_next(&bad, &vector)) {
		struct buf mac;

		sign(&document, json_text(&vector, "signed", REPLY_MAX), &mac);
		assert_string_not_equal(buf_text(&mac),
		    json_text(&vector, "mac", 64));
		buf_finish(&mac);
	}
	assert_true(bad.index > 0);
	json_free(root);
}

/* Read a vector's text, and write the same. */
TEST(writes_the_texts_of_the_vectors)
{
	static const char *const answers[] = { NULL, NULL, NULL,
		"[[\"SQLite\"],[\"unit and e2e\",\"lint\"]]", NULL };
	struct json_object document;
	struct json_object vector;
	struct cJSON *root =
	    vectors_read("tests/vectors/replies.json", &document);
	struct json_list good = json_list(&document, "good");

	for (size_t i = 0; json_next(&good, &vector); i++) {
		const char *text = json_text(&vector, "signed", REPLY_MAX);
		struct fault fault = { "" };
		struct json_object inner;
		struct cJSON *inside;
		struct buf again;

		assert_true(i < COUNT_OF(answers));
		assert_int_equal(json_parse(text, strlen(text), &fault, &inside,
		                     &inner),
		    STATUS_OK);
		buf_init(&again, REPLY_MAX);
		reply_write(
		    &(struct reply){
		        .request = json_text(&inner, "request", 64),
		        .nonce = json_text(&inner, "nonce", 64),
		        .word = json_text(&inner, "reply", 64),
		        .message = json_text(&inner, "message", 1024),
		        .answers = answers[i],
		    },
		    &again);
		assert_string_equal(buf_text(&again), text);
		buf_finish(&again);
		json_free(inside);
	}
	json_free(root);
}

TEST(seals_text_and_signature_into_one_message)
{
	const uint8_t key[REPLY_KEY_LEN] = { 7 };
	const struct reply reply = {
		.request = "per_1",
		.nonce = "n",
		.word = "reject",
		.message = "no \"rm\"",
	};
	const char *text;
	struct fault fault = { "" };
	struct json_object message;
	struct cJSON *root;
	struct buf json;
	struct buf mac;

	buf_init(&json, REPLY_MAX);
	reply_seal(key, &reply, &json);
	assert_int_equal(json_parse(buf_text(&json), json.len, &fault, &root,
	                     &message),
	    STATUS_OK);
	text = json_text(&message, "signed", REPLY_MAX);
	assert_string_equal(text,
	    "{\"request\":\"per_1\",\"nonce\":\"n\",\"reply\":\"reject\","
	    "\"message\":\"no \\\"rm\\\"\"}");
	buf_init(&mac, REPLY_KEY_TEXT_LEN);
	reply_sign(key, text, strlen(text), &mac);
	assert_string_equal(json_text(&message, "mac", 64), buf_text(&mac));
	buf_finish(&mac);
	buf_finish(&json);
	json_free(root);
}

TEST(says_when_it_is_too_long)
{
	const uint8_t key[REPLY_KEY_LEN] = { 7 };
	static char message[REPLY_MAX + 1];
	struct buf json;

	memset(message, 'x', REPLY_MAX);
	buf_init(&json, (size_t)2 * REPLY_MAX);
	reply_seal(key,
	    &(struct reply){ .request = "per_1",
	        .nonce = "n",
	        .word = "reject",
	        .message = message },
	    &json);
	assert_int_equal(buf_status(&json), STATUS_TOO_LARGE);
	buf_finish(&json);
}

TEST(takes_a_key_of_32_bytes_in_base64url_alone)
{
	static const char *const bad[] = {
		"",
		"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1d",
		"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw=",
		"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dwA",
		"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dx",
		"+woRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw",
		"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw\n",
	};
	uint8_t key[REPLY_KEY_LEN];

	assert_true(
	    reply_read_key("AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw", key));
	assert_int_equal(key[0], 3);
	assert_int_equal(key[31], 220);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(reply_read_key(bad[i], key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_every_other_language),
		cmocka_unit_test(never_signs_what_the_others_refuse),
		cmocka_unit_test(writes_the_texts_of_the_vectors),
		cmocka_unit_test(seals_text_and_signature_into_one_message),
		cmocka_unit_test(says_when_it_is_too_long),
		cmocka_unit_test(takes_a_key_of_32_bytes_in_base64url_alone),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
