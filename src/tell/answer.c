#include "tell/answer.h"

#include "base/text.h"
#include "core/json.h"
#include "core/rate.h"
#include "core/topic.h"
#include "io/clock.h"

#include <inttypes.h>
#include <string.h>

#define RESPONSE_MAX 65536 /* bytes; what does not fit is left out */
#define INSTANT_MAX 9000000000000000
#define DIGEST_FULL 49152   /* bytes: the rest comes with the next answer */
#define ASKS_BURST 60       /* requests of a person at once ... */
#define ASKS_PER_MINUTE 120 /* ... and then */
#define TRANSACTION_MAX 128 /* bytes */
#define TOPIC_MAX 640       /* bytes; three names and a word */

struct asked {
	const char *user; /* NULL = an operator */
	const char *verb;
	const char *transaction; /* NULL = none */
	const char *event;       /* NULL = none */
	const char *whose;       /* a digest; NULL = nobody's */
	int64_t since_ms;
	int64_t after;
	struct fault fault;
};

static void
add_decisions(struct answer *answer, const struct asked *asked,
    struct buf *json)
{
	struct receipts_one one = { .at = 0 };
	const char *separator = "";

	buf_addf(json, ",\"event\":");
	buf_add_json(json, asked->event);
	buf_addf(json, ",\"decisions\":[");
	while (
	    receipts_next(answer->receipts, asked->event, asked->user, &one) &&
	    json->len + strlen(one.receipt) < RESPONSE_MAX / 2) {
		buf_addf(json, "%s{\"user\":", separator);
		buf_add_json(json, one.user);
		buf_addf(json, ",\"receipt\":%s}", one.receipt);
		separator = ",";
	}
	buf_addf(json, "]");
}

/* What became of a person's events since a moment; as much as fits, and after
 * which one to go on. */
static void
add_digest(struct answer *answer, const struct asked *asked, struct buf *json)
{
	struct receipts_one one = { .at = asked->after };
	const char *separator = "";
	int64_t last = 0;
	bool is_whole = false;

	buf_addf(json, ",\"user\":");
	buf_add_json(json, asked->whose);
	buf_addf(json, ",\"decisions\":[");
	while (json->len < DIGEST_FULL) {
		is_whole = !receipts_since(answer->receipts, asked->whose,
		    asked->since_ms, &one);
		if (is_whole)
			break;
		last = one.at;
		buf_addf(json, "%s%s", separator, one.receipt);
		separator = ",";
	}
	buf_addf(json, "],\"after\":");
	buf_addf(json, is_whole ? "null" : "%" PRId64, last);
}

static void
digest(struct answer *answer, struct asked *asked, struct buf *json)
{
	if (asked->whose == NULL)
		fault_set(&asked->fault, "user: is missing");
	else
		add_digest(answer, asked, json);
}

static void
explain(struct answer *answer, struct asked *asked, struct buf *json)
{
	if (asked->event == NULL)
		fault_set(&asked->fault, "event: is missing");
	else
		add_decisions(answer, asked, json);
}

static void
write_response(struct answer *answer, struct asked *asked, struct buf *json)
{
	buf_addf(json, "{\"transaction\":");
	buf_add_json(json, asked->transaction);
	if (fault_is_set(&asked->fault)) {
		/* The request itself could not be read. */
	} else if (strcmp(asked->verb, "explain") == 0) {
		explain(answer, asked, json);
	} else if (strcmp(asked->verb, "digest") == 0) {
		digest(answer, asked, json);
	} else if (asked->user != NULL) {
		fault_set(&asked->fault, "request: must be explain or digest");
	} else if (strcmp(asked->verb, "reload") == 0) {
		answer->reload(answer->context);
	} else if (strcmp(asked->verb, "health") == 0) {
		buf_addf(json, ",\"health\":");
		answer->write_health(answer->health, json);
	} else {
		fault_set(&asked->fault,
		    "request: must be one of explain, digest, health, reload");
	}
	if (fault_is_set(&asked->fault)) {
		buf_addf(json, ",\"error\":");
		buf_add_json(json, asked->fault.text);
	}
	buf_addf(json, "}");
}

/* A person is answered below their own topics, whatever they ask for. For a topic
 * that it does not take a broker ends our connection.
 * Returns: NULL = where one is answered who wishes nothing. */
static const char *
response_topic(const struct answer *answer, struct asked *asked,
    const struct mqtt_message *message)
{
	const char *wish = message->response_topic;
	struct buf own;

	if (wish == NULL)
		return NULL;
	buf_init(&own, TOPIC_MAX);
	if (asked->user != NULL)
		buf_addf(&own, "%s/%s/response/", answer->settings->mqtt.root,
		    asked->user);
	if (strncmp(wish, buf_text(&own), own.len) != 0) {
		fault_set(&asked->fault, "response topic: must be below %s",
		    buf_text(&own));
		wish = NULL;
	} else if (!topic_is_publishable(wish)) {
		fault_set(&asked->fault,
		    "response topic: must have no '+', no '#', no '$' at its "
		    "begin, no control character and at most 32 levels");
		wish = NULL;
	}
	buf_finish(&own);
	return wish;
}

/* Whether somebody asks too much. */
static bool
is_too_much(struct answer *answer, const char *user)
{
	static const struct rate rate = { ASKS_BURST, ASKS_PER_MINUTE };
	unsigned int number = 0;

	for (const char *c = user; *c != '\0'; c++)
		number = number * 31 + (unsigned char)*c;
	return !rate_take(&rate, &answer->full_us[number % ANSWER_PEOPLE],
	    clock_now_ms());
}

void
answer_request(struct answer *answer, const char *user, const char *verb,
    const struct mqtt_message *message)
{
	struct asked asked = { .user = user, .verb = verb };
	struct json_object object = { .fault = &asked.fault };
	struct return_address to = { .user = user, .verb = verb };
	struct cJSON *root = NULL;
	const char *payload = message->payload;
	size_t len = message->len;
	struct buf json;

	if (user != NULL && is_too_much(answer, user))
		fault_set(&asked.fault,
		    "request: more than %d a minute: wait, and ask again",
		    ASKS_PER_MINUTE);
	buf_init(&json, RESPONSE_MAX);
	text_strip(&payload, &len);
	if (len > 0)
		(void)json_parse(payload, len, &asked.fault, &root, &object);
	asked.transaction = json_line(&object, "transaction", TRANSACTION_MAX);
	asked.event = json_id(&object, "event");
	asked.whose = user != NULL ? user : json_id(&object, "user");
	asked.since_ms = json_integer(&object, "since", 0, INSTANT_MAX, 0);
	asked.after = json_integer(&object, "after", 0, INSTANT_MAX, 0);
	to.topic = response_topic(answer, &asked, message);
	write_response(answer, &asked, &json);
	post_response(answer->post, &to, message, &json);
	json_free(root);
	buf_finish(&json);
}
