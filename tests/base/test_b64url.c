#include "base/b64url.h"
#include "unit.h"

#include <string.h>

static void
assert_encodes(const void *bytes, size_t len, const char *text)
{
	struct buf buf;

	buf_init(&buf, 256);
	b64url_add(&buf, bytes, len);
	assert_int_equal(buf_status(&buf), STATUS_OK);
	assert_string_equal(buf_text(&buf), text);
	buf_finish(&buf);
}

TEST(encodes_the_vectors_of_rfc_4648_without_padding)
{
	static const char *const vectors[][2] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < COUNT_OF(vectors); i++)
		assert_encodes(vectors[i][0], strlen(vectors[i][0]),
		    vectors[i][1]);
}

TEST(uses_the_whole_url_alphabet)
{
	/* The 64 values in order, six bits each. */
	uint8_t bytes[48];

	for (unsigned i = 0; i < 16; i++) {
		unsigned group = (4 * i) << 18 | (4 * i + 1) << 12 |
		    (4 * i + 2) << 6 | (4 * i + 3);

		bytes[3 * i] = (uint8_t)(group >> 16);
		bytes[3 * i + 1] = (uint8_t)(group >> 8);
		bytes[3 * i + 2] = (uint8_t)group;
	}
	assert_encodes(bytes, sizeof(bytes),
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_");
}

TEST(encodes_high_and_zero_bytes)
{
	assert_encodes("\0\0\0", 3, "AAAA");
	assert_encodes("\xff\xff\xff", 3, "____");
	assert_encodes("\xfb\xef\xbe", 3, "----");
	assert_encodes("\xff", 1, "_w");
}

/* RFC 7515 appendix A.1.1: the header with its line break. */
TEST(encodes_the_header_of_rfc_7515)
{
	static const char header[] = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";

	assert_encodes(header, strlen(header),
	    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9");
}

TEST(stops_where_the_buffer_ends)
{
	struct buf buf;

	buf_init(&buf, 5);
	b64url_add(&buf, "foobar", 6);
	assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "Zm9v");
	buf_finish(&buf);
}

TEST(reads_what_it_wrote)
{
	uint8_t bytes[64];
	uint8_t back[64];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct buf text;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(len * 37 + i * 101);
		buf_init(&text, 128);
		b64url_add(&text, bytes, len);
		assert_true(b64url_read(buf_text(&text), back, len));
		assert_memory_equal(bytes, back, len);
		assert_false(b64url_read(buf_text(&text), back, len + 1));
		if (len > 0)
			assert_false(
			    b64url_read(buf_text(&text), back, len - 1));
		buf_finish(&text);
	}
}

TEST(reads_the_other_alphabet_and_padding)
{
	uint8_t back[4];

	assert_true(b64url_read("-_8=", back, 2));
	assert_memory_equal(back, "\xfb\xff", 2);
	assert_true(b64url_read("+/8", back, 2));
	assert_memory_equal(back, "\xfb\xff", 2);
}

TEST(reads_nothing_else)
{
	static const char *const bad[] = { "-_9", "-_8 ", "-_8===", "-=_8",
		"-_8\n", "-", "\xc3\xa4" };
	uint8_t back[4];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(b64url_read(bad[i], back, 2));
}

TEST(reads_nothing_but_its_own_writing_when_it_is_strict)
{
	static const char *const bad[] = { "-_8=", "+/8", "-_9", "-_8-", "" };
	uint8_t back[2];

	assert_true(b64url_read_strict("-_8", back, 2));
	assert_memory_equal(back, "\xfb\xff", 2);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(b64url_read_strict(bad[i], back, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    encodes_the_vectors_of_rfc_4648_without_padding),
		cmocka_unit_test(uses_the_whole_url_alphabet),
		cmocka_unit_test(encodes_high_and_zero_bytes),
		cmocka_unit_test(encodes_the_header_of_rfc_7515),
		cmocka_unit_test(stops_where_the_buffer_ends),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(reads_the_other_alphabet_and_padding),
		cmocka_unit_test(reads_nothing_else),
		cmocka_unit_test(
		    reads_nothing_but_its_own_writing_when_it_is_strict),
	};

	return cmocka_run_group_tests_name("b64url", tests, NULL, NULL);
}
