/* intake.h - story 1: a message arrives and is stored.
 *
 * Paho's thread. The broker is answered after intake_commit(). Messages that
 * wait together are stored together: one commit, one fsync.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "io/mqtt.h"
#include "io/outbox.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct intake {
	struct outbox *outbox; /* its own handle */
	const char *root;
	bool is_open; /* events are stored that are not committed */
	int64_t stored_seq;
	_Atomic int64_t newest_seq; /* the last event committed */
};

/* Keep an event.
 * Returns: false if the message is no event: the main thread's business.
 * A store that fails ends the process: the broker delivers again.
 */
bool intake_store(struct intake *intake, const struct mqtt_message *message);

/* Make durable what was kept.
 * Returns: whether there was anything. */
bool intake_commit(struct intake *intake);

#endif
