/* mqtt_inside.h - what the files of io/mqtt.h have in common; for nobody else.
 *
 * Layer:   io.
 */
#ifndef IO_MQTT_INSIDE_H
#define IO_MQTT_INSIDE_H

#include "io/mailbox.h"
#include "io/mqtt.h"

#include <MQTTAsync.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define MQTT_OWN 4096 /* of two that share a place the newer is known */

struct mqtt {
	struct mqtt_options options;
	bool takes_packets;
	int unheld; /* Paho's thread: messages that were committed alone */
	MQTTAsync client;
	struct mailbox *mailbox;
	sem_t left; /* posted when a disconnection is complete */
	_Atomic bool is_connected;
	_Atomic int64_t packet_max; /* 0 = any */
	int keep_alive_s;
	/* Of the connection that there is, or was last. It changes between two
	 * callbacks of Paho's, which come one after the other. */
	_Atomic uint32_t connection;
	/* Looks for why an attempt to connect failed, and tells. */
	pthread_t inquirer;
	bool has_inquirer;
	int paho_code; /* of that attempt */
	/* Of documents that come back to us, by numbers; the place of each is
	 * its number's. */
	_Atomic uint64_t own[MQTT_OWN];
};

/* Any thread: it is news of the connection that there is, or was last. */
void mqtt_tell(struct mqtt *mqtt, const struct mqtt_news *news);

/* Why there is no connection. Before there is one there are no topics: an ACL has no
 * say yet. */
const char *mqtt_entry_reason_str(int reason);

/* Paho's thread, and its callback for a message. */
int mqtt_take(void *context, char *topic, int topic_len,
    MQTTAsync_message *message);

#endif
