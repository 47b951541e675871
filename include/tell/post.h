/* post.h - what leaves for the broker: receipts, and retained documents.
 *
 * Main thread.
 * Source:  docs/schema/receipt.schema.json, state.schema.json.
 * It is collected while a transaction runs and leaves after it: Paho's thread
 * may wait for the file while it holds the lock that publishing needs.
 */
#ifndef TELL_POST_H
#define TELL_POST_H

#include "base/buf.h"
#include "core/settings.h"
#include "io/mqtt.h"
#include "io/receipts.h"
#include "tell/tally.h"

#include <stdint.h>

/* What became of an event, for one device or for all. Texts are borrowed for
 * the call and NULL where they do not apply. */
struct receipt {
	const char *user;
	const char *event; /* its id */
	const char *device;
	const char *state;  /* accepted pushed suppressed failed … */
	const char *reason; /* the rule or the service's word */
	const char *service;
	const char *detail;     /* what is wrong, for a person */
	const char *preference; /* that caused it, as a path: "kinds.note" */
	const char *layer;      /* who said so: default, user, device */
	const char *kind;  /* of the event, and what it is called: kept, for */
	const char *title; /* 'nudge digest', and not told */
	int64_t until_ms;  /* it waits until then at most; 0 = it does not */
	int status;        /* the service's, 0 = none */
	int attempt;       /* 1 = the first, 0 = none */
	int64_t ts_ms;
	int64_t arrived_ms; /* to be told how long it took; 0 = not */
};

struct parcel;

struct post {
	struct mqtt *mqtt;
	struct receipts *receipts;
	const struct settings *settings;
	struct tally tally; /* of the receipts */
	struct parcel *first;
	struct parcel **end;
	int64_t complain_ms; /* monotonic: of what is too large, not before */
};

/* Everything is borrowed. */
void post_init(struct post *post, struct mqtt *mqtt, struct receipts *receipts,
    const struct settings *settings);
void post_finish(struct post *post);

/* Tell it, and keep it for 'nudge explain'. */
void post_receipt(struct post *post, const struct receipt *receipt);
/* Only keep it: what is told goes to everybody, and this is a detail. */
void post_note(struct post *post, const struct receipt *receipt);
/* A retained document; len 0 takes it away. */
void post_document(struct post *post, const char *topic, const char *payload,
    size_t len);

/* The same, and MQTT_SETTLED will say what the broker made of it. */
void post_asked(struct post *post, const char *topic, const struct buf *payload,
    uint64_t tag);

/* The same without an answer of the broker: what is told again soon. */
void post_state(struct post *post, const char *topic, const char *payload,
    size_t len);

/* Where the answer to a request goes. */
struct return_address {
	const char *user; /* who asked; NULL = an operator */
	const char *verb;
	const char *topic; /* its sender's wish; NULL = none */
};

void post_response(struct post *post, const struct return_address *to,
    const struct mqtt_message *request, const struct buf *json);

/* Publish what was collected. Without a broker it is dropped: a publisher that
 * needs to know sends its event again and gets a new receipt. */
void post_flush(struct post *post);

#endif
