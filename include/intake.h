/* intake.h - story 1: a message arrives and is stored.
 *
 * Paho's thread. The broker is answered when intake_store() returns, so what
 * it kept is committed by then.
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
	_Atomic int64_t newest_seq; /* the last event stored */
};

/* Keep an event.
 * In:      context  struct intake *
 * Returns: false if the message is no event: the main thread's business.
 * A store that fails ends the process: the broker delivers again.
 */
bool intake_store(void *context, const struct mqtt_message *message);

#endif
