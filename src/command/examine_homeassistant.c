/* examine_homeassistant.c - whether Home Assistant can be told of us. */
#include "command/examine.h"
#include "command/probe.h"
#include "core/discovery.h"

/* What the bridge itself announces, and not retained: to a Home Assistant that
 * knows it, it is no news. */
static void
write_bridge(const struct settings *settings, struct buf *topic,
    struct buf *payload)
{
	enum discovery_form form = settings->homeassistant.discovery;
	const struct discovery discovery = {
		.prefix = settings->homeassistant.prefix,
		.root = settings->mqtt.root,
		.bridge = settings->mqtt.client_id,
		.version = VERSION,
		.form = form == DISCOVERY_WHEN_SEEN ? DISCOVERY_DEVICE : form,
	};

	discovery_write(&discovery, 0, topic, payload);
}

void
examine_homeassistant(struct examination *examination, struct probe *probe)
{
	const struct settings *settings = examination->settings;
	struct buf payload;
	struct buf topic;

	if (settings->homeassistant.discovery == DISCOVERY_OFF)
		return;
	buf_init(&topic, DISCOVERY_TOPIC_MAX);
	buf_init(&payload, DISCOVERY_PAYLOAD_MAX);
	write_bridge(settings, &topic, &payload);
	if (probe_publish(probe, buf_text(&topic), buf_text(&payload)))
		examine_say(examination, GRADE_OK, "homeassistant",
		    "we may announce ourselves below %s",
		    settings->homeassistant.prefix);
	else
		examine_say(examination, GRADE_WARN, "homeassistant",
		    "Home Assistant cannot find us: publishing %s: %s; 'nudge "
		    "user add NAME' lets our login do it, or set "
		    "[homeassistant] discovery = off",
		    buf_text(&topic), probe->text);
	buf_finish(&payload);
	buf_finish(&topic);
}
