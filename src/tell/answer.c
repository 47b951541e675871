#include "tell/answer.h"

#include "base/text.h"
#include "core/json.h"

#include <string.h>

#define RESPONSE_MAX 65536  /* bytes; what does not fit is left out */
#define TRANSACTION_MAX 128 /* bytes */
#define TOPIC_MAX 640       /* bytes; three names and a word */

struct asked {
	const char *user; /* NULL = an operator */
	const char *verb;
	const char *transaction; /* NULL = none */
	const char *event;       /* NULL = none */
	struct fault fault;
};

static void
add_decisions(struct answer *answer, const struct asked *asked,
    struct buf *json)
{
	const char *separator = "";
	const char *receipt;
	const char *user;
	int64_t at = 0;

	buf_addf(json, ",\"event\":");
	buf_add_json(json, asked->event);
	buf_addf(json, ",\"decisions\":[");
	while (receipts_next(answer->receipts, asked->event, &at, &user,
	           &receipt) &&
	    json->len + strlen(receipt) < RESPONSE_MAX / 2) {
		if (asked->user != NULL && strcmp(asked->user, user) != 0)
			continue;
		buf_addf(json, "%s{\"user\":", separator);
		buf_add_json(json, user);
		buf_addf(json, ",\"receipt\":%s}", receipt);
		separator = ",";
	}
	buf_addf(json, "]");
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
	} else if (asked->user != NULL) {
		fault_set(&asked->fault, "request: must be explain");
	} else if (strcmp(asked->verb, "reload") == 0) {
		answer->reload(answer->context);
	} else if (strcmp(asked->verb, "health") == 0) {
		buf_addf(json, ",\"health\":");
		answer->write_health(answer->health, json);
	} else {
		fault_set(&asked->fault,
		    "request: must be one of explain, health, reload");
	}
	if (fault_is_set(&asked->fault)) {
		buf_addf(json, ",\"error\":");
		buf_add_json(json, asked->fault.text);
	}
	buf_addf(json, "}");
}

/* A person is answered below their own topics, whatever they ask for. */
static const char *
response_topic(const struct answer *answer, struct asked *asked,
    const struct mqtt_message *message)
{
	struct buf own;
	const char *wish = message->response_topic;

	if (asked->user == NULL || wish == NULL)
		return wish;
	buf_init(&own, TOPIC_MAX);
	buf_addf(&own, "%s/%s/response/", answer->settings->mqtt.root,
	    asked->user);
	if (strncmp(wish, buf_text(&own), own.len) != 0) {
		fault_set(&asked->fault, "response topic: must be below %s",
		    buf_text(&own));
		wish = NULL;
	}
	buf_finish(&own);
	return wish;
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

	buf_init(&json, RESPONSE_MAX);
	text_strip(&payload, &len);
	if (len > 0)
		(void)json_parse(payload, len, &asked.fault, &root, &object);
	asked.transaction = json_line(&object, "transaction", TRANSACTION_MAX);
	asked.event = json_id(&object, "event");
	to.topic = response_topic(answer, &asked, message);
	write_response(answer, &asked, &json);
	post_response(answer->post, &to, message, &json);
	json_free(root);
	buf_finish(&json);
}
