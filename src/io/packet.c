#include "io/packet.h"

#include <stdint.h>
#include <string.h>

#define PUBLISH 0x30
#define RETAIN 0x01
#define CORRELATION_DATA 0x09 /* MQTT 5.0 2.2.2.2 */

static void
add_byte(struct buf *packets, size_t byte)
{
	const uint8_t octet = (uint8_t)byte;

	buf_add(packets, &octet, 1);
}

/* MQTT 5.0 1.5.5: seven bits at a time, the lowest first. */
static void
add_variable(struct buf *packets, size_t value)
{
	for (; value > 127; value >>= 7)
		add_byte(packets, (value & 127) | 128);
	add_byte(packets, value);
}

/* MQTT 5.0 1.5.4 and 1.5.6: two bytes of length before it. */
static void
add_counted(struct buf *packets, const void *bytes, size_t len)
{
	add_byte(packets, len >> 8);
	add_byte(packets, len & 255);
	buf_add(packets, bytes, len);
}

void
packet_publish(struct buf *packets, const struct mqtt_outgoing *outgoing)
{
	size_t topic_len = strlen(outgoing->topic);
	/* At most MQTT_CORRELATION_MAX and 3: two bytes say how long. */
	size_t properties_len =
	    outgoing->correlation_len > 0 ? outgoing->correlation_len + 3 : 0;

	add_byte(packets, PUBLISH | (outgoing->is_retained ? RETAIN : 0));
	add_variable(packets,
	    2 + topic_len + 1 + (properties_len > 127) + properties_len +
	        outgoing->len);
	add_counted(packets, outgoing->topic, topic_len);
	add_variable(packets, properties_len);
	if (properties_len > 0) {
		add_byte(packets, CORRELATION_DATA);
		add_counted(packets, outgoing->correlation,
		    outgoing->correlation_len);
	}
	buf_add(packets, outgoing->payload, outgoing->len);
}
