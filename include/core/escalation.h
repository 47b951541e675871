/* escalation.h - which devices hear of a request only when it still waits.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/preferences.schema.json, "escalate".
 */
#ifndef CORE_ESCALATION_H
#define CORE_ESCALATION_H

#include "core/json.h"

#include <stddef.h>
#include <stdint.h>

#define ESCALATION_STEPS_MAX 8    /* of a document */
#define ESCALATION_DEVICES_MAX 64 /* of all of them */
#define ESCALATION_MAX_S 86400

/* One device of a step. */
struct escalation_step {
	int32_t after_s; /* 1 .. ESCALATION_MAX_S */
	char device[65];
};

struct escalation {
	struct escalation_step *steps; /* owned */
	size_t count;
};

/* Read [{"after_s":300,"devices":["tablet"]}]; what is wrong sets the fault.
 * Out:     escalation  escalation_finish() it; empty unless STATUS_OK
 * Returns: STATUS_OK, STATUS_NO_MEMORY. */
enum status escalation_read(const struct json_object *parent, const char *name,
    struct escalation *escalation);
enum status escalation_copy(const struct escalation *escalation,
    struct escalation *copy);
void escalation_finish(struct escalation *escalation); /* zeroed is fine */

/* Seconds after which a device hears of a request; 0 = at once. The first step
 * that names it counts. */
int32_t escalation_after_s(const struct escalation *escalation,
    const char *device);

#endif
