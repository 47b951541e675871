/* examine_push.c - the clock, the keys, the push services and the devices. */
#include "base/attr.h"
#include "command/examine.h"
#include "io/clock.h"
#include "io/http.h"
#include "io/secret.h"
#include "push/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#define ANSWER_WITHIN_MS 30000
#define TURN_MS 1000
#define ORIGINS_MAX 32

void
examine_clock(struct examination *examination)
{
	struct timex state = { 0 };

	if (ntp_adjtime(&state) == TIME_ERROR)
		examine_say(examination, GRADE_WARN, "clock",
		    "nobody keeps it right: push services refuse us when it "
		    "is wrong; switch on systemd-timesyncd or chrony");
	else
		examine_say(examination, GRADE_OK, "clock", "it is kept right");
}

/* In:  secret  zeroed; secret_finish() it */
static bool
read_key(const struct settings *settings, const struct provider *provider,
    struct secret *secret, struct fault *fault)
{
	const char *path =
	    settings_text(settings, provider->name, provider->key_setting);

	return secret_read(path, secret, fault) == STATUS_OK &&
	    provider->check_key(secret->text, fault) == STATUS_OK;
}

static void
examine_key(struct examination *examination, const struct provider *provider)
{
	const struct settings *settings = examination->settings;
	struct secret secret = { .text = NULL };
	struct fault fault = { "" };

	if (!provider_is_on(provider, settings))
		examine_say(examination, GRADE_OK, provider->name,
		    "off: [%s] %s is not set", provider->name,
		    provider->on_setting);
	else if (*settings_text(settings, provider->name,
	             provider->key_setting) == '\0')
		examine_say(examination, GRADE_OK, provider->name,
		    "on, without [%s] %s", provider->name,
		    provider->key_setting);
	else if (provider->make_key != NULL &&
	    !secret_exists(
	        settings_text(settings, provider->name, provider->key_setting)))
		examine_say(examination, GRADE_OK, provider->name,
		    "the bridge will make its key when it starts");
	else if (!read_key(settings, provider, &secret, &fault))
		examine_say(examination, GRADE_FAIL, provider->name,
		    "[%s] %s: %s", provider->name, provider->key_setting,
		    fault.text);
	else
		examine_say(examination, GRADE_OK, provider->name,
		    "its key can be read");
	secret_finish(&secret);
}

void
examine_keys(struct examination *examination)
{
	for (size_t i = 0; i < provider_count(); i++) {
		if (provider_at(i)->key_setting != NULL)
			examine_key(examination, provider_at(i));
	}
}

/* One exchange, from here to its end. */
static bool
ask(struct http *http, const struct request *request, struct response *response)
{
	int64_t until_ms = clock_monotonic_ms() + ANSWER_WITHIN_MS;
	void *tag;

	if (http_start(http, request, http) != STATUS_OK)
		return false;
	while (clock_monotonic_ms() < until_ms) {
		if (http_next(http, &tag, response))
			return true;
		http_wait(http, -1, TURN_MS);
	}
	return false;
}

/* A service under examination. */
struct probe {
	struct examination *examination;
	struct http *http;
	const struct provider *provider;
	struct secret secret;
	struct buf authorization;
	char origin[PUSH_ORIGIN_MAX];
};

static void
complain(struct probe *probe, const struct response *response,
    const struct verdict *verdict)
{
	const char *word = verdict->reason;

	if (*word == '\0' && response->status == 0)
		word = response->is_private ? "its address is private"
		                            : http_error_str(response->error);
	/* What is busy or broken may be well the next minute. */
	examine_say(probe->examination,
	    response->status == 429 || response->status >= 500 ? GRADE_WARN
	                                                       : GRADE_FAIL,
	    probe->provider->name, "%s: %d %s%s%s", probe->origin,
	    response->status, word, verdict->advice != NULL ? ": " : "",
	    verdict->advice != NULL      ? verdict->advice
	        : response->is_untrusted ? ": check ca_file and the clock"
	                                 : "");
}

static bool
get_authorization(struct probe *probe, struct push_env *env)
{
	struct grant grant = { .lifetime_s = 0 };
	struct request request = { 0 };
	struct response response = { 0 };
	bool is_done = false;

	buf_init(&grant.authorization, PUSH_TOKEN_MAX);
	if (probe->provider->ask == NULL) {
		is_done = probe->provider->authorize(env, probe->secret.text,
		              &grant.authorization) == STATUS_OK;
	} else if (probe->provider->ask(env, probe->secret.text, &request) ==
	    STATUS_OK) {
		(void)ask(probe->http, &request, &response);
		probe->provider->take(&response, probe->secret.text, &grant);
		is_done = grant.verdict.outcome == OUTCOME_DELIVERED;
		if (!is_done)
			complain(probe, &response, &grant.verdict);
		http_response_finish(&response);
		request_finish(&request);
	}
	probe->authorization = grant.authorization;
	env->authorization = buf_text(&probe->authorization);
	return is_done;
}

/* Whether that is all that a service has against a device that nobody has. */
static bool
is_expected(const struct provider *provider, const struct verdict *verdict)
{
	for (size_t i = 0; i < COUNT_OF(provider->probe.refusals); i++) {
		const char *refusal = provider->probe.refusals[i];

		if (refusal != NULL && strcmp(verdict->reason, refusal) == 0)
			return true;
	}
	return verdict->outcome == OUTCOME_DELIVERED;
}

