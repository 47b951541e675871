/* intake.h - story 1: a message arrives and is stored.
 *
 * Paho's thread. The broker is answered after intake_commit(). Messages that
 * come together are stored together: one transaction, one fsync. It begins when
 * all of them are there: none is open while we wait for the network.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "io/mqtt.h"
#include "io/outbox.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct intake_event;

struct intake {
	struct outbox *outbox; /* its own handle */
	const char *root;
	struct intake_event *first; /* owned; not yet stored */
	struct intake_event **end;  /* NULL while there are none */
	size_t bytes;               /* of them */
	bool has_news; /* events were stored since the last commit */
	_Atomic int64_t newest_seq; /* the last event stored */
};

/* Keep an event, until intake_commit().
 * Returns: false if the message is no event, or a retained one, which happened
 *          long ago: the main thread's business.
 * A store that fails ends the process: the broker delivers again.
 */
bool intake_store(struct intake *intake, const struct mqtt_message *message);

/* Make durable what was kept.
 * Returns: whether there was anything. */
bool intake_commit(struct intake *intake);

/* Main thread, once Paho's has ended: drop what was not committed. */
void intake_finish(struct intake *intake);

#endif
