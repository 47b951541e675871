/* seal.c - what the bridge sends to a device, for fixed keys and randomness.
 *
 * Writes JSON to standard output; make.mjs makes push.json of it. The device's
 * keys are those of RFC 8291, appendix A.
 */
#include "base/attr.h"
#include "base/b64url.h"
#include "base/buf.h"
#include "core/event.h"
#include "core/settings.h"
#include "push/content.h"
#include "push/ece.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 16384
#define NOW_MS INT64_C(1764000000000)
#define P256DH                                        \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORc" \
	"xaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define KEYS "\"p256dh\":\"" P256DH "\",\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\""
#define SERVERS "\"servers\":{\"workstation\":\"http://10.0.0.5:4096\"}"
#define TURN "Wd4uz7VW1te-4GttdENYHw" /* ses_1, under the key of set() */
#define SESSION                                                       \
	"\"host\":\"workstation\",\"project\":{\"name\":\"webshop\"," \
	"\"directory\":\"/home/a/webshop\"},"                         \
	"\"session\":{\"id\":\"ses_1\",\"title\":\"Fix login\"}"

static const char apns[] = "{\"platform\":\"apns\",\"token\":\"00ff\","
                           "\"topic\":\"dev.example.app\"," SERVERS "}";
static const char apns_sealed[] =
    "{\"platform\":\"apns\",\"token\":\"00ff\","
    "\"topic\":\"dev.example.app\"," SERVERS ",\"encrypt\":{" KEYS "}}";
static const char fcm[] =
    "{\"platform\":\"fcm\",\"token\":\"token\"," SERVERS "}";
static const char fcm_sealed[] = "{\"platform\":\"fcm\",\"token\":\"token\","
                                 "\"encrypt\":{" KEYS "}," SERVERS "}";

static const char ntfy[] =
    "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/alice\"," SERVERS "}";

/* A piece of text 160 times. */
#define FIVE(piece) piece piece piece piece piece
#define LONG(piece) FIVE(FOUR(FOUR(piece piece)))
#define FOUR(piece) piece piece piece piece

/* One push. */
struct scene {
	const char *name;
	const char *event; /* as it is published */
	enum purpose purpose;
	struct look look;
};

#define LOOK(how_urgent, how_loud, waiting)                               \
	.level = LEVEL_##how_urgent, .sound = how_loud, .badge = waiting, \
	.names_host = true
#define UNKNOWN LOOK_BADGE_UNKNOWN

