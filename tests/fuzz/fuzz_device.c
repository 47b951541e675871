/* A registration and a presence message from outside. */
#include "base/text.h"
#include "core/registry.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_line(const char *text, size_t max)
{
	if (text == NULL)
		return;
	assert(*text != '\0' && strlen(text) <= max);
	assert(text_is_utf8(text, strlen(text)) && text_is_line(text));
}

static void
check_device(const struct device *device)
{
	assert(device->service != NULL);
	check_line(device->service, TEXT_ID_MAX);
	check_line(device->name, DEVICE_NAME_MAX);
	check_line(device->token, DEVICE_TOKEN_MAX);
	check_line(device->topic, 256);
	check_line(device->fid, DEVICE_TOKEN_MAX);
	check_line(device->endpoint, DEVICE_URL_MAX);
	check_line(device->url, DEVICE_URL_MAX);
	check_line(device->auth, DEVICE_AUTH_MAX);
	check_line(device->environment, TEXT_ID_MAX);
	assert(device->server_count <= DEVICE_SERVERS_MAX);
	for (size_t i = 0; i < device->server_count; i++) {
		assert(text_is_id(device->servers[i].host));
		check_line(device->servers[i].url, 256);
	}
}

static void
push(const struct provider *provider, const struct device *device,
    const struct settings *settings, enum purpose purpose)
{
	static const uint8_t key[OPAQUE_KEY_LEN];
	static const uint8_t dice[PUSH_DICE_LEN];
	const struct event event = {
		.id = "evt_1",
		.kind = KIND_NOTE,
		.session_id = "ses_1",
		.host = "workstation",
		.project_directory = "/home/a",
	};
	const struct look look = { .sound = "default", .names_host = true };
	char origin[PUSH_ORIGIN_MAX] = "";
	const struct push_env env = {
		.settings = settings,
		.origin = origin,
		.authorization = "project token",
		.dice = dice,
	};
	const struct job job = {
		.purpose = purpose,
		.look = &look,
		.event = &event,
		.device = device,
		.user = "alice",
		.device_name = "phone",
		.key = key,
	};
	struct request request;

	if (provider->origin != NULL)
		provider->origin(device, settings, origin);
	assert(provider->encode(&job, &env, &request) == STATUS_OK);
	assert(text_is_line(buf_text(&request.url)));
	assert(strncmp(buf_text(&request.url), origin, strlen(origin)) == 0);
	request_finish(&request);
}

/* What check() lets through can be pushed to, with what is shown and with its
 * withdrawal. */
static void
check_push(const struct device *device)
{
	static struct settings settings = {
		.webpush = { .allow_hosts =
		                 "*.a, localhost, localhost:8080, *.a:1" },
		.ntfy = { .allow_hosts =
		              "*.a, localhost, localhost:8080, *.a:1" },
		.fcm = { .url = "https://fcm" },
	};

	for (size_t i = 0; i < provider_count(); i++) {
		const struct provider *provider = provider_at(i);
		struct fault fault = { "" };

		if (provider->check != NULL &&
		    provider->check(device, &settings, &fault) != STATUS_OK)
			continue;
		push(provider, device, &settings, PURPOSE_SHOW);
		if (!provider->cannot_withdraw)
			push(provider, device, &settings, PURPOSE_WITHDRAW);
	}
}

static void
check_registry(struct device *device)
{
	struct registry *registry = NULL;

	assert(registry_create(&registry) == STATUS_OK);
	assert(registry_put_device(registry, "alice", "phone", device) ==
	    STATUS_OK);
	assert(registry_put_preferences(registry, "alice",
	           &preferences_default) == STATUS_OK);
	registry_destroy(registry);
}

static void
fuzz_presence(const char *bytes, size_t len)
{
	struct fault fault = { "" };
	int64_t ttl_s = -1;
	enum status status =
	    device_parse_presence(bytes, len, 0, &ttl_s, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	assert((status == STATUS_OK) == (ttl_s >= 0));
	assert(ttl_s <= 86400);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault fault = { "" };
	struct device device;
	enum status status =
	    device_parse((const char *)bytes, len, &device, &fault);

	assert((status == STATUS_OK) == !fault_is_set(&fault));
	if (status == STATUS_OK) {
		check_device(&device);
		check_push(&device);
		check_registry(&device);
	}
	fuzz_presence((const char *)bytes, len);
	return 0;
}
