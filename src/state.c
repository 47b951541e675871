#include "state.h"

#include "core/topic.h"
#include "io/clock.h"
#include "io/log.h"
#include "push/provider.h"

static void
refuse(struct state *state, const struct mqtt_message *message,
    const struct topic *topic, const struct fault *fault)
{
	log_warn("refused %s: %s", message->topic, fault->text);
	post_receipt(state->post,
	    &(struct receipt){
	        .user = topic->user,
	        .device = topic->device,
	        .state = "failed",
	        .reason = "invalid",
	        .detail = fault->text,
	        .ts_ms = clock_now_ms(),
	        .latency_ms = -1,
	    });
}

static enum status
apply_preferences(struct state *state, const struct mqtt_message *message,
    const struct topic *topic, struct fault *fault)
{
	struct preferences preferences = preferences_default;
	enum status status = STATUS_OK;

	/* An empty payload takes the document away. */
	if (message->len > 0)
		status = preferences_parse(message->payload, message->len,
		    &preferences, fault);
	if (status == STATUS_OK)
		status = registry_put_preferences(state->registry, topic->user,
		    &preferences);
	return status;
}

static enum status
check_service(const struct state *state, const struct device *device,
    struct fault *fault)
{
	const struct provider *provider = provider_find(device->service);

	if (provider == NULL) {
		fault_set(fault, "platform: '%s' is unknown", device->service);
		return STATUS_BAD_INPUT;
	}
	if (provider->key_setting != NULL &&
	    *settings_text(state->settings, provider->name,
	        provider->key_setting) == '\0') {
		fault_set(fault,
		    "platform: '%s' is off: the settings have no "
		    "[%s] %s",
		    device->service, provider->name, provider->key_setting);
		return STATUS_BAD_INPUT;
	}
	return provider->check != NULL
	    ? provider->check(device, state->settings, fault)
	    : STATUS_OK;
}

static enum status
apply_device(struct state *state, const struct mqtt_message *message,
    const struct topic *topic, struct fault *fault)
{
	struct device device;
	enum status status;

	if (message->len == 0) {
		log_info("%s/%s is removed", topic->user, topic->device);
		return registry_remove_device(state->registry, topic->user,
		    topic->device);
	}
	status = device_parse(message->payload, message->len, &device, fault);
	if (status != STATUS_OK)
		return status;
	/* The broker does not say when a repeated message was first said. */
	device.registered_ms = message->is_retained ? 0 : clock_now_ms();
	status = check_service(state, &device, fault);
	if (status == STATUS_OK)
		status = registry_put_device(state->registry, topic->user,
		    topic->device, &device);
	if (status != STATUS_OK)
		device_finish(&device);
	else
		log_info("%s/%s is registered", topic->user, topic->device);
	return status;
}

static enum status
apply_presence(struct state *state, const struct mqtt_message *message,
    const struct topic *topic, struct fault *fault)
{
	int64_t ttl_s = 0;
	enum status status = device_parse_presence(message->payload,
	    message->len, message->expiry_s, &ttl_s, fault);

	if (status != STATUS_OK)
		return status;
	return registry_put_presence(state->registry, topic->user,
	    topic->device, ttl_s > 0 ? clock_now_ms() + ttl_s * 1000 : 0,
	    message->is_retained);
}

void
state_apply(struct state *state, const struct mqtt_message *message)
{
	struct fault fault = { "" };
	struct topic topic;
	enum status status = topic_parse(state->settings->mqtt.root,
	    message->topic, &topic, &fault);

	if (status == STATUS_OK) {
		switch (topic.kind) {
		case TOPIC_PREFS:
			status =
			    apply_preferences(state, message, &topic, &fault);
			break;
		case TOPIC_DEVICE:
			status = apply_device(state, message, &topic, &fault);
			break;
		case TOPIC_PRESENCE:
			status = apply_presence(state, message, &topic, &fault);
			break;
		case TOPIC_EVENT:
			break; /* the intake keeps those */
		}
	}
	if (status != STATUS_OK) {
		fault_set(&fault, "%s", status_str(status));
		refuse(state, message, &topic, &fault);
	}
}
