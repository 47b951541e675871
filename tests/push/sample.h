/* sample.h - a job as the providers get it, for their tests. */
#ifndef TESTS_PUSH_SAMPLE_H
#define TESTS_PUSH_SAMPLE_H

#include "base/b64url.h"
#include "push/opaque.h"
#include "push/provider.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_SERVER "http://10.0.0.5:4096"
/* RFC 8291 5. */
#define SAMPLE_POINT                                                          \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7" \
	"Vd8pZGH6SRpkNtoIAiw4"
#define SAMPLE_AUTH "BTBZMqHH6r4Tts7J_aSIgg"
/* Of "asked" below under sample_key. */
#define SAMPLE_COLLAPSE "waXxJfm_BMUp3kAvOIUpXg"

static const uint8_t sample_key[OPAQUE_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8,
	9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	27, 28, 29, 30, 31 };
static const uint8_t sample_dice[PUSH_DICE_LEN] = { 1, 2, 3 };

static const struct event sample_asked = {
	.id = "evt_2",
	.kind = KIND_PERMISSION_ASKED,
	.expires_ms = INT64_C(1764000600999),
	.host = "workstation",
	.project_name = "webshop",
	.project_directory = "/home/a/webshop",
	.session_id = "ses_1",
	.session_title = "Fix \"login\"",
	.request_id = "per_1",
	.request_nonce = "n0nce",
	.body = "rm -rf build",
};

static const struct look sample_look = {
	.level = LEVEL_TIME_SENSITIVE,
	.sound = "default",
	.badge = LOOK_BADGE_UNKNOWN,
	.names_host = true,
};

/* What one test changes; zeroed members are as usual. */
struct sample {
	const char *device;   /* a registration */
	const char *settings; /* a file */
	const char *authorization;
	const struct event *event;
	const struct look *look;
	enum purpose purpose;
	const struct progress *progress;
};

static struct settings
sample_settings(const char *text)
{
	const struct settings_source source = {
		.file = "",
		.text = text != NULL ? text : "",
	};
	struct settings_fault fault;
	struct settings settings;

	assert_int_equal(settings_read(&source, &settings, &fault), STATUS_OK);
	return settings;
}

/* The fault of a registration, "" = it is taken. */
static inline const char *
sample_check(const struct provider *provider, const char *registration,
    const char *settings_text)
{
	static struct fault fault;
	struct settings settings = sample_settings(settings_text);
	enum status status;
	struct device device;

	memset(&fault, 0, sizeof(fault));
	if (device_parse(registration, strlen(registration), &device, &fault) ==
	    STATUS_OK) {
		status = provider->check(&device, &settings, &fault);
		assert_int_equal(status == STATUS_OK, !fault_is_set(&fault));
		device_finish(&device);
	}
	return fault.text;
}

/* Finish it with request_finish(). */
static struct request
sample_encode(const struct provider *provider, const struct sample *sample)
{
	struct settings settings = sample_settings(sample->settings);
	char origin[PUSH_ORIGIN_MAX];
	struct fault fault = { "" };
	struct device device;
	struct request request = { 0 };
	const struct push_env env = {
		.settings = &settings,
		.origin = origin,
		.authorization = sample->authorization,
		.dice = sample_dice,
		.now_s = 1764000000,
	};
	const struct job job = {
		.purpose = sample->purpose,
		.look = sample->look != NULL ? sample->look : &sample_look,
		.event = sample->event != NULL ? sample->event : &sample_asked,
		.device = &device,
		.user = "alice",
		.device_name = "phone",
		.key = sample_key,
		.progress = sample->progress,
	};

	assert_int_equal(device_parse(sample->device, strlen(sample->device),
	                     &device, &fault),
	    STATUS_OK);
	if (provider->check != NULL)
		assert_int_equal(provider->check(&device, &settings, &fault),
		    STATUS_OK);
	if (provider->origin != NULL)
		provider->origin(&device, &settings, origin);
	assert_int_equal(provider->encode(&job, &env, &request), STATUS_OK);
	/* It is borrowed, and the settings end here. */
	request.ca_file = NULL;
	device_finish(&device);
	return request;
}

static inline void
sample_assert_body(const struct request *request, const char *expected)
{
	cJSON *ours = cJSON_Parse(buf_text(&request->body));
	cJSON *theirs = cJSON_Parse(expected);

	assert_non_null(ours);
	assert_non_null(theirs);
	if (!cJSON_Compare(ours, theirs, true))
		assert_string_equal(buf_text(&request->body), expected);
	cJSON_Delete(ours);
	cJSON_Delete(theirs);
}

/* One row of a service's table of answers. */
struct sample_answer {
	int status;
	const char *body;
	enum outcome outcome;
	const char *reason;
	const char *advice; /* a part of it; NULL = there is none */
};

static inline void
sample_judge(const struct provider *provider, const struct sample_answer *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *body = rows[i].body != NULL ? strdup(rows[i].body) : NULL;
		const struct response response = { .status = rows[i].status,
			.body = body };
		struct verdict verdict = provider->judge(&response);

		assert_int_equal(verdict.outcome, rows[i].outcome);
		assert_string_equal(verdict.reason, rows[i].reason);
		if (rows[i].advice == NULL)
			assert_null(verdict.advice);
		else
			assert_non_null(strstr(verdict.advice, rows[i].advice));
		free(body);
	}
}

#endif
