/* ack.h - somebody has seen an event, and perhaps where.
 *
 * Layer:   core. Pure.
 * Source:  docs/schema/ack.schema.json.
 */
#ifndef CORE_ACK_H
#define CORE_ACK_H

#include "base/fault.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define ACK_SEEN_S 10 /* a shorter one is a glance */

struct ack {
	char event[65];
	char device[65]; /* "" = nobody says */
	int32_t open_s;  /* how long it was open there; 0 = nobody says */
};

/* Read an event's id, or {"event": its id, "device": where it was seen, "open_s":
 * for how long}.
 * Out:     ack  untouched unless STATUS_OK
 * Returns: STATUS_BAD_INPUT with the fault set, STATUS_NO_MEMORY. */
enum status ack_parse(const char *bytes, size_t len, struct ack *ack,
    struct fault *fault);

#endif
