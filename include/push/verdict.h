/* verdict.h - what an answer means: the parts that services share.
 *
 * Layer:   push. Pure.
 */
#ifndef PUSH_VERDICT_H
#define PUSH_VERDICT_H

#include "core/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUSH_REASON_MAX 65 /* bytes of a service's word, with the NUL */
#define PUSH_WORDS_MAX 200 /* bytes of what it says otherwise, with the NUL */

/* What an answer means for the job and its device. */
enum outcome {
	OUTCOME_DELIVERED, /* forget the job */
	OUTCOME_RETRY,     /* core/retry decides when */
	OUTCOME_REJECTED,  /* forget the job, log why: ours to fix */
	OUTCOME_GONE,      /* forget the job and the device */
};

struct verdict {
	enum outcome outcome;
	bool fresh_connection;    /* the next request needs a new connection */
	bool fresh_authorization; /* and a new authorization with it */
	bool perhaps_elsewhere;   /* GONE: or it belongs to our other origin */
	bool is_ours;             /* who the bridge is was refused, for all */
	bool is_at_once;          /* RETRY: nothing is gained by waiting */
	bool pauses_service;      /* RETRY: the others wait as well */
	int32_t wait_s;  /* RETRY: at least, where the service says nothing */
	int64_t gone_ms; /* GONE: the device is gone since then; 0 = not said */
	/* A word out of the service's list, or ours; "" = none. */
	char reason[PUSH_REASON_MAX];
	/* What the service, or the network, said in its own words: for the log
	 * alone. A stranger's server can say anything. "" = nothing */
	char words[PUSH_WORDS_MAX];
	const char *advice; /* static: what a person can do about it; NULL */
};

/* A service's own word that tells more than its status. */
struct verdict_word {
	const char *word;
	bool is_phrase; /* it may stand anywhere in the answer */
	enum outcome outcome;
	bool fresh_connection;
	bool fresh_authorization;
	bool perhaps_elsewhere;
	bool is_ours;
	int32_t wait_s;
	const char *advice; /* NULL = what the status told */
};

/* What a status means where a service has no other rule: 2xx delivered; none, 408,
 * 429 and 5xx are tried again; the others are refusals. After none a new
 * connection, after 429 a pause for all.
 * In:  advice  for a refusal, static; NULL = none */
struct verdict verdict_of_status(int status, const char *advice);

/* Whether a text is a service's word for something, and no sentence: 1 to 64 of
 * A-Z a-z _ */
bool verdict_is_word(const char *text);

/* Fill in reason and gone_ms from {"reason":…,"timestamp":…}, or reason from
 * {"message":…} or {"error":…}. What is no word, and the start of another body,
 * becomes words. */
void verdict_read_reason(const struct response *response,
    struct verdict *verdict);

/* A yes counts only in the service's own form: a login page in its place, or
 * anything else that answers there, is a refusal that says so. Changes nothing
 * unless the outcome is DELIVERED.
 * In:  member  the text that the service's JSON has in each yes; NULL = it has
 *              none, so that only a web page is known for what it is */
void verdict_check_form(const struct response *response, const char *member,
    struct verdict *verdict);

/* The word that is the reason, or stands in the answer, decides. */
void verdict_apply(const struct verdict_word *words, size_t count,
    const struct response *response, struct verdict *verdict);

#endif
