#include "answer.h"

#include "base/text.h"
#include "core/json.h"

#include <string.h>

#define RESPONSE_MAX 65536  /* bytes; what does not fit is left out */
#define TRANSACTION_MAX 128 /* bytes */

struct asked {
	const struct mqtt_message *message;
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
	while (decisions_next(answer->decisions, asked->event, &at, &user,
	           &receipt) &&
	    json->len + strlen(receipt) < RESPONSE_MAX / 2) {
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
	} else if (strcmp(asked->verb, "reload") == 0) {
		answer->reload(answer->context);
	} else {
		fault_set(&asked->fault,
		    "request: must be one of explain, reload");
	}
	if (fault_is_set(&asked->fault)) {
		buf_addf(json, ",\"error\":");
		buf_add_json(json, asked->fault.text);
	}
	buf_addf(json, "}");
}

void
answer_request(struct answer *answer, const char *verb,
    const struct mqtt_message *message)
{
	struct asked asked = { .message = message, .verb = verb };
	struct json_object object = { .fault = &asked.fault };
	struct cJSON *root = NULL;
	struct buf json;

	buf_init(&json, RESPONSE_MAX);
	if (message->len > 0)
		(void)json_parse(message->payload, message->len, &asked.fault,
		    &root, &object);
	asked.transaction = json_line(&object, "transaction", TRANSACTION_MAX);
	asked.event = json_id(&object, "event");
	write_response(answer, &asked, &json);
	post_response(answer->post, verb, message, &json);
	json_free(root);
	buf_finish(&json);
}