/* Push to a device that nobody has. */
static void
push_to_nobody(struct probe *probe, const struct push_env *env,
    const struct device *nobody)
{
	static const uint8_t key[32];
	const struct event event = {
		.id = "doctor",
		.kind = KIND_TEST,
		.expires_ms = clock_now_ms() + ANSWER_WITHIN_MS,
	};
	const struct look look = { .sound = "", .badge = LOOK_BADGE_UNKNOWN };
	const struct job job = {
		.look = &look,
		.event = &event,
		.device = nobody,
		.user = "doctor",
		.device_name = "doctor",
		.key = key,
	};
	struct request request = { 0 };
	struct response response = { 0 };
	struct verdict verdict;

	if (probe->provider->encode(&job, env, &request) != STATUS_OK)
		return;
	(void)ask(probe->http, &request, &response);
	verdict = probe->provider->judge(&response);
	if (is_expected(probe->provider, &verdict))
		examine_say(probe->examination, GRADE_OK, probe->provider->name,
		    "%s takes our pushes", probe->origin);
	else
		complain(probe, &response, &verdict);
	http_response_finish(&response);
	request_finish(&request);
}

static void
examine_with_key(struct probe *probe)
{
	const struct settings *settings = probe->examination->settings;
	const struct provider *provider = probe->provider;
	static const uint8_t dice[PUSH_DICE_LEN];
	struct push_env env = {
		.settings = settings,
		.origin = probe->origin,
		.dice = dice,
		.now_s = clock_now_ms() / 1000,
	};
	struct device nobody = { .token = strdup(provider->probe.nobody) };
	struct fault fault = { "" };

	if (nobody.token == NULL || !provider_is_on(provider, settings) ||
	    !read_key(settings, provider, &probe->secret, &fault)) {
		/* examine_keys() said why. */
	} else if (provider->check(&nobody, settings, &fault) != STATUS_OK) {
		examine_say(probe->examination, GRADE_WARN, provider->name,
		    "not asked: %s", fault.text);
	} else {
		provider->origin(&nobody, settings, probe->origin);
		if (get_authorization(probe, &env))
			push_to_nobody(probe, &env, &nobody);
		buf_finish(&probe->authorization);
	}
	secret_finish(&probe->secret);
	free(nobody.token);
}

/* Those to which we have a key. */
static void
examine_known(struct examination *examination, struct http *http)
{
	for (size_t i = 0; i < provider_count(); i++) {
		struct probe probe = {
			.examination = examination,
			.http = http,
			.provider = provider_at(i),
		};

		if (probe.provider->probe.nobody != NULL)
			examine_with_key(&probe);
	}
}

/* Whether a device's own server answers at all; what it says to a stranger means
 * nothing. */
static void
examine_origin(struct probe *probe)
{
	const struct settings *settings = probe->examination->settings;
	const struct provider *provider = probe->provider;
	struct response response = { 0 };
	struct verdict verdict = { .outcome = OUTCOME_REJECTED };
	struct request request;

	request_init(&request, 1);
	request.method = "GET";
	request.ca_file = settings_text(settings, provider->name, "ca_file");
	request.allows_http = strncmp(probe->origin, "http://", 7) == 0;
	buf_addf(&request.url, "%s/%s", probe->origin, provider->probe.path);
	(void)ask(probe->http, &request, &response);
	if (response.status == 0)
		complain(probe, &response, &verdict);
	else if (provider->probe.mark != NULL &&
	    (response.status != 200 || response.body == NULL ||
	        strstr(response.body, provider->probe.mark) == NULL))
		examine_say(probe->examination, GRADE_WARN, provider->name,
		    "%s answers, but not as an %s server", probe->origin,
		    provider->name);
	else
		examine_say(probe->examination, GRADE_OK, probe->provider->name,
		    "%s answers", probe->origin);
	http_response_finish(&response);
	request_finish(&request);
}

/* Why a device cannot be pushed to, "" if it can. */
static void
check_device(const struct examination *examination, const struct device *device,
    struct fault *fault)
{
	const struct provider *provider = provider_find(device->service);

	if (provider == NULL)
		fault_set(fault, "platform: '%s' is unknown", device->service);
	else if (!provider_is_on(provider, examination->settings))
		fault_set(fault, "%s is off: [%s] %s is not set",
		    provider->name, provider->name, provider->on_setting);
	else if (provider->check != NULL)
		(void)provider->check(device, examination->settings, fault);
}

static bool
examine_device(struct examination *examination, const struct patient *patient)
{
	struct fault fault = { "" };

	check_device(examination, &patient->device, &fault);
	if (fault_is_set(&fault))
		examine_say(examination, GRADE_FAIL, "device", "%s: %s",
		    patient->name, fault.text);
	else
		examine_say(examination, GRADE_OK, "device", "%s, %s",
		    patient->name, patient->device.service);
	return !fault_is_set(&fault);
}

/* Each device, and each server that one of them brings, once. */
static void
examine_devices(struct examination *examination, struct http *http)
{
	char seen[ORIGINS_MAX][PUSH_ORIGIN_MAX];
	size_t count = 0;

	for (size_t i = 0; i < examination->patient_count; i++) {
		const struct patient *patient = &examination->patients[i];
		struct probe probe = {
			.examination = examination,
			.http = http,
			.provider = provider_find(patient->device.service),
		};
		size_t same = 0;

		if (!examine_device(examination, patient) ||
		    probe.provider->probe.path == NULL)
			continue;
		probe.provider->origin(&patient->device, examination->settings,
		    probe.origin);
		while (same < count && strcmp(seen[same], probe.origin) != 0)
			same++;
		if (same < count || count == ORIGINS_MAX)
			continue;
		memcpy(seen[count++], probe.origin, sizeof(probe.origin));
		examine_origin(&probe);
	}
}

void
examine_services(struct examination *examination)
{
	struct http *http = NULL;

	if (http_create(&http) != STATUS_OK)
		return;
	examine_known(examination, http);
	examine_devices(examination, http);
	http_destroy(http);
}
