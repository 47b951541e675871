/* gate.c - a plugin for mosquitto: nobody enters over WebSocket without a login.
 *
 * allow_anonymous holds for all listeners alike. per_listener_settings could
 * tell them apart, but with it mosquitto 2.0.21 drops what is published while a
 * bridge is away, and says so to nobody.
 */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stddef.h>

#define PLUGIN_API 5

static mosquitto_plugin_id_t *plugin;

static int
on_connect(int event, void *data, void *userdata)
{
	const struct mosquitto_evt_basic_auth *login = data;

	(void)event;
	(void)userdata;
	if (login->username == NULL &&
	    mosquitto_client_protocol(login->client) == mp_websockets)
		return MOSQ_ERR_AUTH;
	return MOSQ_ERR_PLUGIN_DEFER;
}

int
mosquitto_plugin_version(int supported_version_count,
    const int *supported_versions)
{
	for (int i = 0; i < supported_version_count; i++)
		if (supported_versions[i] == PLUGIN_API)
			return PLUGIN_API;
	return -1;
}

int
mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
    struct mosquitto_opt *options, int option_count)
{
	(void)userdata;
	(void)options;
	(void)option_count;
	plugin = identifier;
	return mosquitto_callback_register(plugin, MOSQ_EVT_BASIC_AUTH,
	    on_connect, NULL, NULL);
}

int
mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options,
    int option_count)
{
	(void)userdata;
	(void)options;
	(void)option_count;
	return mosquitto_callback_unregister(plugin, MOSQ_EVT_BASIC_AUTH,
	    on_connect, NULL);
}
