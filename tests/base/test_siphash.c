#include "base/siphash.h"
#include "unit.h"

/* The paper's own key, and messages 0, 1, 2, …; its reference program's table. */
static uint64_t
hash_of(size_t len)
{
	uint8_t key[SIPHASH_KEY_LEN];
	uint8_t message[64];

	for (uint8_t i = 0; i < SIPHASH_KEY_LEN; i++)
		key[i] = i;
	for (uint8_t i = 0; i < sizeof(message); i++)
		message[i] = i;
	return siphash(key, message, len);
}

TEST(gives_what_its_authors_give)
{
	assert_true(hash_of(0) == 0x726fdb47dd0e0e31);
	assert_true(hash_of(1) == 0x74f839c593dc67fd);
	assert_true(hash_of(7) == 0xab0200f58b01d137);
	assert_true(hash_of(8) == 0x93f5f5799a932462);
	assert_true(hash_of(15) == 0xa129ca6149be45e5);
	assert_true(hash_of(63) == 0x958a324ceb064572);
}

TEST(is_another_with_another_key)
{
	const uint8_t key[SIPHASH_KEY_LEN] = { 1 };
	const uint8_t other[SIPHASH_KEY_LEN] = { 2 };

	assert_true(siphash(key, "x", 1) == siphash(key, "x", 1));
	assert_true(siphash(key, "x", 1) != siphash(other, "x", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_its_authors_give),
		cmocka_unit_test(is_another_with_another_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
