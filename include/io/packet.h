/* packet.h - a message as it travels: MQTT 5.0 3.3, PUBLISH with QoS 0.
 *
 * Layer:   io. Pure.
 */
#ifndef IO_PACKET_H
#define IO_PACKET_H

#include "base/buf.h"
#include "io/mqtt.h"

/* Append one; its qos and tag do not count. */
void packet_publish(struct buf *packets, const struct mqtt_outgoing *outgoing);

#endif
