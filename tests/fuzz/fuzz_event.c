/* An event from outside, and all that is made of it. */
#include "base/text.h"
#include "core/notice.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <string.h>

#define ARRIVED_MS INT64_C(1764000000000)
#define PAYLOAD_MAX 4096 /* bytes; APNs refuses a larger body */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_text(const char *text, size_t max)
{
	assert(text == NULL || text_is_utf8(text, strlen(text)));
	assert(text == NULL || strlen(text) <= max);
}

static void
check_line(const char *text, size_t max)
{
	check_text(text, max);
	assert(text == NULL || text_is_line(text));
}

static void
check_event(const struct event *event)
{
	const char *const ids[] = { event->id, event->host, event->session_id,
		event->session_parent, event->request_id };

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		assert(ids[i] == NULL || text_is_id(ids[i]));
	assert(event->kind < KIND_COUNT);
	assert(event->ts_ms >= 0 && event->ts_ms <= ARRIVED_MS);
	assert(event->expires_ms > event->ts_ms);
	assert(event->expires_ms - event->ts_ms <=
	    (int64_t)EVENT_TTL_MAX_S * 1000);
	assert(event->duration_ms >= 0);
	check_line(event->title, EVENT_TITLE_MAX);
	check_line(event->project_name, EVENT_TITLE_MAX);
	check_line(event->project_directory, 1024);
	check_line(event->session_title, EVENT_TITLE_MAX);
	check_text(event->body, EVENT_BODY_MAX);
	assert(event->device == NULL || text_is_id(event->device));
}

/* However short it must be, it is JSON and reads as an ask again. */
static void
check_ask(const struct event *event)
{
	static const size_t limits[] = { ASK_LEAST, 100, 4096, ASK_MAX };

	for (size_t i = 0; event->ask.node != NULL && i < COUNT_OF(limits);
	     i++) {
		struct ask again = { .node = NULL };
		struct fault fault = { "" };
		struct json_object object;
		struct cJSON *root;
		struct buf json;

		buf_init(&json, 2 * ASK_MAX);
		buf_addf(&json, "{\"ask\":");
		assert(ask_write(&event->ask, limits[i], &json) == STATUS_OK);
		assert(json.len <= limits[i] + strlen("{\"ask\":"));
		buf_addf(&json, "}");
		assert(json_parse(buf_text(&json), json.len, &fault, &root,
		           &object) == STATUS_OK);
		ask_read(&object, &again);
		assert(!fault_is_set(&fault) && again.node != NULL);
		assert(again.is_cut || !event->ask.is_cut);
		json_free(root);
		buf_finish(&json);
	}
}

static void
check_notice(const struct event *event)
{
	struct look look = { .names_host = true };
	struct notice notice;

	for (look.privacy = PRIVACY_FULL; look.privacy <= PRIVACY_NONE;
	     look.privacy++) {
		notice_write(event, &look, &notice);
		assert(notice.title[0] != '\0' && notice.body[0] != '\0');
		check_line(notice.title, NOTICE_TITLE_MAX);
		check_line(notice.subtitle, NOTICE_SUBTITLE_MAX);
		check_text(notice.body, NOTICE_BODY_MAX);
	}
}

/* Whatever the event says, it can be pushed. */
static void
check_push(const struct event *event)
{
	static const uint8_t key[OPAQUE_KEY_LEN];
	static const struct settings settings;
	char token[] = "00ff";
	const struct device device = { .token = token, .topic = token };
	const struct push_env env = {
		.settings = &settings,
		.origin = "",
		.authorization = "",
	};
	const struct look look = { .sound = "", .names_host = true };
	const struct job job = {
		.look = &look,
		.event = event,
		.device = &device,
		.user = "alice",
		.device_name = "phone",
		.key = key,
	};
	struct request request;
	cJSON *body;

	assert(apns_provider.encode(&job, &env, &request) == STATUS_OK);
	assert(request.body.len <= PAYLOAD_MAX);
	body = cJSON_Parse(buf_text(&request.body));
	assert(cJSON_IsObject(body));
	cJSON_Delete(body);
	request_finish(&request);
	assert(log_provider.encode(&job, &env, &request) == STATUS_OK);
	assert(text_is_line(buf_text(&request.body)));
	request_finish(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct arrival arrival = {
		.payload = (const char *)bytes,
		.len = len,
		.at_ms = ARRIVED_MS,
		.id = "msg_1",
	};
	struct fault fault = { "" };
	struct event event;
	enum status status = event_parse(&arrival, &event, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK) {
		check_event(&event);
		check_ask(&event);
		check_notice(&event);
		check_push(&event);
	}
	event_finish(&event);
	return 0;
}
