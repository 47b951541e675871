/* judgement.h - what an answer tells about the service that gave it.
 *
 * Main thread.
 * What it tells about the job is settlement's. Here its connection, its
 * authorization and its breaker hear of it, and a person who should do
 * something.
 */
#ifndef DELIVER_JUDGEMENT_H
#define DELIVER_JUDGEMENT_H

#include "deliver/service.h"
#include "push/provider.h"
#include "tell/lines.h"
#include "tell/trouble.h"

/* The verdict on a flight that was answered, after the service took it in. Its
 * reason is set unless it was delivered. */
struct verdict judgement_make(struct flight *flight, struct trouble *trouble,
    struct lines *lines);

/* The answer to the service's question for an authorization; the same. */
struct verdict judgement_of_grant(struct service *service,
    struct trouble *trouble);

/* A device is gone: say so. */
void judgement_note_gone(const struct flight *flight,
    const struct verdict *verdict, struct trouble *trouble);

#endif
