#include "io/packet.h"
#include "unit.h"

#include <string.h>

static struct buf packets;

static int
set_up(void **state)
{
	(void)state;
	buf_init(&packets, 70000);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_finish(&packets);
	return 0;
}

/* By hand, from MQTT 5.0 3.3. */
TEST(writes_a_message_as_the_specification_says)
{
	const struct mqtt_outgoing outgoing = {
		.topic = "a/b",
		.payload = "hi",
		.len = 2,
	};
	static const char expected[] = "\x30\x08\x00\x03"
	                               "a/b\x00hi";

	packet_publish(&packets, &outgoing);
	assert_int_equal(packets.len, sizeof(expected) - 1);
	assert_memory_equal(packets.data, expected, sizeof(expected) - 1);
}

TEST(writes_a_retained_one_and_one_that_answers)
{
	const struct mqtt_outgoing outgoing = {
		.topic = "t",
		.payload = "",
		.is_retained = true,
		.correlation = "id",
		.correlation_len = 2,
	};
	static const char expected[] = "\x31\x09\x00\x01t\x05\x09\x00\x02id";

	packet_publish(&packets, &outgoing);
	assert_int_equal(packets.len, sizeof(expected) - 1);
	assert_memory_equal(packets.data, expected, sizeof(expected) - 1);
}

TEST(counts_in_as_many_bytes_as_it_needs)
{
	static char payload[300];
	const struct mqtt_outgoing outgoing = {
		.topic = "t",
		.payload = payload,
		.len = sizeof(payload),
		.correlation = payload,
		.correlation_len = 200,
	};

	packet_publish(&packets, &outgoing);
	/* 2 + 1 of the topic, 2 + 203 of properties, 300: 508 in two bytes. */
	assert_int_equal((unsigned char)packets.data[1], 0xfc);
	assert_int_equal((unsigned char)packets.data[2], 0x03);
	assert_int_equal(packets.len, 3 + 508);
	assert_int_equal((unsigned char)packets.data[6], 0xcb);
	assert_int_equal((unsigned char)packets.data[7], 0x01);
}

#define PACKET_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PACKET_TEST(writes_a_message_as_the_specification_says),
		PACKET_TEST(writes_a_retained_one_and_one_that_answers),
		PACKET_TEST(counts_in_as_many_bytes_as_it_needs),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
