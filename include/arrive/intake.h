/* intake.h - a message arrives and is stored.
 *
 * Paho's thread. The broker is answered after intake_commit(). Messages that
 * come together are stored together: one transaction, one fsync. It begins when
 * all of them are there: none is open while we wait for the network.
 */
#ifndef ARRIVE_INTAKE_H
#define ARRIVE_INTAKE_H

#include "io/mqtt.h"
#include "io/outbox.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define INTAKE_COUNT_MAX 64    /* events in one commit */
#define INTAKE_SIZE_MAX 262144 /* bytes of them, and one more event */

struct intake {
	struct outbox *outbox;
	const char *root;
	const char *users; /* whom we serve: a setting */
	struct outbox_event events[INTAKE_COUNT_MAX]; /* not stored yet */
	char *bytes[INTAKE_COUNT_MAX]; /* owned: what they borrow */
	size_t count;
	size_t size;   /* bytes of their payloads */
	bool has_news; /* events were stored since the last commit */
	_Atomic int64_t newest_seq; /* the last event committed */
};

/* Keep an event, until intake_commit().
 * Returns: false if the message is no event, or a retained one, which happened
 *          long ago: the main thread's business.
 */
bool intake_store(struct intake *intake, const struct mqtt_message *message);

/* Make durable what was kept.
 * Returns: whether there was anything. */
bool intake_commit(struct intake *intake);

/* Main thread, once Paho's has ended: drop what was not committed. */
void intake_finish(struct intake *intake);

#endif