static const struct scene scenes[] = {
	{ "a permission",
	    "{\"id\":\"evt_1\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_1\",\"nonce\":\"n0nce\"},"
	    "\"body\":\"rm -rf build\"}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 1) } },
	{ "a question",
	    "{\"id\":\"evt_2\",\"kind\":\"question.asked\"," SESSION
	    ",\"request\":{\"id\":\"que_1\",\"nonce\":\"n0nce\"},"
	    "\"body\":\"Which database?\\nSQLite, or PostgreSQL\"}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 2) } },
	{ "a turn that finished, on a host whose address is not known",
	    "{\"id\":\"evt_3\",\"kind\":\"session.idle\",\"host\":\"attic\","
	    "\"project\":{\"directory\":\"/home/a/b\xc3\xbc"
	    "cher\"},\"session\":{\"id\":\"ses_2\"}}",
	    PURPOSE_SHOW, { LOOK(ACTIVE, "default", UNKNOWN) } },
	{ "an error, silent",
	    "{\"id\":\"evt_4\",\"kind\":\"session.error\"," SESSION
	    ",\"body\":\"401 Unauthorized\"}",
	    PURPOSE_SHOW, { LOOK(ACTIVE, "", 0) } },
	{ "a note in several scripts",
	    "{\"id\":\"evt_5\",\"kind\":\"note\",\"title\":\"\xd7\xa9\xd7\x9c"
	    "\xd7\x95\xd7\x9d\",\"body\":\"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f"
	    "\x92\xbb \\\"quoted\\\" \\\\ \xe6\x97\xa5\xe6\x9c\xac\"}",
	    PURPOSE_SHOW, { LOOK(PASSIVE, "default", UNKNOWN) } },
	{ "a digest",
	    "{\"id\":\"evt_6\",\"kind\":\"session.idle\"," SESSION "}",
	    PURPOSE_SHOW,
	    { LOOK(ACTIVE, "default", 0), .digest = "2 finished, 1 failed",
	        .names = "Finished: Fix login (2)\nFailed: Deploy" } },
	{ "a permission that may not be told",
	    "{\"id\":\"evt_1\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_1\"},\"body\":\"rm -rf build\"}",
	    PURPOSE_SHOW,
	    { LOOK(TIME_SENSITIVE, "default", UNKNOWN),
	        .privacy = PRIVACY_NONE } },
	{ "a withdrawal of the permission",
	    "{\"id\":\"evt_1\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_1\"},\"body\":\"rm -rf build\"}",
	    PURPOSE_WITHDRAW, { LOOK(ACTIVE, "default", UNKNOWN) } },
	{ "a permission that is longer than a phone shows",
	    "{\"id\":\"evt_7\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_7\",\"nonce\":\"n0nce\"},"
	    "\"ask\":{\"tool\":\"bash\",\"input\":\"" LONG(
	        "true && ") "rm -rf ~\",\"patterns\":[\"true *\",\"rm *\"]}}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 1) } },
	{ "a permission whose text hides something",
	    "{\"id\":\"evt_8\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_8\",\"nonce\":\"n0nce\"},"
	    "\"ask\":{\"tool\":\"bash\",\"input\":\"rm -rf \xe2\x80\xae"
	    "dliub\xe2\x80\xac #\xe2\x80\x8b" LONG("\\n") "sudo\"}}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 1) } },
	{ "a permission of which only the title may be told",
	    "{\"id\":\"evt_9\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_9\",\"nonce\":\"n0nce\"},"
	    "\"body\":\"rm -rf build\"}",
	    PURPOSE_SHOW,
	    { LOOK(TIME_SENSITIVE, "default", 1), .privacy = PRIVACY_TITLE } },
	{ "questions, as structure",
	    "{\"id\":\"evt_10\",\"kind\":\"question.asked\"," SESSION
	    ",\"request\":{\"id\":\"que_10\",\"nonce\":\"n0nce\"},"
	    "\"ask\":{\"questions\":[{\"header\":\"Database\",\"text\":"
	    "\"Which one?\",\"options\":[{\"label\":\"SQLite\","
	    "\"description\":\"One file\"},{\"label\":\"PostgreSQL\"}]},"
	    "{\"text\":\"Why?\"}]}}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 1) } },
	{ "the permission once more, which replaces what is shown",
	    "{\"id\":\"evt_11\",\"kind\":\"permission.asked\"," SESSION
	    ",\"request\":{\"id\":\"per_1\",\"nonce\":\"n0nce\"},"
	    "\"body\":\"rm -rf build\"}",
	    PURPOSE_SHOW, { LOOK(TIME_SENSITIVE, "default", 3) } },
};

/* How a running turn goes. */
struct turn {
	const char *name;
	enum activity_step step;
	enum privacy privacy;
	struct agent_session session;
};

#define DOES(state)                                                        \
	{                                                                  \
		.id = "ses_1", .title = "Fix login", .project = "webshop", \
		.doing = AGENT_##state, .since_ms = NOW_MS - 90000,        \
	}

static const struct turn turns[] = {
	{ "a turn that begins", ACTIVITY_START, PRIVACY_FULL, DOES(BUSY) },
	{ "a turn that waits", ACTIVITY_UPDATE, PRIVACY_FULL, DOES(WAITING) },
	{ "a turn that ended", ACTIVITY_END, PRIVACY_FULL, DOES(IDLE) },
	{ "a turn that failed", ACTIVITY_END, PRIVACY_FULL, DOES(ERROR) },
	{ "a turn that may not be told", ACTIVITY_START, PRIVACY_NONE,
	    DOES(BUSY) },
	{ "a turn whose title hides something", ACTIVITY_UPDATE, PRIVACY_FULL,
	    { .id = "ses_1",
	        .title = "Fix \xe2\x80\xaenigol",
	        .since_ms = NOW_MS - 90000 } },
};

static const char apns_turn[] =
    "{\"platform\":\"apns\",\"token\":\"00ff\",\"topic\":"
    "\"dev.example.app\"," SERVERS ",\"progress\":{\"start\":\"01ff\","
    "\"turns\":{\"" TURN "\":\"02ff\"}}}";
static const char apns_sealed_turn[] =
    "{\"platform\":\"apns\",\"token\":\"00ff\",\"topic\":"
    "\"dev.example.app\"," SERVERS ",\"encrypt\":{" KEYS
    "},\"progress\":{\"start\":\"01ff\",\"turns\":{\"" TURN "\":\"02ff\"}}}";

/* Everything else is ready. */
struct stage {
	struct event event;
	struct settings settings;
	struct device_keys keys;
	uint8_t key[OPAQUE_KEY_LEN];
	uint8_t dice[PUSH_DICE_LEN];
	struct job job;
	struct push_env env;
};

static void
need(enum status status, const char *what)
{
	if (status == STATUS_OK)
		return;
	(void)fprintf(stderr, "seal: %s: %s\n", what, status_str(status));
	exit(1);
}

/* Under fixed keys and dice. */
static void
set(struct stage *stage, const struct scene *scene, uint8_t number)
{
	const struct settings_source nothing = { .file = "", .text = "" };
	const struct arrival arrival = { .payload = scene->event,
		.len = strlen(scene->event),
		.at_ms = NOW_MS,
		.id = "evt_0" };
	struct settings_fault ignored;
	struct fault fault = { "" };

	memset(stage, 0, sizeof(*stage));
	need(settings_read(&nothing, &stage->settings, &ignored), "settings");
	need(event_parse(&arrival, &stage->event, &fault), scene->name);
	memset(stage->key, 7, sizeof(stage->key));
	for (size_t i = 0; i < sizeof(stage->dice); i++)
		stage->dice[i] = (uint8_t)(number * 16 + i);
	stage->job = (struct job){ .purpose = scene->purpose,
		.look = &scene->look,
		.event = &stage->event,
		.user = "alice",
		.device_name = "phone",
		.key = stage->key };
	stage->env = (struct push_env){ .settings = &stage->settings,
		.origin = "https://push.example",
		.authorization = "project TOKEN",
		.dice = stage->dice,
		.now_s = NOW_MS / 1000 };
}

static void
read_device(const char *registration, struct device *device)
{
	struct fault fault = { "" };

	need(device_parse(registration, strlen(registration), device, &fault),
	    fault.text);
}

/* The body as a service gets it, or null: a JSON member. */
static void
add_body(struct buf *json, struct stage *stage, const char *name,
    const struct provider *provider, const char *registration)
{
	struct request request;
	struct device device;

	read_device(registration, &device);
	stage->job.device = &device;
	need(provider->encode(&stage->job, &stage->env, &request), name);
	buf_addf(json, ",\n\"%s\":%s", name, buf_text(&request.body));
	request_finish(&request);
	device_finish(&device);
}

/* What is inside, and the RFC 8291 body that Web Push and UnifiedPush carry. */
static void
add_sealed(struct buf *json, struct stage *stage, const char *registration)
{
	struct device device;
	struct buf body;
	struct buf text;

	read_device(registration, &device);
	stage->job.device = &device;
	buf_init(&text, BODY_MAX);
	buf_init(&body, BODY_MAX);
	need(content_message(&stage->job, ECE_TEXT_MAX, &text), "text");
	need(content_encrypt(&stage->job, &stage->env, device.encrypt, &body),
	    "body");
	buf_addf(json, ",\n\"text\":");
	buf_add_json(json, buf_text(&text));
	buf_addf(json, ",\n\"body\":\"");
	b64url_add(json, body.data, body.len);
	buf_addf(json, "\"");
	buf_finish(&text);
	buf_finish(&body);
	device_finish(&device);
}

/* What an ntfy server is asked for; a withdrawal has no body. */
static void
add_ntfy(struct buf *json, struct stage *stage)
{
	struct request request;
	struct device device;

	read_device(ntfy, &device);
	stage->job.device = &device;
	need(ntfy_provider.encode(&stage->job, &stage->env, &request), "ntfy");
	buf_addf(json, ",\n\"ntfy\":{\"method\":");
	buf_add_json(json, request.method == NULL ? "POST" : request.method);
	buf_addf(json, ",\"url\":");
	buf_add_json(json, buf_text(&request.url));
	buf_addf(json, ",\"body\":%s}",
	    request.body.len > 0 ? buf_text(&request.body) : "null");
	request_finish(&request);
	device_finish(&device);
}

static void
add_scene(struct buf *json, const struct scene *scene, uint8_t number)
{
	struct stage stage;

	set(&stage, scene, number);
	buf_addf(json, "%s{\"name\":", number > 0 ? "," : "");
	buf_add_json(json, scene->name);
	add_sealed(json, &stage, fcm_sealed);
	add_body(json, &stage, "apns", &apns_provider, apns);
	add_body(json, &stage, "apns_sealed", &apns_provider, apns_sealed);
	add_body(json, &stage, "fcm", &fcm_provider, fcm);
	add_body(json, &stage, "fcm_sealed", &fcm_provider, fcm_sealed);
	add_ntfy(json, &stage);
	buf_addf(json, "}\n");
	event_finish(&stage.event);
}

static void
add_turn(struct buf *json, const struct turn *turn, uint8_t number)
{
	const struct scene scene = {
		.name = turn->name,
		.event = "{\"id\":\"evt_1\",\"kind\":\"session.busy\","
		         "\"host\":\"workstation\","
		         "\"session\":{\"id\":\"ses_1\"}}",
		.purpose = PURPOSE_PROGRESS,
		.look = { LOOK(ACTIVE, "", UNKNOWN), .privacy = turn->privacy },
	};
	const struct progress progress = {
		.step = turn->step,
		.session = &turn->session,
		.ts_ms = NOW_MS,
		.stale_ms = NOW_MS + ACTIVITY_STALE_MS,
	};
	struct stage stage;

	set(&stage, &scene, number);
	stage.job.progress = &progress;
	buf_addf(json, "%s{\"name\":", number > 0 ? "," : "");
	buf_add_json(json, turn->name);
	add_sealed(json, &stage, apns_sealed_turn);
	add_body(json, &stage, "apns", &apns_provider, apns_turn);
	add_body(json, &stage, "apns_sealed", &apns_provider, apns_sealed_turn);
	buf_addf(json, "}\n");
	event_finish(&stage.event);
}

int
main(void)
{
	struct buf json;

	buf_init(&json, (COUNT_OF(scenes) + COUNT_OF(turns)) * 4 * BODY_MAX);
	buf_addf(&json, "{\"messages\":[");
	for (size_t i = 0; i < COUNT_OF(scenes); i++)
		add_scene(&json, &scenes[i], (uint8_t)i);
	buf_addf(&json, "],\"turns\":[");
	for (size_t i = 0; i < COUNT_OF(turns); i++)
		add_turn(&json, &turns[i], (uint8_t)i);
	buf_addf(&json, "]}\n");
	need(buf_status(&json), "vectors");
	(void)fwrite(json.data, 1, json.len, stdout);
	buf_finish(&json);
	return 0;
}
